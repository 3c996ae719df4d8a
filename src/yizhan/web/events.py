"""`/events`: the change feed as server-sent events, for as long as a page is open (HTML §9.2)."""

import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from yizhan.base.ids import UserId
from yizhan.services.owners.news import latest
from yizhan.services.owners.people import scope_of
from yizhan.services.owners.tailing import Tailer, tailer_of

RETRY_MS = 2000  # a browser that lost us comes back after that


@require_safe
async def events(request: HttpRequest) -> HttpResponseBase:
    """Changes after `Last-Event-ID`, else after `?after=`, else from now on; 204 tells a browser to stop asking."""
    user = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=204)
    scope = await sync_to_async(scope_of)(UserId(user.pk))
    asked = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() else await sync_to_async(latest)(scope)
    return StreamingHttpResponse(
        _lines(tailer_of(scope), after),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _lines(tailer: Tailer, after: int) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RETRY_MS
    async for change in tailer.listen(after):
        yield b": beat\n\n" if change is None else _line(change)


def _line(change: dict[str, Any]) -> bytes:
    return f"id: {change['seq']}\nevent: change\ndata: {json.dumps(change)}\n\n".encode()


urlpatterns = [path("events", events, name="events")]
