"""`yizhan accounts add|check`: what walks an account's path."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.cli.accounts import show_account
from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, bind_now, carry_out
from yizhan.services.accounts import listing
from yizhan.services.accounts.asking import CHECK, SYNC
from yizhan.services.accounts.forms import BindForm

MAX_SECRET_FILE = 64 * 1024


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
    errand = Errand(run.plant, run.clock, run.scope)

    async def work() -> Any:
        with showing(run) as show:
            answer = await bind_now(errand, form, show)
        if is_good(answer):
            # Its failure is the account's matter, which has its status; the binding stands.
            await carry_out(errand, SYNC, answer["account_id"], lambda progress: None)
        return answer

    answer = run.wait(work())
    if not is_good(answer):
        refuse(answer, run.language)
    show_account(run, listing.show_account(run.scope, answer["account_id"], run.language))


def check(context: typer.Context, address: str) -> None:
    """Verify again now."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    with showing(run) as show:
        answer = run.wait(carry_out(Errand(run.plant, run.clock, run.scope), CHECK, account_id, show))
    if "error" in answer:
        refuse(answer, run.language)
    shape = listing.show_account(run.scope, account_id, run.language)
    show_account(run, shape)
    if shape["status"] != "normal":
        retry = shape["diagnosis"]["retry"] if shape["diagnosis"] else "never"
        raise CommandFailed("the account is not normal", 1 if retry == "never" else 3, silent=True)


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
