"""The address book, and whom one may mean by what one has typed so far."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from yizhan.services.writing.correspondents import complete
from yizhan.web.answers import for_script
from yizhan.web.limits import MAX_TYPED
from yizhan.web.pages import scope


@require_safe
@for_script
def people(request: HttpRequest) -> HttpResponse:
    """Up to eight `{name, address, kind}`, likely ones first; the list stands alone in the answer."""
    return JsonResponse(complete(scope(request), request.GET.get("q", "")[:MAX_TYPED]), safe=False)


urlpatterns = [path("people", people, name="people")]
