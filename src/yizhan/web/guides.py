"""The guides: how to make the secret that each provider wants.  They hold nobody's data, so anybody may read them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from yizhan.base.errors import NotFound
from yizhan.services.catalogue.guides import list_guides, show_guide
from yizhan.web.pages import language_of, show

CATEGORIES = ("personal", "business")


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """Every provider, those of people before those of companies."""
    found = [_with_letters(each) for each in list_guides(language_of(request))]
    groups = [(kind, [each for each in found if each["category"] == kind]) for kind in CATEGORIES]
    return show(request, "guides/list.html", {"groups": groups})


@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """One provider's guide; asked for by its number, or in capitals, it leads to its lasting address."""
    try:
        found = show_guide(name.lower(), language_of(request))
    except NotFound:
        raise Http404(name) from None
    if name != found["id"]:
        return HttpResponseRedirect(reverse("guide", args=[found["id"]]))
    related = [_with_letters(each) for each in found["related"]]
    return show(request, "guides/show.html", {"guide": {**_with_letters(found), "related": related}})


def _with_letters(guide: dict[str, Any]) -> dict[str, Any]:
    """Two or three letters for the square beside the name."""
    first = guide["id"].partition("-")[0]
    letters = first[:3] if first.isdecimal() else first.upper() if len(first) <= 2 else first[:2].capitalize()
    return {**guide, "letters": letters}


urlpatterns = [path("guides", guides, name="guides"), path("guides/<str:name>", guide, name="guide")]
