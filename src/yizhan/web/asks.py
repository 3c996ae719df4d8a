"""What a message asks of its reader, answered when they say so: a receipt, an invitation; and leaving a list."""

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import MessageId
from yizhan.services.messages.unsubscribing import ask_to_leave
from yizhan.services.writing import asks, drafts
from yizhan.services.writing.asks import Participation
from yizhan.web import wording
from yizhan.web.pages import language_of, scope, signed_in

CLOCK = SystemClock()
_ANSWERS = {each.value.lower(): each for each in Participation}


@signed_in
@require_POST
def receipt(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send the read receipt, or do not and be asked no more."""
    number = MessageId(message_id)
    try:
        if request.POST.get("say") == "send":
            zone = timezone.get_current_timezone_name()
            asks.send_receipt(scope(request), number, language_of(request), zone, CLOCK)
            toasts.success(request, _("The receipt is in the outbox."))
        else:
            asks.decline_receipt(scope(request), number)
            toasts.success(request, _("No receipt is sent."))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.warning(request, wording.say(refused))
    return _back(request, message_id)


@signed_in
@require_POST
def invitation(request: HttpRequest, message_id: int) -> HttpResponse:
    """Accept, accept perhaps, or decline."""
    answer = _ANSWERS.get(request.POST.get("answer", ""))
    if answer is None:
        raise Http404
    zone = timezone.get_current_timezone_name()
    try:
        asks.answer_invitation(scope(request), MessageId(message_id), answer, language_of(request), zone, CLOCK)
        toasts.success(request, _("The answer is in the outbox."))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.warning(request, wording.say(refused))
    return _back(request, message_id)


@signed_in
@require_POST
def leave(request: HttpRequest, message_id: int) -> HttpResponse:
    """Have the engine tell the list that this person wants no more of it."""
    try:
        ask_to_leave(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.warning(request, wording.say(refused))
    return _back(request, message_id)


@signed_in
@require_POST
def write_to_list(request: HttpRequest, message_id: int) -> HttpResponse:
    """A draft to the address that the list names, for the person to send."""
    number = MessageId(message_id)
    try:
        content = asks.leaving_letter(scope(request), number)
        made = drafts.create(scope(request), content, clock=CLOCK)
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.warning(request, wording.say(refused))
        return _back(request, message_id)
    return HttpResponseRedirect(f"{reverse('compose')}/{made['id']}")


def _back(request: HttpRequest, message_id: int) -> HttpResponse:
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("message", args=[message_id]) + (f"?{query}" if query else ""))


urlpatterns = [
    path("mail/<int:message_id>/receipt", receipt, name="message_receipt"),
    path("mail/<int:message_id>/invitation", invitation, name="message_invitation"),
    path("mail/<int:message_id>/leave", leave, name="message_leave"),
    path("mail/<int:message_id>/leave/write", write_to_list, name="message_leave_write"),
]
