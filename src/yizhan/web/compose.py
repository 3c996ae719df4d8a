"""Write, answer, send on: one page, handed in to the outbox."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, DraftId
from yizhan.runtime.limits import MAX_BODY_BYTES
from yizhan.services.outbox.submitting import Enclosure, Outgoing, submit
from yizhan.services.writing import signatures
from yizhan.services.writing.answering import complete_html, forwarded_files
from yizhan.services.writing.drafts import MAX_FILES, DraftMovedOn, TooManyFiles, attach
from yizhan.services.writing.handing import hand_in
from yizhan.web import formats
from yizhan.web.composing import check_words, offers, quotas, script_words, senders
from yizhan.web.mail import side
from yizhan.web.pages import scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy
from yizhan.web.sheet import (
    Origin,
    Sheet,
    find_draft,
    find_origin,
    first_sheet,
    is_number,
    plain_content,
    read_sheet,
    sheet_of,
)

CLOCK = SystemClock()
# Without what these want from a person nothing can be sent; in the other states a message waits in the outbox.
_CANNOT_SEND = frozenset({"needs_credential", "needs_action", "paused", "deleting"})
# The sheet's own page: our styles, those of what is written, its own pictures.  No script, nothing from anywhere else.
PAPER_POLICY = write_policy(
    {"style-src": "'self' 'unsafe-inline'", "img-src": "'self' data: blob:", "frame-ancestors": "'self'"},
    {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"},
)
PAPER_KEPT_S = 3600  # asked for at every message otherwise, while somebody waits to write
_EMPTY = {"separately": False, "receipt": False, "priority": "normal", "plain": False, "html": "", "text": ""}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """A new message; sent by the form alone, it is in the outbox for good before the person is told so."""
    origin = find_origin(request)
    if request.method != "POST":
        return _page(request, origin, first_sheet(request, origin))
    sheet = read_sheet(request)
    try:
        submission_id = _hand_in(request, origin, sheet)
    except BadInput as refused:
        return _page(request, origin, sheet, error=_words(refused), status=422)
    toasts.success(request, _("In the outbox."))
    return HttpResponseRedirect(f"{reverse('outbox')}#s-{submission_id}")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One that was begun before; sent by the form alone, it goes as plain text."""
    found = find_draft(request, draft_id)
    other = request.GET.get("other", "")
    origin = Origin(found["origin"], found["act"])
    if request.method != "POST":
        return _page(request, origin, sheet_of(found["content"]), found, other=int(other) if is_number(other) else None)
    sheet = read_sheet(request)
    version = request.POST.get("version", "")
    zone = timezone.get_current_timezone_name()
    try:
        content = plain_content(found["content"], sheet)
        for upload in request.FILES.getlist("files"):
            attach(scope(request), DraftId(draft_id), upload.name or "file", upload.content_type or "", upload.read())
        made = hand_in(
            scope(request), DraftId(draft_id), int(version) if is_number(version) else 0, content, CLOCK, zone=zone
        )
    except DraftMovedOn as moved:
        return HttpResponseRedirect(f"{reverse('compose_draft', args=[moved.draft_id])}?other={draft_id}")
    except BadInput as refused:
        return _page(request, origin, sheet, find_draft(request, draft_id), error=_words(refused), status=422)
    toasts.success(request, _("In the outbox."))
    return HttpResponseRedirect(f"{reverse('outbox')}#s-{made[0]}")


@signed_in
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The empty sheet, for the frame in which one writes."""
    response = show(request, "compose/paper.html")
    response[HEADER] = PAPER_POLICY
    response["Cache-Control"] = f"private, max-age={PAPER_KEPT_S}"  # it holds nothing but our own words
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _hand_in(request: HttpRequest, origin: Origin, sheet: Sheet) -> int:
    account = sheet.sender.partition(":")[0]
    if not is_number(account):
        raise BadInput("no sender was chosen")
    uploads = request.FILES.getlist("files")
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(f"{len(uploads)} files are attached; {MAX_FILES} is the most")
    files = tuple(Enclosure(upload.name or "file", upload.content_type or "", upload.read()) for upload in uploads)
    if origin.message_id is not None and origin.act == "forward":
        files = (*forwarded_files(scope(request), origin.message_id, sheet.kept), *files)
    filled = origin.filled
    text = sheet.text.replace("\r\n", "\n")
    outgoing = Outgoing(
        to=_people(sheet.to),
        cc=_people(sheet.cc),
        bcc=_people(sheet.bcc),
        reply_to=_people(sheet.reply_to),
        subject=" ".join(sheet.subject.split()),
        text=text,
        html=complete_html(text, filled) if filled else "",
        files=files,
        in_reply_to=filled.in_reply_to if filled else "",
        references=filled.references if filled else (),
        origin=origin.message_id,
        act=origin.act,
    )
    zone = timezone.get_current_timezone_name()
    return submit(scope(request), AccountId(int(account)), outgoing, CLOCK, zone=zone)[0]


def _people(typed: str) -> list[str]:
    """As a list for the service; a semicolon and a full-width comma part addresses too."""
    line = typed.replace("；", ",").replace("，", ",").replace("、", ",").replace("\n", ",")
    line = line if '"' in line else line.replace(";", ",")
    return [line] if line.strip(" ,") else []


def _words(refused: BadInput) -> str:
    """The refusal in the person's language, with the part that they typed."""
    told = {
        "no_recipient": _("Nobody is named to send it to."),
        "recipient_wrong": _("This is not an e-mail address: %(part)s"),
        "submission_too_large": _("The message is too large with these files; at most %(part)s."),
        "too_many_files": _("At most %(part)s files go with one message."),
    }
    parts = {"submission_too_large": formats.size(MAX_BODY_BYTES), "too_many_files": str(MAX_FILES)}
    part = getattr(refused, "part", "") or parts.get(refused.code, "")
    return told.get(refused.code, _("Yizhan could not take this: %(part)s")) % {"part": part or refused.detail}


def _page(
    request: HttpRequest,
    origin: Origin,
    sheet: Sheet,
    found: dict[str, Any] | None = None,
    *,
    error: str = "",
    other: int | None = None,
    status: int = 200,
) -> HttpResponse:
    beside = side(request, None, "")
    offered = offers(request)
    left, meters = quotas(request)
    able = [each for each in beside["accounts"] if each["status"] not in _CANNOT_SEND]
    if not sheet.sender and able:
        sheet.sender = str(able[0]["id"])
    account = sheet.sender.partition(":")[0]
    people = senders(request, beside["accounts"])
    if ":" not in sheet.sender:  # the account as it is by default
        sheet.sender = next((each["value"] for each in people if str(each["account"]["id"]) == account), "")
    back = reverse("message", args=[origin.message_id]) if origin.message_id else reverse("inbox")
    context: Mapping[str, Any] = {
        **beside,
        "room": "mail",
        "title": _title(origin),
        "action": reverse("compose_draft", args=[found["id"]]) if found else reverse("compose") + origin.query,
        "sheet": sheet,
        "senders": people,
        "parts": origin.filled.parts if origin.filled and origin.act == "forward" and not found else (),
        "able": {each["id"] for each in able},
        "chosen": next((each for each in beside["accounts"] if str(each["id"]) == account), None),
        "quotas": left,
        "redirected": origin.act == "redirect",
        "page": _script_page(request, origin, found, back) | {"signatures": offered["signatures"], "meters": meters},
        "script_words": script_words(formats.size(MAX_BODY_BYTES)),
        **offered,
        "error": error,
        "other": other,
        "back": back,
    }
    response = show(request, "compose/index.html", context, status=status)
    response[HEADER] = write_policy({"frame-src": "'self'", "img-src": "'self' data: blob:"})
    return response


def _title(origin: Origin) -> str:
    titles = {
        "reply": _("Reply"),
        "reply_all": _("Reply all"),
        "forward": _("Forward"),
        "forward_attached": _("Forward as an attachment"),
        "redirect": _("Redirect"),
    }
    return titles.get(origin.act, _("Write"))


def _script_page(request: HttpRequest, origin: Origin, found: dict[str, Any] | None, back: str) -> dict[str, Any]:
    """What the page's script begins with."""
    filled = origin.filled
    quoted = origin.act in ("reply", "reply_all", "forward")
    return {
        "id": found["id"] if found else None,
        "version": found["version"] if found else 0,
        "content": found["content"] if found else _EMPTY | {"subject": first_sheet(request, origin).subject},
        "files": found["files"] if found else [],
        "parts": bool(origin.act == "forward_attached" or (filled and filled.parts and origin.act == "forward")),
        "origin": origin.message_id,
        "act": origin.act,
        "quote": filled.html if filled and quoted else "",
        "quote_text": filled.text if filled and quoted else "",
        "signing": signatures.chosen(scope(request)),
        "most": MAX_BODY_BYTES,
        "undo_s": request.user.undo_send_s,  # type: ignore[union-attr]
        "zone": request.user.time_zone,  # type: ignore[union-attr]
        "back": back,
        "checks_at": reverse("draft_check"),
        "check_words": check_words(),
    }


urlpatterns = [
    path("compose", compose, name="compose"),
    path("compose/paper", paper, name="compose_paper"),
    path("compose/<int:draft_id>", draft, name="compose_draft"),
]
