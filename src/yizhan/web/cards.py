"""The address book, and whom one may mean by what one has typed so far."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yizhan.base.errors import BadInput, NotFound
from yizhan.services.writing import cardfiles, cards
from yizhan.services.writing.correspondents import complete
from yizhan.services.writing.zones import offered
from yizhan.web import wording
from yizhan.web.answers import for_script
from yizhan.web.limits import MAX_TYPED
from yizhan.web.pages import language_of, scope, show, signed_in

_EMPTY: dict[str, Any] = {"id": None, "address": "", "name": "", "zone": "", "fields": {}}


@require_safe
@for_script
def people(request: HttpRequest) -> HttpResponse:
    """Up to eight `{name, address, kind}`, likely ones first; the list stands alone in the answer."""
    return JsonResponse(complete(scope(request), request.GET.get("q", "")[:MAX_TYPED]), safe=False)


@signed_in
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """By name, a page at a time, or those that `?q=` finds."""
    return _list(request)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """One more."""
    return _form(request, dict(_EMPTY, address=request.GET.get("address", "")[:MAX_TYPED]))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card, to be read and changed."""
    return _form(request, cards.find(scope(request), card_id))


@signed_in
@require_POST
def remove(request: HttpRequest, card_id: int) -> HttpResponse:
    """It is gone."""
    if not cards.remove(scope(request), [card_id]):
        raise Http404
    toasts.success(request, _("Removed."))
    return HttpResponseRedirect(reverse("cards"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Cards of a file; the list says afterwards what became of each."""
    error = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise cardfiles.CardFileUnreadable("no file was chosen")
            return _list(request, cardfiles.import_cards(scope(request), upload.read(cardfiles.MAX_FILE_BYTES + 1)))
        except BadInput as refused:
            error = wording.say(refused)
    context = {"error": error, "most": cardfiles.MAX_CARDS}
    return show(request, "cards/import.html", context, status=422 if error else 200)


@signed_in
@require_safe
def as_vcard(request: HttpRequest) -> HttpResponse:
    """All of them, for other programs."""
    text: Iterator[str] = cardfiles.export_vcard(scope(request))
    return _download(HttpResponse("".join(text), content_type="text/vcard; charset=utf-8"), "cards.vcf")


@signed_in
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """All of them, for spreadsheets."""
    answer = HttpResponse(cardfiles.export_csv(scope(request)), content_type="text/csv; charset=utf-8")
    return _download(answer, "cards.csv")


def _list(request: HttpRequest, report: cardfiles.CardReport | None = None) -> HttpResponse:
    typed = request.GET.get("q", "")[:MAX_TYPED]
    word = request.GET.get("page", "1")
    page = max(1, int(word)) if word.isdecimal() and len(word) < 6 else 1
    rows, count = cards.list_cards(scope(request), typed, page)
    for row in rows:
        row["typed"] = cards.as_typed(row)
    context = {
        "rows": rows,
        "count": count,
        "typed": typed,
        "report": report,
        "before": _page_address(typed, page - 1) if page > 1 else "",
        "after": _page_address(typed, page + 1) if page * cards.PAGE < count else "",
    }
    return show(request, "cards/list.html", context)


def _page_address(typed: str, page: int) -> str:
    return f"{reverse('cards')}?{urlencode({'q': typed, 'page': page} if typed else {'page': page})}"


def _form(request: HttpRequest, card: dict[str, Any]) -> HttpResponse:
    error = ""
    if request.method == "POST":
        card = {**card, **_typed(request)}
        try:
            cards.keep(scope(request), card["address"], card["name"], card["zone"], card["fields"], card["id"])
        except NotFound:
            raise Http404 from None
        except BadInput as refused:
            error = wording.say(refused)
        else:
            toasts.success(request, _("Kept."))
            return HttpResponseRedirect(reverse("cards"))
    context = {
        "card": {**card, "typed": cards.as_typed(card)},
        "titles": _titles(),
        "own": [(key, value) for key, value in card["fields"].items() if key not in cards.FIELDS],
        "zones": offered(language_of(request)),
        "error": error,
    }
    return show(request, "cards/one.html", context, status=422 if error else 200)


def _typed(request: HttpRequest) -> dict[str, Any]:
    typed = request.POST
    fields = {key[2:]: str(typed[key]) for key in typed if key.startswith("f:")}
    if typed.get("own_value", "").strip():
        fields[typed.get("own_name", "").strip()] = typed["own_value"]
    return {**{name: typed.get(name, "") for name in ("address", "name", "zone")}, "fields": fields}


def _titles() -> list[tuple[str, str]]:
    titles = (
        _("First name"),
        _("Last name"),
        _("Company"),
        _("Position"),
        _("Nickname"),
        _("Telephone"),
        _("Note"),
    )
    return list(zip(cards.FIELDS, titles, strict=True))


def _download(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("people", people, name="people"),
    path("cards", listed, name="cards"),
    path("cards/new", new, name="card_new"),
    path("cards/import", bring, name="cards_import"),
    path("cards/export.vcf", as_vcard, name="cards_vcard"),
    path("cards/export.csv", as_csv, name="cards_csv"),
    path("cards/<int:card_id>", one, name="card"),
    path("cards/<int:card_id>/remove", remove, name="card_remove"),
]
