"""The accounts of a workspace: list, detail, and what can be done with one."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from yizhan.services.accounts.listing import list_accounts
from yizhan.web.pages import language_of, scope, show, signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The start page."""
    return HttpResponseRedirect(reverse("accounts"))


@signed_in
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, those that need a person first."""
    return show(request, "accounts/list.html", {"accounts": list_accounts(scope(request), language_of(request))})


urlpatterns = [
    path("", home, name="home"),
    path("accounts", accounts, name="accounts"),
]
