"""Signatures: kept by name, and which of them an account's messages end with."""

from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.accounts.listing import list_accounts
from yizhan.services.writing import signatures
from yizhan.web import wording
from yizhan.web.pages import language_of, scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy
from yizhan.web.sheet import is_number

SHEET_POLICY = {"frame-src": "'self'", "img-src": "'self' data: blob:"}


@signed_in
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All of them, and by account those for new messages and for answers."""
    context = {
        "room": "settings",
        "signatures": signatures.list_signatures(scope(request)),
        "accounts": list_accounts(scope(request), language_of(request)),
        "chosen": signatures.chosen(scope(request)),
    }
    return show(request, "signatures/list.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """A new one, or one changed."""
    shown = _find(request, number) if number else {"id": None, "name": "", "html": ""}
    if request.method != "POST":
        return _sheet(request, shown)
    name, html = request.POST.get("name", ""), request.POST.get("html", "")
    try:
        signatures.keep(scope(request), name, html, number)
    except BadInput as refused:
        return _sheet(request, {"id": number, "name": name, "html": html}, wording.say(refused), 422)
    toasts.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("signatures"))


@signed_in
@require_POST
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Accounts that ended with it end with none."""
    signatures.remove(scope(request), number)
    toasts.success(request, _("Deleted."))
    return HttpResponseRedirect(reverse("signatures"))


@signed_in
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """What each account ends with: `new-ACCOUNT` and `answer-ACCOUNT`."""
    known = {each["id"] for each in signatures.list_signatures(scope(request))}

    def picked(name: str) -> int | None:
        typed = request.POST.get(name, "")
        return int(typed) if is_number(typed) and int(typed) in known else None

    for name in request.POST:
        word, _dash, account = name.partition("-")
        if word == "new" and is_number(account):
            signatures.choose(scope(request), AccountId(int(account)), picked(name), picked(f"answer-{account}"))
    toasts.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("signatures"))


def _find(request: HttpRequest, number: int) -> dict[str, Any]:
    found = next((each for each in signatures.list_signatures(scope(request)) if each["id"] == number), None)
    if found is None:
        raise Http404
    return found


def _sheet(request: HttpRequest, shown: dict[str, Any], error: str = "", status: int = 200) -> HttpResponse:
    context = {"room": "settings", "shown": shown, "error": error}
    response = show(request, "signatures/edit.html", context, status=status)
    response[HEADER] = write_policy(SHEET_POLICY)
    return response


urlpatterns = [
    path("signatures", listed, name="signatures"),
    path("signatures/new", edit, name="signature_new"),
    path("signatures/choose", choose, name="signatures_choose"),
    path("signatures/<int:number>", edit, name="signature"),
    path("signatures/<int:number>/delete", delete, name="signature_delete"),
]
