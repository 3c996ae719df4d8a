"""As whom an account sends: names and addresses, which stands in new mail, and what the provider made of each."""

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId
from yizhan.services.accounts.listing import show_account
from yizhan.services.writing import identities
from yizhan.web.pages import language_of, scope, show, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account_identities(request: HttpRequest, number: int) -> HttpResponse:
    """All of them, and a form for one more."""
    account_id = AccountId(number)
    typed = {name: request.POST.get(name, "") for name in ("address", "name", "reply_to")}
    error = ""
    try:
        if request.method == "POST":
            identities.add(scope(request), account_id, typed["address"], typed["name"], typed["reply_to"])
            toasts.success(request, _("Kept."))
            return HttpResponseRedirect(reverse("account_identities", args=[number]))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        error = _words(refused)
    return _page(request, account_id, typed, error)


@signed_in
@require_POST
def change(request: HttpRequest, number: int, identity_id: int) -> HttpResponse:
    """Another name, the one for new mail, or gone: `act` is `edit`, `default` or `remove`."""
    act = request.POST.get("act", "")
    try:
        if act == "edit":
            told = request.POST
            identities.edit(scope(request), identity_id, told.get("name", ""), told.get("reply_to", ""))
        elif act == "default":
            identities.choose_default(scope(request), identity_id)
        elif act == "remove":
            identities.remove(scope(request), identity_id)
        else:
            raise Http404
        toasts.success(request, _("Kept."))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.warning(request, _words(refused))
    return HttpResponseRedirect(reverse("account_identities", args=[number]))


def _page(request: HttpRequest, account_id: AccountId, typed: dict[str, str], error: str) -> HttpResponse:
    try:
        found = identities.list_identities(scope(request), account_id, language_of(request))
    except NotFound:
        raise Http404 from None
    context = {
        "account": show_account(scope(request), account_id, language_of(request)),
        "identities": found,
        "may_add": identities.may_add(scope(request), account_id),
        "typed": typed,
        "error": error,
    }
    return show(request, "accounts/identities.html", context, status=422 if error else 200)


def _words(refused: BadInput) -> str:
    told = {
        "identity_wrong": _("This is not an e-mail address: %(part)s"),
        "identity_exists": _("This address is in the list already."),
        "sender_not_permitted": _("This provider takes mail from %(part)s only."),
    }
    part = getattr(refused, "part", "") or refused.detail
    return told.get(refused.code, _("Yizhan could not take this: %(part)s")) % {"part": part}


urlpatterns = [
    path("accounts/<int:number>/identities", account_identities, name="account_identities"),
    path("accounts/<int:number>/identities/<int:identity_id>", change, name="account_identity"),
]
