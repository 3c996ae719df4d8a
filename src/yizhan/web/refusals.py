"""Pages that say no: each says why and where to go on, and needs nothing that may just have failed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from yizhan.base.errors import NotFound


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Also for a host name that is not ours."""
    why = _("This address is not one of Yizhan's, or the request is broken. Names to allow stand in YIZHAN_HOSTS.")
    return _page(request, 400, _("This cannot be answered"), why)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, _("Not allowed"), _("This page is not for the person who is signed in."))


def forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form did not come from a page of ours, or that page is too old."""
    why = _("The form is too old, or cookies are off. Go back, load the page again and send it once more.")
    return _page(request, 403, _("The form was not taken"), why)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, _("Nothing here"), _("This page does not exist, or what it showed was deleted."))


def failed(request: HttpRequest) -> HttpResponse:
    why = _("That is our mistake. Nothing of yours was lost; what went wrong stands in the log of this Yizhan.")
    return _page(request, 500, _("Something broke here"), why)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 429, _("Too many tries"), _("Wait a few minutes, then try again."))


def _page(request: HttpRequest, status: int, title: str, why: str) -> HttpResponse:
    context: dict[str, Any] = {"title": title, "why": why, "code": status}
    return render(request, "refusal.html", context, status=status)


class RefusalMiddleware(MiddlewareMixin):
    """What a service does not find in this workspace is a page that is not there."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return not_found(request, exception) if isinstance(exception, NotFound) else None
