"""Change an account: what reaches the servers is proved first, and a refused edit changes nothing."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yizhan.base.errors import BadInput, YizhanError
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.services.accounts import asking
from yizhan.services.accounts.binding import AlreadyBound
from yizhan.services.accounts.editing import EditForm
from yizhan.services.accounts.listing import show_account
from yizhan.web import naming, recognising, wording
from yizhan.web.adding import SERVICES, Typed, split_server, typed_of
from yizhan.web.pages import language_of, scope, show, signed_in


@signed_in
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The account in a form; an empty secret keeps the one there is."""
    language = language_of(request)
    [account] = naming.with_names([show_account(scope(request), AccountId(number), language)], language)
    before = Typed(**{name: account[name] for name in ("address", "label", "login", "imap", "smtp", "route")})
    if request.method == "GET":
        return _page(request, account, before, {})
    typed = typed_of(request.POST, before)
    try:
        wanted = _changes(before, typed, request.POST.get("secret", ""))
        asked = asking.ask_edit(scope(request), AccountId(number), wanted)
    except (BadInput, AlreadyBound) as refused:
        return _page(request, account, typed, _errors(refused))
    return HttpResponseRedirect(reverse("asked", args=[asked]))


def _changes(before: Typed, typed: Typed, secret: str) -> EditForm:
    changed = {
        name: getattr(typed, name)
        for name in ("login", "imap", "smtp", "ca_pem", "label", "route")
        if getattr(typed, name) != getattr(before, name)
    }
    return EditForm(**changed, secret=Secret(secret) if secret.strip() else None)


def _page(request: HttpRequest, account: dict[str, Any], typed: Typed, errors: dict[str, str]) -> HttpResponse:
    context = {
        "account": account,
        "typed": typed,
        "look": recognising.look(account["address"], language_of(request)),
        "servers": {name: split_server(getattr(typed, name)) for name in SERVICES},
        "errors": errors,
    }
    return show(request, "accounts/edit.html", context, status=422 if errors else 200)


def _errors(refused: YizhanError) -> dict[str, str]:
    return {"secret" if refused.code == "secret_wrong" else "form": wording.say(refused)}


urlpatterns = [path("accounts/<int:number>/edit", edit, name="account_edit")]
