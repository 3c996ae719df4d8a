"""Files that are attached often."""

from typing import IO, cast
from urllib.parse import quote

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import DraftId
from yizhan.services.writing import library
from yizhan.web import wording
from yizhan.web.answers import for_script
from yizhan.web.pages import scope, show, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """All of them; a file that is sent here is one more."""
    error = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise BadInput("no file was chosen")
            library.add(scope(request), upload.name or "file", cast("IO[bytes]", upload))
        except BadInput as refused:
            error = wording.say(refused)
        else:
            toasts.success(request, _("Kept."))
            return HttpResponseRedirect(reverse("library"))
    context = {"rows": library.list_files(scope(request)), "error": error}
    return show(request, "library/list.html", context, status=422 if error else 200)


@signed_in
@require_safe
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """One of them, to be kept."""
    found, data = library.open_file(scope(request), file_id)
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found['name'])}"
    return answer


@signed_in
@require_POST
def rename(request: HttpRequest, file_id: int) -> HttpResponse:
    """Under another name from now on."""
    try:
        library.rename(scope(request), file_id, request.POST.get("name", ""))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.error(request, wording.say(refused))
    return HttpResponseRedirect(reverse("library"))


@signed_in
@require_POST
def remove(request: HttpRequest, file_id: int) -> HttpResponse:
    """Drafts that it was put into keep it."""
    library.remove(scope(request), file_id)
    toasts.success(request, _("Removed."))
    return HttpResponseRedirect(reverse("library"))


@require_POST
@for_script
def attach(request: HttpRequest, draft_id: int, file_id: int) -> HttpResponse:
    """Put it into a draft."""
    return JsonResponse(library.attach(scope(request), DraftId(draft_id), file_id), status=201)


urlpatterns = [
    path("library", listed, name="library"),
    path("library/<int:file_id>", file, name="library_file"),
    path("library/<int:file_id>/rename", rename, name="library_rename"),
    path("library/<int:file_id>/remove", remove, name="library_remove"),
    path("drafts/<int:draft_id>/library/<int:file_id>", attach, name="draft_library"),
]
