"""`yizhan mailboxes ...`: what an account's mailboxes are called, and changing that at the server."""

from typing import Annotated, Any

import typer

from yizhan.base.ids import AccountId
from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, carry_out
from yizhan.services.accounts.asking import MAILBOX
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.messages.mailboxes import is_cut, list_tree
from yizhan.services.sync import mailboxes as changing
from yizhan.services.sync.mailboxes import Act, Change
from yizhan.services.sync.names import shown

mailboxes = typer.Typer(help="Mailboxes of an account.", no_args_is_help=True)
FIELDS = ("name", "role", "messages", "unseen", "subscribed")


@mailboxes.command("list", epilog="Example: yizhan mailboxes list li@example.com --fresh")
def list_all(
    context: typer.Context,
    address: str,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask the server now.")] = False,
) -> None:
    """Every mailbox as it is known here; the server is asked if none is."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    found = [] if fresh else _shapes(run, account_id)
    if not found:
        _carry_out(run, account_id, address, Change(Act.LIST))
        found = _shapes(run, account_id)
    if run.output.as_json:
        run.output.document(found)
        return
    if is_cut(len(found)):
        run.output.note(
            "The account has more mailboxes than are kept here; INBOX and those with a role are among them."
        )
    rows = [[_shown(each[field]) for field in FIELDS] for each in found]
    run.output.table([field.upper() for field in FIELDS], rows)


@mailboxes.command(epilog="Example: yizhan mailboxes create li@example.com Clients/Anna")
def create(
    context: typer.Context,
    address: str,
    name: str,
    role: Annotated[str, typer.Option(help="What it is for, where the server lets one say so.")] = "",
) -> None:
    """Make a mailbox; the levels of NAME are separated as the server separates them."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    _listed_first(run, account_id, address)
    change = changing.plan_create(run.scope, account_id, name, role)
    _show(run, account_id, _carry_out(run, account_id, address, change))


@mailboxes.command(epilog="Example: yizhan mailboxes rename li@example.com Clients/Anna Clients/Ирина")
def rename(context: typer.Context, address: str, name: str, new_name: str) -> None:
    """Give a mailbox another name; those inside go with it, and the mail here stays."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    _listed_first(run, account_id, address)
    change = changing.plan_rename(run.scope, changing.find_mailbox(run.scope, account_id, name), new_name)
    _show(run, account_id, _carry_out(run, account_id, address, change))


@mailboxes.command(epilog="Example: yizhan mailboxes delete li@example.com Clients/Anna --yes")
def delete(
    context: typer.Context, address: str, name: str, yes: Annotated[bool, typer.Option("--yes")] = False
) -> None:
    """Delete a mailbox at the server, with all its messages."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    _listed_first(run, account_id, address)
    mailbox_id = changing.find_mailbox(run.scope, account_id, name)
    goes = changing.losses(run.scope, mailbox_id)
    change = changing.plan_delete(run.scope, mailbox_id, goes.messages)
    many = "all messages" if goes.messages is None else f"{goes.messages} messages"
    run.output.note(f"Deletes {goes.name} with {many} in it, at the server and here. This cannot be undone.")
    if not yes:
        typer.confirm("Delete it?", abort=True, err=True)
    _carry_out(run, account_id, address, change)
    if run.output.as_json:
        run.output.document({"name": goes.name, "deleted": True})


@mailboxes.command(epilog="Example: yizhan mailboxes subscribe li@example.com Clients/Anna")
def subscribe(context: typer.Context, address: str, name: str) -> None:
    """Let other programs show this mailbox too."""
    _subscribe(context.obj, address, name, True)


@mailboxes.command(epilog="Example: yizhan mailboxes unsubscribe li@example.com Clients/Anna")
def unsubscribe(context: typer.Context, address: str, name: str) -> None:
    """Let other programs leave this mailbox out."""
    _subscribe(context.obj, address, name, False)


def _subscribe(run: Run, address: str, name: str, subscribed: bool) -> None:
    account_id = find_account_id(run.scope, address)
    _listed_first(run, account_id, address)
    mailbox_id = changing.find_mailbox(run.scope, account_id, name)
    change = changing.plan_subscription(run.scope, mailbox_id, subscribed)
    _show(run, account_id, _carry_out(run, account_id, address, change))


def _listed_first(run: Run, account_id: AccountId, address: str) -> None:
    """Names are read against what the server has, so an account that was never listed is listed now."""
    if not _shapes(run, account_id):
        _carry_out(run, account_id, address, Change(Act.LIST))


def _carry_out(run: Run, account_id: AccountId, address: str, change: Change) -> str:
    """The name that the mailbox has now; raises what kept it from being done."""
    with showing(run) as show:
        errand = Errand(run.plant, run.clock, run.scope)
        answer = run.wait(carry_out(errand, MAILBOX, account_id, show, payload=change.kept()))
    if not is_good(answer):
        refuse(answer, run.language, address)
    return str(answer["name"])


def _shapes(run: Run, account_id: AccountId) -> list[dict[str, Any]]:
    return [{field: each[field] for field in FIELDS} for each in list_tree(run.scope, account_id)]


def _show(run: Run, account_id: AccountId, name: str) -> None:
    found = next(each for each in _shapes(run, account_id) if each["name"] == name)
    if run.output.as_json:
        run.output.document(found)
        return
    run.output.fields({field: _shown(found[field]) for field in FIELDS})


def _shown(value: object) -> str:
    """What a table has in a cell."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value in (None, "") else shown(str(value))
