"""The one address that a list's words stand behind, without the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def inbox(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("mail", inbox, name="inbox")]
