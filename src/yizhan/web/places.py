"""Where the person is: their language and their hour, for as long as the request lasts."""

from collections.abc import Awaitable
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from yizhan.services.owners.people import TIME_ZONES
from yizhan.web.static_files import PREFIX

ZONE_COOKIE = "yizhan_zone"  # a script of ours writes what the browser says; see static/place.js


class PlaceMiddleware(MiddlewareMixin):
    """The user's language, else the one chosen at the sign-in page, else the browser's, else YIZHAN_LANG."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info.startswith(PREFIX):
            return self.get_response(request)
        return super().__call__(request)

    def process_request(self, request: HttpRequest) -> None:
        language = getattr(request.user, "language", "") or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        timezone.activate(_zone(request))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


def _zone(request: HttpRequest) -> ZoneInfo:
    name = getattr(request.user, "time_zone", "") or unquote(request.COOKIES.get(ZONE_COOKIE, ""))
    return ZoneInfo(name if name in TIME_ZONES else "UTC")
