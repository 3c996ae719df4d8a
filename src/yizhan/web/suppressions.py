"""The list of addresses that a person is warned of before they write to them."""

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yizhan.base.errors import NotFound
from yizhan.services.outbox import suppressions
from yizhan.web.pages import scope, show, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def suppression_list(request: HttpRequest) -> HttpResponse:
    """The list, a page at a time, and a form for more addresses."""
    typed, error = request.POST.get("addresses", ""), ""
    if request.method == "POST":
        try:
            suppressions.add(scope(request), typed)
            toasts.success(request, _("Kept."))
            return HttpResponseRedirect(reverse("suppressions"))
        except suppressions.SuppressionWrong as refused:
            error = _("This is not an e-mail address: %(part)s") % {"part": refused.part}
    after = request.GET.get("after", "")
    rows = suppressions.list_suppressions(
        scope(request), int(after) if after.isdecimal() and len(after) < 19 else None, suppressions.A_PAGE + 1
    )
    shown = rows[: suppressions.A_PAGE]
    context = {
        "rows": shown,
        "next": shown[-1]["id"] if len(rows) > len(shown) else None,
        "typed": typed,
        "error": error,
    }
    return show(request, "settings/suppressions.html", context, status=422 if error else 200)


@signed_in
@require_POST
def remove(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """Mail may be written there again without a warning."""
    try:
        suppressions.remove(scope(request), suppression_id)
    except NotFound:
        raise Http404 from None
    toasts.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("suppressions"))


urlpatterns = [
    path("suppressions", suppression_list, name="suppressions"),
    path("suppressions/<int:suppression_id>/remove", remove, name="suppression_remove"),
]
