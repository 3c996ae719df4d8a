"""An attached file looked at."""

from base64 import b64encode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from yizhan.base.errors import NotFound
from yizhan.base.ids import MessageId
from yizhan.services.messages import previews
from yizhan.web.pages import scope, show, signed_in


@signed_in
@require_safe
def preview(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """What can be shown of a file; the picture in it was drawn by us, so the page may hold it (`data:`)."""
    try:
        found = previews.open_preview(scope(request), MessageId(message_id), number)
    except NotFound:
        raise Http404 from None
    picture = f"data:image/webp;base64,{b64encode(found.picture).decode()}" if found.picture else ""
    context = {"message_id": message_id, "preview": found, "picture": picture, "room": "mail"}
    return show(request, "mail/preview.html", context)


urlpatterns = [path("mail/<int:message_id>/parts/<str:number>/preview", preview, name="message_preview")]
