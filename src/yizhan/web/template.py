"""Templates: written once in groups, filled in from a recipient's card, seen filled in before anything is sent."""

from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from yizhan.base.errors import BadInput, NotFound
from yizhan.services.writing import templates
from yizhan.services.writing.variables import NAMES
from yizhan.web import wording
from yizhan.web.answers import for_script
from yizhan.web.compose import PAPER_POLICY
from yizhan.web.pages import language_of, scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy
from yizhan.web.sheet import is_number
from yizhan.web.signatures import SHEET_POLICY

_AT = {"zh-hans": 0, "en": 1, "ru": 2}  # of a variable's names


@signed_in
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All of them by group."""
    every = templates.list_templates(scope(request))
    groups = [*templates.list_groups(scope(request)), {"id": None, "name": ""}]
    held = [(group, [each for each in every if each["group_id"] == group["id"]]) for group in groups]
    return show(request, "templates/list.html", {"room": "settings", "groups": held, "total": len(every)})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """A new one, or one changed; with `?for=ADDRESS` also as that recipient would get it."""
    shown: dict[str, Any] = {"id": None, "name": "", "subject": "", "html": "", "group_id": None}
    if number is not None:
        shown = _find(request, number)
    if request.method != "POST":
        return _sheet(request, shown)
    typed = request.POST
    group = typed.get("group", "")
    shown |= {name: typed.get(name, "") for name in ("name", "subject", "html")}
    shown["group_id"] = int(group) if is_number(group) else None
    try:
        kept = templates.keep(scope(request), shown["name"], shown["subject"], shown["html"], shown["group_id"], number)
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        return _sheet(request, shown, _say(refused), 422)
    toasts.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("template", args=[kept]))


@signed_in
@require_POST
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Messages made from it stay."""
    templates.remove(scope(request), number)
    toasts.success(request, _("Deleted."))
    return HttpResponseRedirect(reverse("templates"))


@signed_in
@require_POST
def add_group(request: HttpRequest) -> HttpResponse:
    """One more group."""
    try:
        templates.keep_group(scope(request), request.POST.get("name", ""))
    except BadInput as refused:
        toasts.warning(request, wording.say(refused))
    return HttpResponseRedirect(reverse("templates"))


@signed_in
@require_POST
def delete_group(request: HttpRequest, number: int) -> HttpResponse:
    """Its templates stay, without a group."""
    templates.remove_group(scope(request), number)
    return HttpResponseRedirect(reverse("templates"))


@require_safe
@for_script
def filled(request: HttpRequest, number: int) -> HttpResponse:
    """`{subject, html, unfilled}` for `?to=ADDRESS`, for the sheet on which one writes."""
    return JsonResponse(templates.fill_in(scope(request), number, request.GET.get("to", "")[:320]))


@signed_in
@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The filled text alone, for a frame in which nothing runs."""
    try:
        found = templates.fill_in(scope(request), number, request.GET.get("for", "")[:320])
    except NotFound:
        raise Http404 from None
    context = {"markup": Markup(found["html"]), "paper": False}  # noqa: S704 - cleaned when kept, what is put in escaped
    response = show(request, "mail/body.html", context)
    response[HEADER] = PAPER_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _find(request: HttpRequest, number: int) -> dict[str, Any]:
    try:
        return templates.find(scope(request), number)
    except NotFound:
        raise Http404 from None


def _say(refused: BadInput) -> str:
    """With the part that is meant, where there is one."""
    part = getattr(refused, "part", "")
    return f"{wording.say(refused)} {part}" if part else wording.say(refused)


def _sheet(request: HttpRequest, shown: dict[str, Any], error: str = "", status: int = 200) -> HttpResponse:
    wanted = request.GET.get("for", "")[:320]
    known = shown["id"] is not None and not error
    context = {
        "room": "settings",
        "shown": shown,
        "groups": templates.list_groups(scope(request)),
        "variables": [names[_AT[language_of(request)]] for names in NAMES.values()],
        "wanted": wanted,
        "filled": templates.fill_in(scope(request), shown["id"], wanted) if known and wanted else None,
        "error": error,
    }
    response = show(request, "templates/edit.html", context, status=status)
    response[HEADER] = write_policy(SHEET_POLICY)
    return response


urlpatterns = [
    path("templates", listed, name="templates"),
    path("templates/new", edit, name="template_new"),
    path("templates/groups", add_group, name="template_group_new"),
    path("templates/groups/<int:number>/delete", delete_group, name="template_group_delete"),
    path("templates/<int:number>", edit, name="template"),
    path("templates/<int:number>/delete", delete, name="template_delete"),
    path("templates/<int:number>/filled", filled, name="template_filled"),
    path("templates/<int:number>/preview", preview, name="template_preview"),
]
