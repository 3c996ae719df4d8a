"""The addresses that the words of a list and of a search stand behind, without the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("mail", page, name="inbox"), path("search", page, name="search")]
