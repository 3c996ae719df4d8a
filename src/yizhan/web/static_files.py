"""Styles, scripts and pictures of ours, straight from the package: nothing has to be collected first."""

import hashlib
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from whitenoise.base import WhiteNoise

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
_FILES = WhiteNoise(None, root=FOLDER, prefix=PREFIX, max_age=0, allow_all_origins=False)
_FOREVER = "max-age=31536000, public, immutable"


def static(name: str) -> str:
    """The address of a file in `web/static`, with a mark that changes when the file does."""
    return f"{PREFIX}{name}?v={_mark(name)}"


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponse:
    """One file, or word that the browser's copy is good.  What a script imports has no mark and is asked for."""
    found = _FILES.files.get(PREFIX + name)
    if found is None:
        raise Http404
    answer = found.get_response(request.method, request.META)
    content = answer.file.read() if answer.file else b""
    if answer.file:
        answer.file.close()
    response = HttpResponse(content, status=int(answer.status), headers=dict(answer.headers))
    if request.GET.get("v") == _mark(name):
        response.headers["Cache-Control"] = _FOREVER
    return response
