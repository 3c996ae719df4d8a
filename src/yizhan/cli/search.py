"""`yizhan search`, and `yizhan searches ...` for queries that are kept."""

from typing import Annotated, Any

import typer

from yizhan.cli.context import Run
from yizhan.cli.mail import who
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.messages import attached, searching

searches = typer.Typer(help="Queries that are kept under a name.", no_args_is_help=True)


def search(
    context: typer.Context,
    query: Annotated[
        list[str] | None, typer.Argument(help='Words, "phrases", -not, from: to: subject: in: has: is: and more.')
    ] = None,
    account: str = "",
    limit: int = 50,
    saved: Annotated[str, typer.Option(help="Also the words of this saved search.")] = "",
    counts: Annotated[
        bool, typer.Option("--counts", help="How many are of each account, mailbox, year, kind.")
    ] = False,
) -> None:
    """Messages of all accounts that fit, the newest first; the same words as in the search box."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account) if account else None
    words = [searching.find_saved(run.scope, saved)["query"]] if saved else []
    typed = " ".join([*words, *(query or [])])
    searching.catch_up()
    run.wait(attached.catch_up(run.plant.lane))
    if counts:
        _show_counts(run, searching.count_kinds(run.scope, typed, account_id))
        return
    found = searching.search(run.scope, typed, account_id, limit)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[str(each["id"]), f"{each['internal_date']:%Y-%m-%d %H:%M}", who(each), each["subject"]] for each in found]
    run.output.table(["ID", "DATE", "FROM", "SUBJECT"], rows)


@searches.command("list", epilog="Example: yizhan searches list --json")
def list_all(context: typer.Context) -> None:
    """Every kept query, by name."""
    run: Run = context.obj
    found = [{"name": each["name"], "query": each["query"]} for each in searching.list_saved(run.scope)]
    if run.output.as_json:
        run.output.document(found)
        return
    run.output.table(["NAME", "QUERY"], [[each["name"], each["query"]] for each in found])


@searches.command(epilog="Example: yizhan searches save Quotes '报价单 has:attachment'")
def save(context: typer.Context, name: str, query: list[str]) -> None:
    """Keep a query under a name, in place of what had it."""
    run: Run = context.obj
    searching.save_search(run.scope, name, " ".join(query))
    list_all(context)


@searches.command(epilog="Example: yizhan searches rename Quotes Offers")
def rename(context: typer.Context, name: str, new_name: str) -> None:
    """Give a kept query another name."""
    run: Run = context.obj
    searching.rename_saved(run.scope, searching.find_saved(run.scope, name)["id"], new_name)
    list_all(context)


@searches.command(epilog="Example: yizhan searches delete Offers")
def delete(context: typer.Context, name: str) -> None:
    """Let go of a kept query."""
    run: Run = context.obj
    searching.delete_saved(run.scope, searching.find_saved(run.scope, name)["id"])
    list_all(context)


def _show_counts(run: Run, found: dict[str, Any]) -> None:
    if run.output.as_json:
        run.output.document(found)
        return
    groups = ("accounts", "mailboxes", "years", "kinds")
    rows = [[group, str(name), str(count)] for group in groups for name, count in found[group].items() if count]
    run.output.table(
        ["OF", "WHICH", "MESSAGES"], [*rows, ["all", "more than" if found["more"] else "", str(found["count"])]]
    )
