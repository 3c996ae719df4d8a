"""Signing in and out, the second factor, passkeys and recovery codes: allauth's, at addresses of ours.

Sign-up, confirmation by mail and reset by mail have no address here: Yizhan sends no mail of its own.
"""

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions import views as sessions
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from yizhan.services.owners.setup import has_owner
from yizhan.web.pages import show

LANGUAGE_AGE_S = 31_536_000


class Adapter(DefaultAccountAdapter):
    """People come by the set-up link only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """That one is signed in or out is plain to see."""
        template = str(args[0] if args else kwargs.get("message_template", ""))
        if not template.endswith(("logged_in.txt", "logged_out.txt")):
            super().add_message(request, level, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """None is sent: allauth would tell people of a changed password, and there is no mail server to ask."""


def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; before anybody owns this Yizhan, how to make it one's own."""
    if not has_owner():
        return show(request, "setup/unowned.html")
    response: HttpResponse = account.login(request)
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of the pages before one is signed in."""
    after = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}):
        after = "/"
    response = HttpResponseRedirect(after)
    response.set_cookie("yizhan_language", request.POST.get("language", ""), LANGUAGE_AGE_S, samesite="Lax")
    return response


urlpatterns = [
    path("signin", sign_in, name="account_login"),
    path("signout", account.logout, name="account_logout"),
    path("signin/inactive", account.account_inactive, name="account_inactive"),
    path("signin/again", account.reauthenticate, name="account_reauthenticate"),
    path("language", choose_language, name="language"),
    path("settings/password", account.password_change, name="account_change_password"),
    path("settings/sessions", sessions.list_usersessions, name="usersessions_list"),
    path("two-step/", include("allauth.mfa.urls")),
]
