"""`yizhan suppressions ...`: addresses that a person is warned of before they write to them."""

from typing import Annotated

import typer

from yizhan.cli.context import Run
from yizhan.services.outbox import suppressions as service

suppressions = typer.Typer(help="Addresses that mail does not reach, or should not.", no_args_is_help=True)
Addresses = Annotated[list[str], typer.Argument(metavar="ADDRESS...")]


@suppressions.command("list", epilog="Example: yizhan suppressions list --limit 50")
def list_all(context: typer.Context, limit: int = service.A_PAGE, before: int | None = None) -> None:
    """The newest first."""
    run: Run = context.obj
    found = service.list_suppressions(run.scope, before, max(1, min(limit, 10_000)))
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[str(each["id"]), each["address"], each["reason"], each["said"][:60]] for each in found]
    run.output.table(["ID", "ADDRESS", "REASON", "THE SERVER SAID"], rows)


@suppressions.command(epilog="Example: yizhan suppressions add anna@example.org")
def add(context: typer.Context, addresses: Addresses) -> None:
    """Warn before mail is written to these."""
    run: Run = context.obj
    found = service.add(run.scope, ", ".join(addresses))
    if run.output.as_json:
        run.output.document(found)
    run.output.say(f"{len(found)} on the list")


@suppressions.command(epilog="Example: yizhan suppressions remove anna@example.org")
def remove(context: typer.Context, addresses: Addresses) -> None:
    """Warn no more; an address that is not on the list is an error."""
    run: Run = context.obj
    for address in addresses:
        service.remove_address(run.scope, address)
    if run.output.as_json:
        run.output.document({"removed": addresses})
    run.output.say(f"{len(addresses)} off the list")
