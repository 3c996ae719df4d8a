"""Yizhan's addresses, and the kit."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from yizhan.web import urls
from yizhan.web.pages import shell

handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500
TEMPLATE = Path(__file__).with_name("kit.html")


def kit(request: HttpRequest) -> HttpResponse:
    template = engines["jinja2"].env.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return HttpResponse(template.render({**shell(request), "request": request, "csrf_input": ""}))


urlpatterns = [path("kit", kit), *urls.urlpatterns]
