"""Drafts for the editor's script: saved as they are typed, with their files."""

from typing import IO, Any, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput
from yizhan.base.ids import DraftId, MessageId
from yizhan.services.writing import drafts
from yizhan.services.writing.beginning import begin
from yizhan.web.answers import for_script, number_in, refusal, sent_json, text_in
from yizhan.web.pages import scope
from yizhan.web.policy import HEADER, write_policy

CLOCK = SystemClock()
_FILE_POLICY = write_policy({"sandbox": "", "frame-ancestors": "'none'"}, {"default-src": "'none'"})


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
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Gone, with its files."""
    drafts.discard(scope(request), DraftId(draft_id))
    return JsonResponse({})


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
    path("drafts", create, name="draft_create"),
    path("drafts/<int:draft_id>", save, name="draft"),
    path("drafts/<int:draft_id>/discard", discard, name="draft_discard"),
    path("drafts/<int:draft_id>/files", attach, name="draft_attach"),
    path("drafts/<int:draft_id>/files/<int:file_id>", file, name="draft_file"),
    path("drafts/<int:draft_id>/files/<int:file_id>/remove", detach, name="draft_detach"),
]
