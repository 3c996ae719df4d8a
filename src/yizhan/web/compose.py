"""Write, answer, forward: one form, handed in to the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MessageId
from yizhan.runtime.limits import MAX_BODY_BYTES
from yizhan.services.outbox.submitting import Enclosure, Outgoing, submit
from yizhan.services.writing.answering import Answer, Prefill, complete_html, forwarded_files, prefill
from yizhan.services.writing.drafts import TooManyFiles
from yizhan.web import formats
from yizhan.web.mail import side
from yizhan.web.pages import language_of, scope, show, signed_in

CLOCK = SystemClock()
MAX_FILES = 50  # of one message: more than any person attaches; each costs an entry and a temporary file
# Without what these want from a person nothing can be sent; in the other states a message waits in the outbox.
_CANNOT_SEND = frozenset({"needs_credential", "needs_action", "paused", "deleting"})


@dataclass(slots=True)
class Sheet:
    """The form as it is filled in; `kept` are the numbers of forwarded files that stay."""

    account_id: int | None = None
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that is answered or forwarded, if any, and the words of the address that say so."""

    message_id: MessageId | None = None
    answer: Answer = Answer.REPLY
    query: str = ""
    filled: Prefill | None = None


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """The form; sent, it is in the outbox for good before the person is told so."""
    origin = _origin(request)
    if request.method != "POST":
        return _form(request, origin, _first_sheet(request, origin))
    sheet = _read_sheet(request)
    try:
        submission_id = _hand_in(request, origin, sheet)
    except BadInput as refused:
        return _form(request, origin, sheet, error=_words(refused), status=422)
    toasts.success(request, _("In the outbox."))
    return HttpResponseRedirect(f"{reverse('outbox')}#s-{submission_id}")


def _origin(request: HttpRequest) -> Origin:
    for name, answer in (("reply", Answer.REPLY), ("forward", Answer.FORWARD)):
        number = request.GET.get(name, "")
        if number.isdecimal() and len(number) < 19:
            everyone = name == "reply" and request.GET.get("all") == "1"
            wanted = Answer.REPLY_ALL if everyone else answer
            query = f"?{name}={number}" + ("&all=1" if everyone else "")
            zone = timezone.get_current_timezone()
            try:
                filled = prefill(scope(request), MessageId(int(number)), wanted, language_of(request), zone)
            except NotFound:
                raise Http404 from None
            return Origin(MessageId(int(number)), wanted, query, filled)
    return Origin()


def _first_sheet(request: HttpRequest, origin: Origin) -> Sheet:
    filled = origin.filled
    if filled is None:
        account = request.GET.get("from", "")
        chosen = int(account) if account.isdecimal() and len(account) < 19 else None
        return Sheet(account_id=chosen, to=request.GET.get("to", "")[:1000])
    return Sheet(
        account_id=filled.account_id,
        to=", ".join(filled.typed_to),
        cc=", ".join(filled.typed_cc),
        subject=filled.subject,
        text=f"\n\n{filled.text}\n",
        kept=[part for part, _name, _size in filled.parts],
    )


def _read_sheet(request: HttpRequest) -> Sheet:
    account = request.POST.get("account", "")
    return Sheet(
        account_id=int(account) if account.isdecimal() and len(account) < 19 else None,
        to=request.POST.get("to", ""),
        cc=request.POST.get("cc", ""),
        bcc=request.POST.get("bcc", ""),
        subject=request.POST.get("subject", ""),
        text=request.POST.get("text", ""),
        kept=request.POST.getlist("kept"),
    )


def _hand_in(request: HttpRequest, origin: Origin, sheet: Sheet) -> int:
    if sheet.account_id is None:
        raise BadInput("no sender was chosen")
    uploads = request.FILES.getlist("files")
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(f"{len(uploads)} files are attached; {MAX_FILES} is the most")
    files = tuple(Enclosure(upload.name or "file", upload.content_type or "", upload.read()) for upload in uploads)
    if origin.message_id is not None and origin.answer is Answer.FORWARD:
        files = (*forwarded_files(scope(request), origin.message_id, sheet.kept), *files)
    filled = origin.filled
    text = sheet.text.replace("\r\n", "\n")
    outgoing = Outgoing(
        to=_people(sheet.to),
        cc=_people(sheet.cc),
        bcc=_people(sheet.bcc),
        subject=" ".join(sheet.subject.split()),
        text=text,
        html=complete_html(text, filled) if filled else "",
        files=files,
        in_reply_to=filled.in_reply_to if filled else "",
        references=filled.references if filled else (),
        origin=origin.message_id,
        act=origin.answer.value if origin.message_id else "",
    )
    zone = timezone.get_current_timezone_name()
    return submit(scope(request), AccountId(sheet.account_id), outgoing, CLOCK, zone=zone)[0]


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


def _form(request: HttpRequest, origin: Origin, sheet: Sheet, error: str = "", status: int = 200) -> HttpResponse:
    beside = side(request, None, "")
    able = [each for each in beside["accounts"] if each["status"] not in _CANNOT_SEND]
    if sheet.account_id is None and able:
        sheet.account_id = able[0]["id"]
    titles = {Answer.REPLY: _("Reply"), Answer.REPLY_ALL: _("Reply all"), Answer.FORWARD: _("Forward")}
    context: Mapping[str, Any] = {
        **beside,
        "room": "mail",
        "title": titles[origin.answer] if origin.message_id else _("Write"),
        "origin": origin,
        "sheet": sheet,
        "parts": origin.filled.parts if origin.filled else (),
        "able": {each["id"] for each in able},
        "chosen": next((each for each in beside["accounts"] if each["id"] == sheet.account_id), None),
        "error": error,
        "most": MAX_BODY_BYTES,
        "back": reverse("message", args=[origin.message_id]) if origin.message_id else reverse("inbox"),
    }
    return show(request, "compose/index.html", context, status=status)


urlpatterns = [path("compose", compose, name="compose")]
