"""`yizhan search`."""

from typing import Annotated

import typer

from yizhan.cli.context import Run
from yizhan.cli.mail import who
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.messages import attached, searching


def search(
    context: typer.Context,
    query: Annotated[
        list[str], typer.Argument(help='Words, "phrases", -not, from: to: subject: in: has: is: and more.')
    ],
    account: str = "",
    limit: int = 50,
) -> None:
    """Messages of all accounts that fit, the newest first; the same words as in the search box."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account) if account else None
    searching.catch_up()
    run.wait(attached.catch_up(run.plant.lane))
    found = searching.search(run.scope, " ".join(query), account_id, limit)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[str(each["id"]), f"{each['internal_date']:%Y-%m-%d %H:%M}", who(each), each["subject"]] for each in found]
    run.output.table(["ID", "DATE", "FROM", "SUBJECT"], rows)
