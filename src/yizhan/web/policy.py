"""What a browser may do with our pages: load from us, and nothing else."""

from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

BASE: Mapping[str, str] = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
)
HEADER = "Content-Security-Policy"


def write_policy(changes: Mapping[str, str] = MappingProxyType({}), base: Mapping[str, str] = BASE) -> str:
    """The header's value: `base` with `changes`; for a page with a frame of ours `{"frame-src": "'self'"}`.

    A view sets `response[HEADER] = write_policy(...)` itself where the base does not do; what it sets stays.
    """
    return "; ".join(f"{name} {value}".strip() for name, value in {**base, **changes}.items())


class PolicyMiddleware(MiddlewareMixin):
    """Puts the policy on every answer, and keeps cookies to HTTPS when the answer goes over it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(HEADER, write_policy())
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.streaming and not request.path_info.startswith("/static/"):
            # Pages hold mail: no cache, shared or on disk, may keep one.
            response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response
