"""`yizhan verify`."""

from typing import Annotated, Any

import typer

from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, carry_out
from yizhan.services.accounts.asking import VERIFY
from yizhan.services.accounts.listing import find_account_id


def verify(
    context: typer.Context,
    address: str,
    repair: Annotated[bool, typer.Option("--repair", help="Make what differs here as it is at the server.")] = False,
) -> None:
    """Compare what is here with the server, over the range that is synced."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    with showing(run) as show:
        errand = Errand(run.plant, run.clock, run.scope)
        answer = run.wait(carry_out(errand, VERIFY, account_id, show, {"repair": repair}))
    if not is_good(answer):
        refuse(answer, run.language, address)
    verified = answer["verified"]
    if run.output.as_json:
        run.output.document(verified)
    else:
        _tell(run, verified)
    if not verified["ok"]:
        raise CommandFailed("what is here differs from the server", silent=run.output.as_json)


def _tell(run: Run, verified: dict[str, Any]) -> None:
    rows = [
        [each["name"], *(str(len(each[kind])) for kind in ("missing", "extra", "flags_differ"))]
        for each in verified["mailboxes"]
    ]
    run.output.table(["MAILBOX", "MISSING", "EXTRA", "FLAGS"], rows)
    if "mended" in verified:
        run.output.say(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in verified["mended"].items()))
    since = f"since {verified['since']}" if verified["since"] else "of all times"
    run.output.say(f"Compared the mail {since}: {'equal' if verified['ok'] else 'different'}.")
