"""`yizhan accounts ...` and `yizhan rotate-key`."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed
from yizhan.services.accounts import listing
from yizhan.services.accounts.binding import bind
from yizhan.services.accounts.checking import check as check_account
from yizhan.services.accounts.forms import BindForm, read_form
from yizhan.services.catalogue.diagnoses import Refused, kept_form, shape_of
from yizhan.services.owners.vault import rotate
from yizhan.services.sync.fetching import fetch_newest

MAX_SECRET_FILE = 64 * 1024
app = typer.Typer(help="Bind accounts and look after them.", no_args_is_help=True)


@app.command(epilog="Example: yizhan accounts add li@example.com --secret-file - --imap imap.example.com:993/tls")
def add(
    context: typer.Context,
    address: str,
    secret_file: Annotated[str, typer.Option(help="A file with the secret, or - for standard input.")] = "-",
    login: str = "",
    imap: Annotated[str, typer.Option(help="HOST:PORT/SECURITY")] = "",
    smtp: Annotated[str, typer.Option(help="HOST:PORT/SECURITY")] = "",
    ca_file: Annotated[Path | None, typer.Option(help="A PEM file with an authority of your own.")] = None,
    route: str = "auto",
    label: str = "",
    sync_since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
) -> None:
    """Bind an account: the whole path is walked, and it is kept only when all of it works."""
    run: Run = context.obj
    since: date | None = sync_since.date() if sync_since else None
    ca_pem = _read(ca_file, "the CA file", 256 * 1024) if ca_file else ""
    form = BindForm(address, _secret(secret_file), login, imap, smtp, ca_pem, label, route, since)
    binding = read_form(form)

    async def work() -> Any:
        plant = run.plant
        result, account_id = await bind(
            run.scope, binding, egress=plant.egress, lane=plant.lane, clock=run.clock, on_stage=_stage(run)
        )
        if account_id is not None:
            await fetch_newest(account_id, egress=plant.egress, lane=plant.lane)
        return result.diagnosis, account_id

    diagnosis, account_id = run.wait(work())
    if diagnosis is not None:
        raise Refused(shape_of(kept_form(diagnosis), run.language) or {})
    _show(run, listing.show_account(run.scope, account_id, run.language))


@app.command("list", epilog="Example: yizhan accounts list --json")
def list_all(context: typer.Context) -> None:
    """Every account and its status."""
    run: Run = context.obj
    found = listing.list_accounts(run.scope, run.language)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[each["address"], _status(each), each["route"], str(each["unseen"]), each["label"]] for each in found]
    run.output.table(["ADDRESS", "STATUS", "ROUTE", "UNSEEN", "LABEL"], rows)


@app.command(epilog="Example: yizhan accounts show li@example.com")
def show(context: typer.Context, address: str) -> None:
    """One account in full."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    _show(run, listing.show_account(run.scope, account_id, run.language))


@app.command(epilog="Example: yizhan accounts check li@example.com")
def check(context: typer.Context, address: str) -> None:
    """Verify again now."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    plant = run.plant
    run.wait(check_account(account_id, egress=plant.egress, lane=plant.lane, clock=run.clock, on_stage=_stage(run)))
    shape = listing.show_account(run.scope, account_id, run.language)
    _show(run, shape)
    if shape["status"] != "normal":
        retry = shape["diagnosis"]["retry"] if shape["diagnosis"] else "never"
        raise CommandFailed("the account is not normal", 1 if retry == "never" else 3, silent=True)


@app.command(epilog="Example: yizhan accounts delete li@example.com --yes")
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


def rotate_key(context: typer.Context) -> None:
    """Give the vault a new key and seal every secret with it; safe while Yizhan runs."""
    run: Run = context.obj
    rotated = rotate()
    if run.output.as_json:
        run.output.document({"rotated": True})
    run.output.say(f"The vault has a new key. {rotated}")


def _secret(source: str) -> Secret[str]:
    from_file = source != "-"
    text = _read(Path(source), "the secret file", MAX_SECRET_FILE) if from_file else sys.stdin.read(MAX_SECRET_FILE)
    return Secret(text.strip("\r\n"))


def _read(path: Path, what: str, limit: int) -> str:
    try:
        if path.stat().st_size > limit:
            raise BadInput(f"{what} is larger than {limit} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{what} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{what} is not text in UTF-8") from None


def _stage(run: Run) -> Callable[[Any], None]:
    def note(report: Any) -> None:
        if report.ok is None:
            return
        mark = "ok" if report.ok else "REFUSED"
        run.output.note(f"{report.stage.value:<13} {mark:<8} {report.ms:>6} ms  {report.detail}")

    return note


def _status(shape: dict[str, Any]) -> str:
    return shape["diagnosis"]["title"] if shape["diagnosis"] else shape["status"]


def _show(run: Run, shape: dict[str, Any]) -> None:
    if run.output.as_json:
        run.output.document(shape)
        return
    diagnosis = shape["diagnosis"] or {}
    lines = {name: value for name, value in shape.items() if name != "diagnosis"} | diagnosis
    run.output.fields({name: "-" if value is None else str(value) for name, value in lines.items()})
