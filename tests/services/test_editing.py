"""How far back mail is kept is chosen with the account; no server is asked about it."""

import asyncio
from datetime import date

import pytest

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.services.accounts.asking import edit_from, edit_payload, form_from, form_of
from yizhan.services.accounts.editing import EditForm, edit
from yizhan.services.accounts.forms import BindForm, read_form
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.models import Account
from yizhan.store.scope import Scope

DAY = date(2026, 1, 2)
SECRET = Secret("opensesame")


def change(scope: Scope, account: Account, **fields: object) -> tuple[int | None, date | None]:
    """What is kept afterwards; the form goes through the store, as it does between a page and the engine."""
    form = edit_from(edit_payload(EditForm(**fields)), None)  # type: ignore[arg-type]
    asyncio.run(_edit(scope, AccountId(account.pk), form))
    kept = accounts.get(scope, account.pk)
    return kept.sync_days, kept.sync_since


async def _edit(scope: Scope, account_id: AccountId, form: EditForm) -> None:
    egress = Egress(SystemResolver(), AddressPolicy())
    async with Lane(readers=1) as lane:
        clock = SetClock(NOON)
        await edit(
            scope, account_id, form, egress=egress, lane=lane, clock=clock, on_stage=lambda stage: None, lease=None
        )


def test_days_of_mail_take_the_place_of_a_day_and_a_day_goes_before_days(scope: Scope) -> None:
    account = bind(scope)
    assert change(scope, account, sync_days="all") == (None, None)
    assert change(scope, account, sync_since=DAY) == (None, DAY)
    assert change(scope, account, label="work") == (None, DAY)
    assert change(scope, account, sync_days="30") == (30, None)
    assert change(scope, account, sync_days="7", sync_since=DAY) == (7, DAY)


@pytest.mark.parametrize(("typed", "days"), [("7", 7), ("30", 30), ("90", 90), ("365", 365), ("all", None)])
def test_a_form_keeps_the_days_that_were_chosen(typed: str, days: int | None) -> None:
    form = form_from(form_of(BindForm("li@example.com", SECRET, sync_days=typed)), SECRET)
    assert read_form(form).kept_fields("")["sync_days"] == days


@pytest.mark.parametrize("typed", ["", "8", "-7", "ALL", "7.0", "９０"])
def test_days_that_nobody_offers_are_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        read_form(BindForm("li@example.com", SECRET, sync_days=typed))
