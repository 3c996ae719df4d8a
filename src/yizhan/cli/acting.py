"""`yizhan messages mark|move|archive|junk|not-junk|delete|undo`: done here at once, at the server within seconds."""

from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.cli.context import Run
from yizhan.cli.mail import messages
from yizhan.cli.output import UsageWrong
from yizhan.services.messages import acting
from yizhan.services.messages.acting import Acted, GoneForGood, Selection, find_place

Ids = Annotated[list[int], typer.Argument(metavar="ID...")]


class UndoTooLate(BadInput):
    """The act was carried to the server already, or there is none of that name."""

    code = "undo_too_late"


@messages.command(epilog="Example: yizhan messages mark 12 13 --seen")
def mark(
    context: typer.Context,
    ids: Ids,
    seen: Annotated[bool | None, typer.Option("--seen/--unseen")] = None,
    flagged: Annotated[bool | None, typer.Option("--flagged/--unflagged")] = None,
) -> None:
    """Mark as read or unread, flag or unflag."""
    if seen is None and flagged is None:
        raise UsageWrong("mark takes --seen, --unseen, --flagged or --unflagged")
    run: Run = context.obj
    _show(run, acting.mark(run.scope, Selection(tuple(ids)), seen=seen, flagged=flagged, clock=run.clock))


@messages.command(epilog="Example: yizhan messages move 12 13 --to Work")
def move(context: typer.Context, ids: Ids, to: Annotated[str, typer.Option(metavar="MAILBOX")]) -> None:
    """Move to another mailbox of the same account, by its role or its name."""
    run: Run = context.obj
    selection = Selection(tuple(ids))
    _show(run, acting.move(run.scope, selection, find_place(run.scope, selection, to), clock=run.clock))


@messages.command(epilog="Example: yizhan messages archive 12 13")
def archive(context: typer.Context, ids: Ids) -> None:
    """Move to the account's archive."""
    run: Run = context.obj
    _show(run, acting.archive(run.scope, Selection(tuple(ids)), clock=run.clock))


@messages.command(epilog="Example: yizhan messages junk 12 13")
def junk(context: typer.Context, ids: Ids) -> None:
    """Move to the account's mailbox for junk."""
    run: Run = context.obj
    _show(run, acting.junk(run.scope, Selection(tuple(ids)), clock=run.clock))


@messages.command("not-junk", epilog="Example: yizhan messages not-junk 12 13")
def not_junk(context: typer.Context, ids: Ids) -> None:
    """Move back to the account's inbox."""
    run: Run = context.obj
    _show(run, acting.not_junk(run.scope, Selection(tuple(ids)), clock=run.clock))


@messages.command(epilog="Example: yizhan messages delete 12 13")
def delete(
    context: typer.Context,
    ids: Ids,
    for_good: Annotated[bool, typer.Option("--for-good", help="Remove them at once, wherever they are.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing for good.")] = False,
) -> None:
    """Move to Trash; what is in Trash already is removed for good, which it asks first."""
    run: Run = context.obj
    selection = Selection(tuple(ids))
    if not for_good:
        try:
            _show(run, acting.delete(run.scope, selection, clock=run.clock))
        except GoneForGood as error:
            run.output.note(error.detail)
        else:
            return
    if not yes:
        typer.confirm(f"Remove all {len(ids)} for good?", abort=True, err=True)
    _show(run, acting.delete(run.scope, selection, clock=run.clock, for_good=True))


@messages.command(epilog="Example: yizhan messages undo 3f0c9a")
def undo(context: typer.Context, action: str) -> None:
    """Take an act back, if its ten seconds are not over."""
    run: Run = context.obj
    if not acting.undo(run.scope, action, clock=run.clock):
        raise UndoTooLate("that was carried to the server already, or there was no such act")
    if run.output.as_json:
        run.output.document({"action": action, "undone": True})
    run.output.say("taken back")


def _show(run: Run, acted: Acted) -> None:
    shape: dict[str, Any] = {"action": acted.action, "count": acted.count, "undo_until": acted.undo_until}
    if run.output.as_json:
        run.output.document({**shape, "mailboxes": list(acted.mailboxes)})
    places = f" to {', '.join(acted.mailboxes)}" if acted.mailboxes else ""
    run.output.say(f"{acted.count} messages{places}")
    if acted.undo_until is not None:
        run.output.say(f"until {acted.undo_until:%H:%M:%S}: yizhan messages undo {acted.action}")
