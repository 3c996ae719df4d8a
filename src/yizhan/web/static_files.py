"""Styles, scripts and pictures of ours, straight from the package: nothing has to be collected first."""

import hashlib
import re
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from whitenoise.base import WhiteNoise

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
_FILES = WhiteNoise(None, root=FOLDER, prefix=PREFIX, max_age=0, allow_all_origins=False)
_IMPORTED = re.compile(r'(\b(?:from|import) "\./[\w.-]+\.js)"')
_FOREVER = "max-age=31536000, public, immutable"


def static(name: str) -> str:
    """The address of a file in `web/static`, with a mark that changes when the file does."""
    return f"{PREFIX}{name}?v={_mark(name)}"


@cache
def _mark(name: str) -> str:
    """All scripts have one: what a script imports is named with it too, so that a browser need not ask for each."""
    files = sorted(FOLDER.glob("*.js")) if name.endswith(".js") else [FOLDER / name]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:10]


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponse:
    """One file, or word that the browser's copy is good."""
    found = _FILES.files.get(PREFIX + name)
    if found is None:
        raise Http404
    if name.endswith(".js"):
        response = HttpResponse(_script(name), content_type="text/javascript; charset=utf-8")
    else:
        answer = found.get_response(request.method, request.META)
        content = answer.file.read() if answer.file else b""
        if answer.file:
            answer.file.close()
        response = HttpResponse(content, status=int(answer.status), headers=dict(answer.headers))
    if request.GET.get("v") == _mark(name):
        response.headers["Cache-Control"] = _FOREVER
    return response


@cache
def _script(name: str) -> str:
    """With the mark behind each module that it imports."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _IMPORTED.sub(rf'\1?v={_mark(name)}"', text)
