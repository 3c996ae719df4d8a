"""`yizhan sync`."""

from typing import Annotated

import typer

from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, bring_up_to_date
from yizhan.services.accounts.listing import find_account_id


def sync(context: typer.Context, address: str, once: Annotated[bool, typer.Option("--once")] = False) -> None:
    """Bring the newest mail of an account here, send what is due, and return."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, address)
    with showing(run) as show:
        answer = run.wait(bring_up_to_date(Errand(run.plant, run.clock, run.scope), account_id, show))
    if not is_good(answer):
        refuse(answer, run.language, address)
    synced = answer["synced"]
    if run.output.as_json:
        run.output.document(synced)
    run.output.say(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in synced.items()))
