"""What a browser may fetch of one message: its body in a frame, its files, its bytes."""

from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from yizhan.base.errors import NotFound
from yizhan.base.ids import MailboxId, MessageId
from yizhan.services.accounts.asking import ask_body
from yizhan.services.messages import exporting, images, reading
from yizhan.services.messages.reading import BlockedImage, Cleaned
from yizhan.web.pages import scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy

# A message's own page: nothing but our style sheet, what the cleaner left of styles, and this message's pictures.
# It may be framed by us; `sandbox` keeps scripts and forms dead even when it is opened by itself.  "allow-same-origin"
# lets the page around it measure its height, which is safe only as long as no script may run in it.
FRAME_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_NOTHING: Mapping[str, str] = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
_FILE_POLICY = write_policy({"sandbox": "", "frame-ancestors": "'none'"}, _NOTHING)


def clean_body(request: HttpRequest, message_id: int, part: str = "") -> Cleaned:
    """The message, or what `part` of it holds, with pictures at our addresses; raises `NotFound`."""

    def image_address(part: str) -> str:
        return reverse("message_inline", args=[message_id, part])

    def fetched(address: str) -> str | None:
        blob = pictures.blobs.get(address)
        return reverse("message_picture", args=[message_id, blob]) if blob else None

    pictures = images.find_pictures(scope(request), MessageId(message_id))
    return reading.open_body(scope(request), MessageId(message_id), image_address, _blocked_words, fetched, part)


def in_frame(response: HttpResponse, pictures: str, sandbox: str) -> HttpResponse:
    """A page that holds a stranger's markup, for a frame of ours: pictures from `pictures`, and nothing else."""
    changes = {
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"{pictures} data:",
        "frame-ancestors": "'self'",
        "sandbox": sandbox,
    }
    response[HEADER] = write_policy(changes, _NOTHING)
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@signed_in
@require_safe
def body(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message itself, for the frame."""
    try:
        cleaned = clean_body(request, message_id, request.GET.get("part", ""))
    except NotFound:
        raise Http404 from None
    context = {"markup": Markup(cleaned.html), "paper": cleaned.sets_colours and request.GET.get("paper") != "theme"}  # noqa: S704 - cleaned
    inline_at, fetched_at = (
        request.build_absolute_uri(reverse(name, args=[message_id, "1"]).removesuffix("1"))
        for name in ("message_inline", "message_picture")
    )
    return in_frame(show(request, "mail/body.html", context), f"{inline_at} {fetched_at}", FRAME_SANDBOX)


@signed_in
@require_safe
def part(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """An attached file, to be kept, never shown by the browser."""
    try:
        return _file(reading.read_file(scope(request), MessageId(message_id), number))
    except NotFound:
        raise Http404 from None


@signed_in
@require_safe
def inline(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """A picture that came with the message."""
    try:
        found = reading.read_image(scope(request), MessageId(message_id), number)
    except NotFound:
        raise Http404 from None
    return _answer(found.data, found.content_type)


@signed_in
@require_safe
def picture(request: HttpRequest, message_id: int, blob: str) -> HttpResponse:
    """A remote picture that was fetched for this message."""
    try:
        found = images.read_picture(scope(request), MessageId(message_id), blob)
    except NotFound:
        raise Http404 from None
    return _answer(found.data, found.content_type)


@signed_in
@require_safe
def files(request: HttpRequest, message_id: int) -> HttpResponse:
    """All attached files of a message as a zip."""
    try:
        data = exporting.zip_files(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    return _file(reading.File(f"message-{message_id}.zip", "application/zip", data))


@signed_in
@require_safe
def mbox(request: HttpRequest, mailbox_id: int) -> StreamingHttpResponse:
    """A whole mailbox as an mbox, message by message as it is read."""
    pieces = exporting.export_mailbox(scope(request), MailboxId(mailbox_id), exporting.Exported())
    try:
        first = next(pieces, b"")
    except NotFound:
        raise Http404 from None
    response = StreamingHttpResponse(_stream(first, pieces), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mailbox-{mailbox_id}.mbox"'
    response[HEADER] = _FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _stream(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while piece := await sync_to_async(lambda: next(pieces, b""))():
        yield piece


@signed_in
@require_POST
def allow_pictures(request: HttpRequest, message_id: int) -> HttpResponse:
    """Have the remote pictures of this message fetched, or with `always` those of its sender."""
    try:
        images.allow(scope(request), MessageId(message_id), always=request.POST.get("always") == "1")
    except NotFound:
        raise Http404 from None
    return _to_message(request, message_id)


@signed_in
@require_POST
def ask_again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Ask once more for bytes that did not come."""
    try:
        ask_body(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    return _to_message(request, message_id)


def _to_message(request: HttpRequest, message_id: int) -> HttpResponse:
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("message", args=[message_id]) + (f"?{query}" if query else ""))


@signed_in
@require_safe
def raw(request: HttpRequest, message_id: int) -> HttpResponse:
    """The bytes as the server has them."""
    try:
        data = reading.raw_message(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    return _file(reading.File(f"message-{message_id}.eml", "message/rfc822", data))


@signed_in
@require_safe
def header(request: HttpRequest, message_id: int) -> HttpResponse:
    """Every field of the header, and the beginning of the source."""
    try:
        fields = reading.read_header(scope(request), MessageId(message_id))
        source, more = reading.read_source(scope(request), MessageId(message_id))
        opened = reading.open_message(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    context = {"fields": fields, "source": source, "more": more, "message": opened, "room": "mail"}
    return show(request, "mail/header.html", context)


def _blocked_words(image: BlockedImage) -> str:
    if image.width and image.height:
        return _("Remote image, %(width)s × %(height)s, from %(host)s") % {
            "width": image.width,
            "height": image.height,
            "host": image.host,
        }
    return _("Remote image from %(host)s") % {"host": image.host}


def _file(found: reading.File) -> HttpResponse:
    response = _answer(found.data, found.content_type)
    plain = found.filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.filename)}"
    return response


def _answer(data: bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response[HEADER] = _FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("mail/<int:message_id>/body", body, name="message_body"),
    path("mail/<int:message_id>/ask", ask_again, name="message_ask"),
    path("mail/<int:message_id>/header", header, name="message_header"),
    path("mail/<int:message_id>/raw", raw, name="message_raw"),
    path("mail/<int:message_id>/files", files, name="message_files"),
    path("mail/mailboxes/<int:mailbox_id>/mbox", mbox, name="mailbox_mbox"),
    path("mail/<int:message_id>/parts/<str:number>", part, name="message_part"),
    path("mail/<int:message_id>/pictures", allow_pictures, name="message_pictures"),
    path("mail/<int:message_id>/pictures/<str:blob>", picture, name="message_picture"),
    path("mail/<int:message_id>/inline/<str:number>", inline, name="message_inline"),
]
