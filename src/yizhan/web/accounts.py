"""The accounts of a workspace: all of them, and one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yizhan.base.clock import SystemClock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.services.accounts import asking, deleting, pausing, reviewing
from yizhan.services.accounts.exporting import export_csv
from yizhan.services.accounts.listing import count_needing_a_person, list_accounts, show_account
from yizhan.services.accounts.timeline import timeline
from yizhan.services.messages.progress import read_progress
from yizhan.web import charts, naming, sorting, wording
from yizhan.web.limits import MAX_BULK
from yizhan.web.pages import COUNTS, language_of, scope, show, signed_in

CLOCK = SystemClock()
COUNTS["accounts"] = count_needing_a_person


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The start page."""
    return HttpResponseRedirect(reverse("accounts"))


@signed_in
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, those that need a person first."""
    language = language_of(request)
    every = naming.with_names(list_accounts(scope(request), language), language)
    wanted = _wanted(request)
    context = {
        "every": every,
        "drafts": asking.list_drafts(scope(request), language),
        "view": sorting.view(every, wanted),
        "wanted": wanted,
        "providers": sorted({(each["provider"] or "-", each["provider_name"]) for each in every if each["provider"]}),
        "routes": sorted({each["route"] for each in every}),
        "to_review": [each for each in every if each["secret_review"]],
        "going": [each for each in every if each["status"] == "deleting"],
        "link": _linker(request),
        "tiles": [] if every else naming.tiles(language),
    }
    return show(request, "accounts/list.html" if every or context["drafts"] else "accounts/none.html", context)


@signed_in
@require_GET
def account(request: HttpRequest, number: int) -> HttpResponse:
    """One account: how it stands and stood, and what can be done."""
    found = _find(request, number)
    past = timeline(scope(request), AccountId(number), CLOCK, language_of(request))
    losses = deleting.losses(scope(request), AccountId(number))
    chart = charts.timeline_chart(past)
    coming = next((each for each in read_progress(scope(request)) if each.account_id == number), None)
    context = {"account": found, "past": past, "chart": chart, "losses": losses, "coming": coming}
    return show(request, "accounts/detail.html", context)


@signed_in
@require_POST
def check(request: HttpRequest, number: int) -> HttpResponse:
    """Walk the path again; for a paused account this is how it goes on."""
    return _asked(asking.ask_check(scope(request), AccountId(number)))


@signed_in
@require_POST
def sync(request: HttpRequest, number: int) -> HttpResponse:
    """Fetch what is new."""
    asking.ask_sync(scope(request), AccountId(number))
    messages.success(request, _("Looking for new mail."))
    return HttpResponseRedirect(reverse("account", args=[number]))


@signed_in
@require_POST
def pause(request: HttpRequest, number: int) -> HttpResponse:
    """Disconnect; mail and secret stay."""
    pausing.pause(scope(request), AccountId(number), CLOCK)
    messages.success(request, _("%(address)s is paused.") % {"address": _find(request, number)["address"]})
    return _back(request)


@signed_in
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """What goes and what stays; then it goes, with some seconds to take it back."""
    found = _find(request, number)
    if request.method == "GET":
        losses = deleting.losses(scope(request), AccountId(number))
        return show(request, "accounts/delete.html", {"account": found, "losses": losses})
    deleting.delete_later(scope(request), AccountId(number), CLOCK)
    return HttpResponseRedirect(reverse("accounts"))


@signed_in
@require_POST
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Take the deletion back."""
    address = _find(request, number)["address"]
    try:
        deleting.undo(scope(request), AccountId(number))
        asking.ask_check(scope(request), AccountId(number))
        messages.success(request, _("%(address)s is here again.") % {"address": address})
    except YizhanError as late:
        messages.error(request, wording.say(late))
    return HttpResponseRedirect(reverse("accounts"))


@signed_in
@require_POST
def reviewed(request: HttpRequest, number: int) -> HttpResponse:
    """The secret may stay; no reminder for as long again."""
    reviewing.mark_reviewed(scope(request), AccountId(number), CLOCK)
    messages.success(request, _("Noted; we ask again later."))
    return _back(request)


@signed_in
@require_POST
def bulk(request: HttpRequest, act: str) -> HttpResponse:
    """The same for every account that was picked."""
    picked = [AccountId(int(word)) for word in request.POST.getlist("account")[:MAX_BULK] if word.isdecimal()]
    acts = {"check": _check_one, "pause": _pause_one}
    if act not in acts:
        raise Http404
    done = sum(acts[act](request, number) for number in picked)
    said = {
        "check": ngettext("%(count)d account is being checked.", "%(count)d accounts are being checked.", done),
        "pause": ngettext("%(count)d account is paused.", "%(count)d accounts are paused.", done),
    }
    messages.success(request, said[act] % {"count": done})
    return HttpResponseRedirect(reverse("accounts"))


@signed_in
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Everything but secrets, as CSV."""
    name = f'attachment; filename="yizhan-accounts-{CLOCK.now():%Y-%m-%d}.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return HttpResponse(export_csv(scope(request)), content_type="text/csv; charset=utf-8", headers=headers)


def _check_one(request: HttpRequest, number: AccountId) -> bool:
    asking.ask_check(scope(request), number)
    return True


def _pause_one(request: HttpRequest, number: AccountId) -> bool:
    pausing.pause(scope(request), number, CLOCK)
    return True


def _find(request: HttpRequest, number: int) -> dict[str, Any]:
    language = language_of(request)
    [found] = naming.with_names([show_account(scope(request), AccountId(number), language)], language)
    return found


def _wanted(request: HttpRequest) -> sorting.Wanted:
    asked = request.GET
    page = asked.get("page", "1")
    return sorting.Wanted(
        asked.get("status", "all"),
        asked.get("q", "")[:200],
        asked.get("provider", ""),
        asked.get("route", ""),
        max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
    )


def _linker(request: HttpRequest) -> Any:
    """Makes the address of this page with some of its filters changed."""
    kept = {name: value for name, value in request.GET.items() if name in ("status", "q", "provider", "route")}

    def link(**changes: str | int) -> str:
        wanted = {name: value for name, value in {**kept, **changes}.items() if value and value != "all"}
        return f"{reverse('accounts')}?{urlencode(wanted)}" if wanted else reverse("accounts")

    return link


def _asked(request_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("asked", args=[request_id]))


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(
        reverse("account", args=[request.POST["back"]]) if "back" in request.POST else "/accounts"
    )


urlpatterns = [
    path("", home, name="home"),
    path("accounts", accounts, name="accounts"),
    path("accounts/export.csv", export, name="export"),
    path("accounts/<int:number>", account, name="account"),
    path("accounts/<int:number>/check", check, name="account_check"),
    path("accounts/<int:number>/sync", sync, name="account_sync"),
    path("accounts/<int:number>/pause", pause, name="account_pause"),
    path("accounts/<int:number>/delete", delete, name="account_delete"),
    path("accounts/<int:number>/undo", undo, name="account_undo"),
    path("accounts/<int:number>/reviewed", reviewed, name="account_reviewed"),
    path("accounts/all/<str:act>", bulk, name="bulk"),
]
