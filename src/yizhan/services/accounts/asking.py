"""What a door asks of the engine about an account, and how far the engine is with it.

The question lies in the store: it outlives the browser, the web process and the engine that had begun with it.  The
secret of a form is sealed in it and erased with the answer, so a refused form is kept as a draft without its secret.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId, RequestId
from yizhan.base.secret import Secret
from yizhan.services.accounts.binding import refuse_second
from yizhan.services.accounts.editing import EditForm, read_edit
from yizhan.services.accounts.forms import BindForm, read_address, read_form
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_for
from yizhan.store import accounts, messages, requests
from yizhan.store.models import Request
from yizhan.store.scope import Scope

BIND, CHECK, SYNC, EDIT, DISCOVER, DOCTOR = "bind", "check", "sync", "edit", "discover", "doctor"
BODY = "body"
MAILBOX = "mailbox"
VERIFY = "verify"  # with `repair` in its payload
IMPORT = "import"  # a bind that waits behind those that a person watches
MAX_CHANGES_READ = 50  # the newest changes of mailboxes, of all accounts, that are looked through for one
MAX_DRAFTS_READ = 500  # the newest forms that are looked through for drafts; an import has as many rows


def ask_bind(scope: Scope, form: BindForm) -> RequestId:
    """Ask for an account to be bound; raises `BadInput` that names the field, or `AlreadyBound`."""
    binding = read_form(form)
    refuse_second(scope, binding.address)
    payload = {**form_of(form), "address": binding.address}
    return RequestId(requests.leave(scope, BIND, None, payload, form.secret).pk)


def ask_discover(scope: Scope, address: str, language: str) -> RequestId:
    """Ask for the servers of an address that the catalogue does not know; raises `AddressWrong`."""
    payload = {"address": read_address(address), "language": language}
    return RequestId(requests.leave(scope, DISCOVER, None, payload).pk)


def ask_check(scope: Scope, account_id: AccountId) -> RequestId:
    """Ask for an account's whole path to be walked again; raises `NotFound`."""
    return _ask_about(scope, CHECK, account_id)


def ask_edit(scope: Scope, account_id: AccountId, form: EditForm) -> RequestId:
    """Ask for an account to be changed; raises `NotFound`, `NothingToEdit`, or `BadInput` that names the field."""
    address = read_edit(scope, account_id, form).address
    payload = {**edit_payload(form), "address": address}
    return RequestId(requests.leave(scope, EDIT, account_id, payload, form.secret).pk)


def ask_sync(scope: Scope, account_id: AccountId) -> RequestId:
    """Ask for an account's newest mail; raises `NotFound`."""
    return _ask_about(scope, SYNC, account_id)


def ask_body(scope: Scope, message_id: MessageId) -> RequestId:
    """Ask for the bytes of a message that are not here, or are not whole any more; raises `NotFound`."""
    message = messages.get(scope, message_id)
    payload = {"address": message.account.address, "message_id": message_id}
    return RequestId(requests.leave(scope, BODY, message.account_id, payload).pk)


def ask_mailbox(scope: Scope, account_id: AccountId, change: Mapping[str, Any]) -> RequestId:
    """Ask for a change of an account's mailboxes, as `services.sync.mailboxes` plans it; raises `NotFound`."""
    account = accounts.get(scope, account_id)
    return RequestId(requests.leave(scope, MAILBOX, account_id, {**change, "address": account.address}).pk)


def read_asked(scope: Scope, request_id: RequestId, language: str) -> dict[str, Any]:
    """The request as it is now; raises `NotFound`.

    `state` is waiting, running, done or failed; a refusal is failed with a `diagnosis`, everything else that failed
    has an `error`.  `route` is the one that was used, else the one asked for.  `current` names the stage
    under way; `found` is what `discover` found.
    """
    request = requests.get(scope, request_id)
    answer = request.answer or {}
    address = request.payload.get("address", "")
    return {
        "id": request.pk,
        "kind": request.kind,
        "state": request.state,
        "address": address,
        "form": {name: value for name, value in request.payload.items() if name in _FORM_FIELDS},
        "stages": request.progress.get("stages", []),
        "route": answer.get("route") or request.payload.get("route", "auto"),
        "current": request.progress.get("current") if request.state == Request.State.RUNNING else None,
        "diagnosis": shape_of(answer.get("diagnosis"), language, noun_for(address, language)),
        "account_id": answer.get("account_id", request.account_id),
        "found": answer.get("found"),
        "error": _error_shape(answer),
        "created_at": request.created_at,
    }


def list_mailbox_asked(scope: Scope, account_id: AccountId, language: str) -> list[dict[str, Any]]:
    """What was asked about this account's mailboxes and is not done, or was refused last; newest first.

    As `read_asked`, with `act` (`create`, `rename`, ...) and `name`, the new one.
    """
    found: list[dict[str, Any]] = []
    for request in requests.list_newest(scope, MAILBOX, MAX_CHANGES_READ):
        if request.account_id != account_id:
            continue
        if request.state == Request.State.DONE and not found:
            return []
        if request.state != Request.State.DONE and (request.state != Request.State.FAILED or not found):
            words = {"act": request.payload.get("act", ""), "name": request.payload.get("name", "")}
            found.append({**read_asked(scope, RequestId(request.pk), language), **words})
    return found


def forget_mailbox_asked(scope: Scope, request_id: RequestId) -> None:
    """The person has read how it ended; raises `NotFound`."""
    if requests.get(scope, request_id).kind != MAILBOX:
        raise NotFound("no such request")
    requests.forget(scope, request_id)


def list_drafts(scope: Scope, language: str) -> list[dict[str, Any]]:
    """The refused forms whose address is not bound, the newest of each address, newest first; as `read_asked`."""
    return [read_asked(scope, RequestId(request.pk), language) for request in _drafts(scope)]


def drop_draft(scope: Scope, request_id: RequestId) -> None:
    """Forget a refused form, and what was typed for the same address before; raises `NotFound`."""
    found = requests.get(scope, request_id)
    if found.kind != BIND or found.state != Request.State.FAILED:
        raise NotFound("no such draft")
    key = accounts.address_key(found.payload["address"])
    for other in requests.list_newest(scope, BIND, MAX_DRAFTS_READ):
        if accounts.address_key(other.payload["address"]) == key:
            requests.forget(scope, other.pk)


def form_of(form: BindForm) -> dict[str, Any]:
    """The form without its secret, as it is kept."""
    kept = {each.name: getattr(form, each.name) for each in fields(form) if each.name != "secret"}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def form_from(kept: dict[str, Any], secret: Secret[str]) -> BindForm:
    """The form again, with the secret that was sealed beside it."""
    known = {name: value for name, value in kept.items() if name in _FORM_FIELDS}
    if known.get("sync_since"):
        known["sync_since"] = date.fromisoformat(known["sync_since"])
    return BindForm(**known, secret=secret)


def edit_payload(form: EditForm) -> dict[str, Any]:
    """What is to be changed, but for the secret, as it is kept."""
    kept = {name: value for name, value in form.given().items() if name != "secret"}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def edit_from(kept: dict[str, Any], secret: Secret[str] | None) -> EditForm:
    """The form again, with the secret that was sealed beside it."""
    known = {name: value for name, value in kept.items() if name in _EDIT_FIELDS}
    if known.get("sync_since"):
        known["sync_since"] = date.fromisoformat(known["sync_since"])
    return EditForm(**known, secret=secret)


_EDIT_FIELDS = frozenset(each.name for each in fields(EditForm) if each.name != "secret")
_FORM_FIELDS = frozenset(each.name for each in fields(BindForm) if each.name != "secret")


def _ask_about(scope: Scope, kind: str, account_id: AccountId) -> RequestId:
    account = accounts.get(scope, account_id)
    return RequestId(requests.leave(scope, kind, account_id, {"address": account.address}).pk)


def _drafts(scope: Scope) -> Iterator[Request]:
    seen: set[str] = set()
    for request in requests.list_newest(scope, BIND, MAX_DRAFTS_READ):
        address = request.payload["address"]
        key = accounts.address_key(address)
        is_refused = request.state == Request.State.FAILED and "diagnosis" in (request.answer or {})
        if key not in seen and is_refused and accounts.find(scope, address) is None:
            yield request
        seen.add(key)


def _error_shape(answer: dict[str, Any]) -> dict[str, str] | None:
    error = answer.get("error")
    if error is None:
        return None
    return {"code": error["code"], "title": error.get("title") or error["detail"], "detail": error["detail"]}
