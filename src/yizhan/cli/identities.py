"""`yizhan identities ...`: as whom an account sends."""

from typing import Annotated

import typer

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.cli.context import Run
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.writing import identities as service

identities = typer.Typer(help="The names and addresses that an account sends as.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's address.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The address to send as.")]
Name = Annotated[str, typer.Option(help="The name that recipients see.")]
ReplyTo = Annotated[str, typer.Option(help="Where answers go instead.")]


@identities.command("list", epilog="Example: yizhan identities list li@example.com")
def list_all(context: typer.Context, account: Account) -> None:
    """Every one, the one for new mail first."""
    _show(context.obj, find_account_id(context.obj.scope, account))


@identities.command(epilog="Example: yizhan identities add li@example.com sales@example.com --name 'Li Lei' --default")
def add(
    context: typer.Context,
    account: Account,
    address: Address,
    name: Name = "",
    reply_to: ReplyTo = "",
    default: Annotated[bool, typer.Option("--default", help="Use it in new mail.")] = False,
) -> None:
    """One more, or a name for the account's own address; refused where the provider takes no other sender."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account)
    service.add(run.scope, account_id, address, name, reply_to, default=default)
    _show(run, account_id)


@identities.command(epilog="Example: yizhan identities edit li@example.com sales@example.com --name 'Li Lei'")
def edit(context: typer.Context, account: Account, address: Address, name: Name = "", reply_to: ReplyTo = "") -> None:
    """Another name, another address for answers."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account)
    service.edit(run.scope, _find(run, account_id, address), name, reply_to)
    _show(run, account_id)


@identities.command(epilog="Example: yizhan identities default li@example.com sales@example.com")
def default(context: typer.Context, account: Account, address: Address) -> None:
    """Use it in new mail."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account)
    service.choose_default(run.scope, _find(run, account_id, address))
    _show(run, account_id)


@identities.command(epilog="Example: yizhan identities remove li@example.com sales@example.com")
def remove(context: typer.Context, account: Account, address: Address) -> None:
    """Forget it; what was sent as it stays."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account)
    service.remove(run.scope, _find(run, account_id, address))
    _show(run, account_id)


def _find(run: Run, account_id: AccountId, address: str) -> int:
    for each in service.list_identities(run.scope, account_id, run.language):
        if each["id"] is not None and each["address"].casefold() == address.casefold():
            return int(each["id"])
    raise NotFound(f"the account has no identity {address}")


def _show(run: Run, account_id: AccountId) -> None:
    found = service.list_identities(run.scope, account_id, run.language)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [
        [each["address"], each["name"], each["reply_to"], "yes" if each["is_default"] else "", _verdict(each)]
        for each in found
    ]
    run.output.table(["ADDRESS", "NAME", "ANSWERS TO", "NEW MAIL", "REFUSED"], rows)


def _verdict(each: dict[str, object]) -> str:
    diagnosis = each["diagnosis"]
    return str(diagnosis["title"]) if isinstance(diagnosis, dict) else ""
