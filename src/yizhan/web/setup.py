"""The first page ever seen: by the one-time link, somebody makes this Yizhan theirs."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yizhan.base.secret import Secret
from yizhan.services.owners.people import PasswordWeak, SignInAddressWrong, redeem
from yizhan.services.owners.setup import SetupLinkVoid, check_link
from yizhan.web import formats, startup
from yizhan.web.pages import language_of, show


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Name, address, password; then signed in, on the way to a second factor."""
    link = Secret(token)
    try:
        until = check_link(link)
        if request.method == "POST":
            return _make_owner(request, link)
        errors: dict[str, Any] = {}
    except SetupLinkVoid:
        return show(request, "setup/void.html", status=410)
    except SignInAddressWrong:
        errors = {"email": _("This is not an e-mail address.")}
    except PasswordWeak as weak:
        errors = {"password": " ".join(weak.reasons)}
    context = {
        "errors": errors,
        "typed": request.POST,
        "chosen": request.POST.get("language") or language_of(request),
        "until": formats.moment(until),
        "checks": startup.look(request.is_secure(), request.get_host()),
    }
    return show(request, "setup/owner.html", context, status=422 if errors else 200)


def _make_owner(request: HttpRequest, link: Secret[str]) -> HttpResponse:
    typed = request.POST
    password = Secret(typed.get("password", ""))
    owner = redeem(link, typed.get("name", ""), typed.get("email", ""), password, typed.get("language", ""))
    login = Login(user=owner, redirect_url=reverse("mfa_activate_totp"))
    response: HttpResponse = perform_password_login(request, {"email": owner.email}, login)
    reauthenticate_by_password(request)  # it was typed just now: the second factor need not ask again
    request.session["setting_up"] = True
    return response


urlpatterns = [path("setup/<str:token>", set_up, name="setup")]
