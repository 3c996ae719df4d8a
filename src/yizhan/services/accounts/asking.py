"""What a page asks of the engine, through the store: bind, check, and how far it is."""

from collections.abc import Mapping
from typing import Any

from yizhan.base.ids import AccountId, RequestId
from yizhan.base.secret import Secret
from yizhan.providers.probe import StageReport
from yizhan.providers.stages import PROBE_STAGES
from yizhan.services.accounts.binding import refuse_second
from yizhan.services.accounts.forms import BindForm, read_form
from yizhan.services.accounts.views import BindView, StageView
from yizhan.services.catalogue.diagnoses import view_of
from yizhan.store import requests
from yizhan.store.scope import Scope

BIND, CHECK = "bind", "check"


def start_bind(scope: Scope, form: BindForm) -> RequestId:
    """Ask for a binding; raises `BadInput` or `AlreadyBound` at once.  The secret travels sealed."""
    binding = read_form(form)
    refuse_second(scope, binding.address)
    payload = {**form.without_secret(), "address": binding.address}
    secret = Secret(binding.secret.reveal().encode())
    return RequestId(requests.leave(scope, BIND, None, payload, secret).pk)


def start_check(scope: Scope, account_id: AccountId, address: str) -> RequestId:
    """Ask for the account's path to be walked again."""
    return RequestId(requests.leave(scope, CHECK, account_id, {"address": address}, None).pk)


def bind_view(scope: Scope, request_id: RequestId, language: str) -> BindView:
    """How far it is; raises `NotFound`."""
    request = requests.get(scope, request_id)
    answer: Mapping[str, Any] = request.answer or {}
    return BindView(
        request_id=request.pk,
        address=request.payload.get("address", ""),
        state=request.state,
        stages=tuple(StageView(**stage) for stage in request.progress.get("stages", waiting_stages())),
        diagnosis=view_of(answer.get("diagnosis"), language, answer.get("provider", "")),
        account_id=answer.get("account_id") or request.account_id,
        total_ms=answer.get("total_ms"),
        form={name: value for name, value in request.payload.items() if isinstance(value, str)},
        error=answer.get("error", ""),
    )


def waiting_stages() -> list[dict[str, Any]]:
    return [{"stage": stage.value, "state": "waiting", "ms": None, "detail": ""} for stage in PROBE_STAGES]


class Progress:
    """The stages as they are reported, in the order of the path."""

    def __init__(self) -> None:
        self._stages = {stage["stage"]: stage for stage in waiting_stages()}

    def note(self, report: StageReport) -> None:
        self._stages[report.stage.value] = {
            "stage": report.stage.value,
            "state": report.state,
            "ms": report.ms,
            "detail": report.detail,
        }

    def kept_form(self) -> dict[str, Any]:
        return {"stages": list(self._stages.values())}
