"""`yizhan accounts list|show|pause|delete|export`: what needs no network."""

from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.cli.context import Run
from yizhan.services.accounts import listing, pausing
from yizhan.services.accounts.exporting import export_csv
from yizhan.services.owners.room import is_short


def list_all(context: typer.Context) -> None:
    """Every account and its status."""
    run: Run = context.obj
    found = listing.list_accounts(run.scope, run.language)
    if run.output.as_json:
        run.output.document(found)
        return
    if is_short():
        run.output.note("There is no room left on the disk. Make some, then it goes on by itself.")
    rows = [[each["address"], _status(each), each["route"], str(each["unseen"]), each["label"]] for each in found]
    run.output.table(["ADDRESS", "STATUS", "ROUTE", "UNSEEN", "LABEL"], rows)


def show(context: typer.Context, address: str) -> None:
    """One account in full."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    show_account(run, listing.show_account(run.scope, account_id, run.language))


def delete(context: typer.Context, address: str, yes: Annotated[bool, typer.Option("--yes")] = False) -> None:
    """Erase the secret and the local mail; mail at the provider is untouched."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    run.output.note(f"Erases the secret and the local mail of {address}. Mail at the provider is untouched.")
    if not yes:
        typer.confirm("Delete it?", abort=True, err=True)
    listing.delete_account(run.scope, account_id)
    if run.output.as_json:
        run.output.document({"address": address, "deleted": True})


def pause(context: typer.Context, address: str) -> None:
    """Disconnect: nothing comes and nothing goes; the mail here and the secret are kept."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    pausing.pause(run.scope, account_id, run.clock)
    show_account(run, listing.show_account(run.scope, account_id, run.language))


def export(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE.csv")]) -> None:
    """Write every account to a CSV file, without secrets."""
    run: Run = context.obj
    data = export_csv(run.scope)
    write_file(file, data)
    count = data.count(b"\r\n") - 1
    if run.output.as_json:
        run.output.document({"file": str(file), "accounts": count})
    run.output.say(f"{count} accounts are in {file}, without their secrets.")


def write_file(path: Path, data: bytes) -> None:
    """Make or replace the file; raises `BadInput` that says why it cannot be written."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None


def show_account(run: Run, shape: dict[str, Any]) -> None:
    """One account as a document, or a line a field."""
    if run.output.as_json:
        run.output.document(shape)
        return
    diagnosis = shape["diagnosis"] or {}
    lines = {name: value for name, value in shape.items() if name != "diagnosis"} | diagnosis
    run.output.fields({name: "-" if value is None else str(value) for name, value in lines.items()})


def _status(shape: dict[str, Any]) -> str:
    return shape["diagnosis"]["title"] if shape["diagnosis"] else shape["status"]
