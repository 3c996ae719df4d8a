"""Drafts for the editor's script: saved as they are typed, with their files."""

from typing import IO, Any, cast
from urllib.parse import quote

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput
from yizhan.base.ids import DraftId, MessageId, SubmissionId
from yizhan.services.outbox import listing
from yizhan.services.outbox.scheduling import read_time
from yizhan.services.owners.people import undo_seconds_of
from yizhan.services.writing import drafts, filing, handing
from yizhan.services.writing.beginning import begin
from yizhan.services.writing.zones import is_twice
from yizhan.web import wording
from yizhan.web.answers import for_script, number_in, refusal, sent_json, text_in
from yizhan.web.mail import side
from yizhan.web.pages import language_of, scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy

CLOCK = SystemClock()
_FILE_POLICY = write_policy({"sandbox": "", "frame-ancestors": "'none'"}, {"default-src": "'none'"})


def at_drafts(request: HttpRequest) -> HttpResponse:
    """The page of those that wait for their writer; POST makes one."""
    return create(request) if request.method == "POST" else listed(request)


@signed_in
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    beside = side(request, None, "drafts")
    accounts = {each["id"]: each for each in beside["accounts"]}
    rows = [{**each, "sender": accounts.get(each["account_id"])} for each in drafts.list_drafts(scope(request))]
    return show(request, "drafts/list.html", {**beside, "rows": rows})


@require_POST
@for_script
def create(request: HttpRequest) -> HttpResponse:
    """A new draft; with `origin` and `act` one that answers or forwards that message, its files along."""
    sent = sent_json(request)
    origin = number_in(sent, "origin")
    made = begin(
        scope(request),
        sent.get("content", {}),
        CLOCK,
        origin=None if origin is None else MessageId(origin),
        act=text_in(sent, "act"),
    )
    return JsonResponse({**_saved(made), "files": made["files"]}, status=201)


@require_POST
@for_script
def save(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The next version; 409 with the number of a second draft when another window was quicker."""
    sent = sent_json(request)
    version = number_in(sent, "version") or 0
    try:
        saved = drafts.save(scope(request), DraftId(draft_id), version, sent.get("content"), CLOCK)
    except drafts.DraftMovedOn as moved:
        return moved_on(moved)
    return JsonResponse(_saved(saved))


@require_POST
@for_script
def send(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Into the outbox, once; `undo_until` is when it can be taken back no more, null when it waits for its time."""
    sent = sent_json(request)
    zone = text_in(sent, "zone") or timezone.get_current_timezone_name()
    typed = text_in(sent, "at")
    try:
        made = handing.hand_in(
            scope(request),
            DraftId(draft_id),
            number_in(sent, "version") or 0,
            sent.get("content"),
            CLOCK,
            at=read_time(typed, zone, CLOCK.now()) if typed else None,
            zone=zone,
            delay_s=undo_seconds_of(scope(request)),
        )
    except drafts.DraftMovedOn as moved:
        return moved_on(moved)
    first = listing.find_submission(scope(request), made[0], language_of(request))
    until = first["not_before"]
    told = {"undo_until": until.isoformat() if until else None, "url": f"{reverse('outbox')}#s-{made[0]}"}
    twice = bool(typed) and is_twice(typed, zone)
    words = _("The clocks there show that hour twice on that day; it goes at the first of the two.") if twice else ""
    return JsonResponse({"submissions": made, **told, "words": words})


@signed_in
@require_POST
def take_back(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Not sent after all: the draft, to be written on."""
    try:
        draft_id = handing.take_back(scope(request), SubmissionId(submission_id), CLOCK)
    except listing.TooLate:
        toasts.warning(request, _("Too late: it is in another state by now."))
        return HttpResponseRedirect(f"{reverse('outbox')}#s-{submission_id}")
    return HttpResponseRedirect(f"{reverse('compose')}/{draft_id}")


@signed_in
@require_POST
def write_on(request: HttpRequest, message_id: int) -> HttpResponse:
    """A message that lies in Drafts, opened as the draft that it is."""
    try:
        draft_id = filing.adopt(scope(request), MessageId(message_id), CLOCK)
    except BadInput as refused:
        toasts.error(request, wording.say(refused))
        return HttpResponseRedirect(reverse("message", args=[message_id]))
    return HttpResponseRedirect(f"{reverse('compose')}/{draft_id}")


@require_POST
@for_script
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Gone, with its files; a form goes back to the list."""
    drafts.discard(scope(request), DraftId(draft_id), CLOCK)
    if request.content_type == "application/json":
        return JsonResponse({})
    toasts.success(request, _("Discarded."))
    return HttpResponseRedirect(reverse("drafts"))


@require_POST
@for_script
def attach(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One file, whole: what breaks off while it is sent never comes this far."""
    uploads = request.FILES.getlist("file")
    if len(uploads) != 1:
        raise BadInput("one file at a time")
    sent = uploads[0]
    made = drafts.attach(
        scope(request),
        DraftId(draft_id),
        sent.name or "file",
        sent.content_type or "",
        cast("IO[bytes]", sent),
        request.POST.get("cid", ""),
    )
    return JsonResponse(made, status=201)


@require_safe
@for_script
def file(request: HttpRequest, draft_id: int, file_id: int) -> HttpResponse:
    """A picture to be shown in the text, or a file to be kept; neither can do anything in a browser."""
    found, data, picture = drafts.open_file(scope(request), DraftId(draft_id), file_id)
    response = HttpResponse(data, content_type=picture or "application/octet-stream")
    response[HEADER] = _FILE_POLICY
    if not picture:
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found['name'])}"
    return response


@require_POST
@for_script
def detach(request: HttpRequest, draft_id: int, file_id: int) -> HttpResponse:
    """The file does not go along."""
    drafts.detach(scope(request), DraftId(draft_id), file_id)
    return JsonResponse({})


def moved_on(moved: drafts.DraftMovedOn) -> HttpResponse:
    """What was written is the draft `draft`, and `newest` is what the other window saved."""
    return refusal(moved, 409, draft=moved.draft_id, newest={**moved.newest, "saved_at": _instant(moved.newest)})


def _saved(shape: dict[str, Any]) -> dict[str, Any]:
    return {"id": shape["id"], "version": shape["version"], "saved_at": _instant(shape)}


def _instant(shape: dict[str, Any]) -> str:
    return str(shape["saved_at"].isoformat())


urlpatterns = [
    path("drafts", at_drafts, name="drafts"),
    path("drafts/<int:draft_id>", save, name="draft"),
    path("drafts/<int:draft_id>/send", send, name="draft_send"),
    path("outbox/<int:submission_id>/take-back", take_back, name="outbox_take_back"),
    path("mail/<int:message_id>/write-on", write_on, name="draft_write_on"),
    path("drafts/<int:draft_id>/discard", discard, name="draft_discard"),
    path("drafts/<int:draft_id>/files", attach, name="draft_attach"),
    path("drafts/<int:draft_id>/files/<int:file_id>", file, name="draft_file"),
    path("drafts/<int:draft_id>/files/<int:file_id>/remove", detach, name="draft_detach"),
]
