"""A message or a whole conversation as it goes on paper."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe
from markupsafe import Markup

from yizhan.base.errors import NotFound
from yizhan.base.ids import MessageId
from yizhan.services.messages import reading
from yizhan.services.messages.threads import list_thread
from yizhan.web.limits import MAX_PRINTED
from yizhan.web.pages import scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy
from yizhan.web.reading import FRAME_SANDBOX, clean_body, in_frame


@signed_in
@require_safe
def print_page(request: HttpRequest, message_id: int) -> HttpResponse:
    """The paper in a frame, and the button that prints it; `?thread=1` for the conversation."""
    try:
        thread = list_thread(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    opened = next(each for each in thread if each["id"] == message_id)
    is_whole = request.GET.get("thread") == "1"
    context = {"message": opened, "count": len(thread), "is_whole": is_whole, "most": MAX_PRINTED, "room": "mail"}
    response = show(request, "mail/print.html", context)
    response[HEADER] = write_policy({"frame-src": "'self'"})
    return response


@signed_in
@require_safe
def paper(request: HttpRequest, message_id: int) -> HttpResponse:
    """Head, text and names of files of each message, the oldest first, for the frame or by itself."""
    try:
        thread = list_thread(scope(request), MessageId(message_id)) if request.GET.get("thread") == "1" else []
        letters = [_letter(request, each["id"]) for each in thread[-MAX_PRINTED:] or [{"id": message_id}]]
    except NotFound:
        raise Http404 from None
    pictures = request.build_absolute_uri(reverse("inbox") + "/")
    return in_frame(show(request, "mail/paper.html", {"letters": letters}), pictures, f"{FRAME_SANDBOX} allow-modals")


def _letter(request: HttpRequest, message_id: int) -> dict[str, Any]:
    opened = reading.open_message(scope(request), MessageId(message_id))
    is_here = opened["body"] not in ("absent", "none")
    return {**opened, "markup": Markup(clean_body(request, message_id).html) if is_here else ""}  # noqa: S704 - cleaned


urlpatterns = [
    path("mail/<int:message_id>/print", print_page, name="message_print"),
    path("mail/<int:message_id>/paper", paper, name="message_paper"),
]
