"""Add an account: the address first, the secret beside its guide, then the check as it happens."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yizhan.base.errors import BadInput, YizhanError
from yizhan.base.ids import AccountId, RequestId
from yizhan.base.secret import Secret
from yizhan.services.accounts import asking
from yizhan.services.accounts.forms import BindForm, read_address
from yizhan.services.accounts.listing import find_account_id, show_account
from yizhan.web import naming, recognising, reporting, wording
from yizhan.web.limits import MAX_TYPED
from yizhan.web.pages import language_of, scope, show, signed_in
from yizhan.web.stages import route_of, rows_of, step_of, total_ms
from yizhan.web.statuses import status_of

SERVICES = ("imap", "smtp")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, but for the secret; servers are `HOST:PORT/SECURITY` or empty."""

    address: str = ""
    label: str = ""
    login: str = ""
    imap: str = ""
    smtp: str = ""
    ca_pem: str = ""
    route: str = "auto"

    def form(self, secret: Secret[str]) -> BindForm:
        return BindForm(
            self.address,
            secret,
            login=self.login,
            imap=self.imap,
            smtp=self.smtp,
            ca_pem=self.ca_pem,
            label=self.label,
            route=self.route,
        )


@signed_in
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The form; a good one is handed to the engine and its progress is shown."""
    if request.method == "GET":
        return _form_page(request, _from_query(request), {})
    typed = typed_of(request.POST)
    if "look" in request.POST:  # without script: the address alone is looked at
        unknown = recognising.look(typed.address, language_of(request)).state == "guessed"
        return discover(request) if unknown else _form_page(request, replace(typed, imap="", smtp="", login=""), {})
    look, _search = _look(request, typed)
    if look.needs_confirmation and "confirmed" not in request.POST:
        return _form_page(request, typed, {"confirmed": _("Say first that these are your servers.")})
    try:
        asked = asking.ask_bind(scope(request), typed.form(Secret(request.POST.get("secret", ""))))
    except YizhanError as refused:
        return _form_page(request, typed, _errors(request, refused, typed))
    return HttpResponseRedirect(reverse("asked", args=[asked]))


@signed_in
@require_POST
def discover(request: HttpRequest) -> HttpResponse:
    """Ask around for the servers of a domain that the catalogue does not know; then the form with what was found."""
    address = request.POST.get("address", "")[:MAX_TYPED]
    search = asking.ask_discover(scope(request), address, language_of(request))
    return HttpResponseRedirect(f"{reverse('add')}?{urlencode({'address': address, 'found': search})}")


@signed_in
@require_GET
def asked(request: HttpRequest, number: int) -> HttpResponse:
    """How far the engine is: the stages, then what was found, or what refused and the way out."""
    return _asked_page(request, asking.read_asked(scope(request), RequestId(number), language_of(request)), {})


@signed_in
@sensitive_post_parameters("secret")
@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """The refused form once more, with a new secret and whatever else was put right."""
    before = asking.read_asked(scope(request), RequestId(number), language_of(request))
    kept = Typed(**{name: value for name, value in before["form"].items() if name in Typed.__dataclass_fields__})
    typed = typed_of(request.POST, kept)
    try:
        asked_id = asking.ask_bind(scope(request), typed.form(Secret(request.POST.get("secret", ""))))
    except YizhanError as refused:
        return _asked_page(request, before, _errors(request, refused, typed))
    return HttpResponseRedirect(reverse("asked", args=[asked_id]))


@signed_in
@require_POST
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a draft."""
    asking.drop_draft(scope(request), RequestId(number))
    messages.success(request, _("The draft is gone."))
    return HttpResponseRedirect(reverse("accounts"))


def _form_page(request: HttpRequest, typed: Typed, errors: dict[str, Any]) -> HttpResponse:
    look, found = _look(request, typed)
    context = {
        "typed": typed,
        "found": found,
        "look": look,
        "servers": {name: split_server(getattr(typed, name) or look.servers[name]) for name in SERVICES},
        "errors": errors,
    }
    return show(request, "accounts/add.html", context, status=422 if errors else 200)


def _look(request: HttpRequest, typed: Typed) -> tuple[recognising.Look, int | None]:
    """What is known of the address, and the number of the search that told or will tell."""
    number = request.POST.get("found") or request.GET.get("found") or ""
    look = recognising.look(typed.address, language_of(request))
    if look.state != "guessed" or not number.isdecimal():
        return look, None
    search = asking.read_asked(scope(request), RequestId(int(number)), language_of(request))
    if search["kind"] != asking.DISCOVER or search["address"] != read_address(typed.address):
        return look, None
    if search["state"] in ("waiting", "running"):
        return recognising.searching(typed.address), search["id"]
    return (recognising.look_of(search["found"], search["address"]) if search["found"] else look), search["id"]


def _asked_page(request: HttpRequest, asked: dict[str, Any], errors: dict[str, Any]) -> HttpResponse:
    language = language_of(request)
    diagnosis = asked["diagnosis"]
    is_over = asked["state"] in ("done", "failed")
    look = recognising.look(asked["address"], language)
    context = {
        "asked": asked,
        "look": look,
        "rows": rows_of(
            asked["stages"], asked["current"], is_over=is_over, cause=diagnosis["cause"] if diagnosis else ""
        ),
        "total_ms": total_ms(asked["stages"]),
        "route": route_of(asked["stages"], asked["form"].get("route", "auto")),
        "account": _account(request, asked["account_id"]) if is_over else None,
        "errors": errors,
        "servers": {name: split_server(asked["form"].get(name) or look.servers[name]) for name in SERVICES},
        "error_words": wording.say_code(asked["error"]["code"], asked["error"]["detail"]) if asked["error"] else "",
    }
    if diagnosis:
        number, step = step_of(diagnosis["stage"])
        status = diagnosis_status(diagnosis)
        context |= {
            "step_number": number,
            "step": step,
            "chip": status_of("account", status, diagnosis, look.secret["noun"]),
            "report": reporting.report(asked, look.name),
        }
    return show(request, "accounts/asked.html", context, status=422 if errors else 200)


def diagnosis_status(diagnosis: dict[str, Any]) -> str:
    """The look of a refusal that no account carries yet."""
    if diagnosis["retry"] == "after":
        return "throttled"
    return "unreachable" if diagnosis["retry"] == "later" else "needs_action"


def split_server(server: str) -> dict[str, str]:
    """`imap.mail.ru:993/tls` for three fields."""
    place, _slash, security = server.partition("/")
    host, _colon, port = place.rpartition(":")
    return {"host": host, "port": port, "security": security}


def _account(request: HttpRequest, number: int | None) -> dict[str, Any] | None:
    if number is None:
        return None
    language = language_of(request)
    [found] = naming.with_names([show_account(scope(request), AccountId(number), language)], language)
    return found


def _from_query(request: HttpRequest) -> Typed:
    return Typed(address=request.GET.get("address", "")[:500])


def typed_of(post: QueryDict, kept: Typed = Typed()) -> Typed:
    """What was sent; a field that the page did not have stays as it was kept."""
    servers = {name: _server(post, name) for name in SERVICES if f"{name}_host" in post}
    plain = {name: str(post[name]) for name in ("address", "label", "login", "ca_pem") if name in post}
    return replace(kept, **plain, **servers)


def _server(post: QueryDict, name: str) -> str:
    host, port, security = (post.get(f"{name}_{part}", "").strip() for part in ("host", "port", "security"))
    return f"{host}:{port}/{security}" if host else ""


def _errors(request: HttpRequest, refused: YizhanError, typed: Typed) -> dict[str, Any]:
    """By field; `form` is for what no single field holds."""
    field = {"address_syntax": "address", "secret_wrong": "secret", "already_bound": "address"}.get(refused.code)
    if field is None and not isinstance(refused, BadInput):
        raise refused
    errors: dict[str, Any] = {field or "form": wording.say(refused)}
    if refused.code == "already_bound":
        errors["bound"] = reverse("account", args=[find_account_id(scope(request), typed.address)])
    return errors


urlpatterns = [
    path("accounts/add", add, name="add"),
    path("accounts/add/discover", discover, name="discover"),
    path("accounts/asked/<int:number>", asked, name="asked"),
    path("accounts/asked/<int:number>/again", again, name="asked_again"),
    path("accounts/asked/<int:number>/drop", drop, name="asked_drop"),
]
