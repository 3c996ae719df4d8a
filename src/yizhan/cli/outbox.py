"""`yizhan outbox ...`: every message handed in, where it stands, and what a person can do about it."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from yizhan.base.ids import SubmissionId
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed, UsageWrong
from yizhan.runtime.command import Errand, send_now
from yizhan.services.accounts.listing import find_account_id
from yizhan.services.outbox import listing
from yizhan.services.outbox.lifecycle import SubmissionState
from yizhan.services.outbox.scheduling import read_time

outbox = typer.Typer(help="What was handed in to be sent.", no_args_is_help=True)
Id = Annotated[int, typer.Argument(metavar="ID")]
STATES = [state.value for state in SubmissionState if state is not SubmissionState.DRAFT]


@outbox.command("list", epilog="Example: yizhan outbox list --state queued --account li@example.com")
def list_all(
    context: typer.Context,
    account: str = "",
    state: Annotated[str, typer.Option(help=f"One of {', '.join(STATES)}.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
) -> None:
    """The newest first."""
    run: Run = context.obj
    if state and state not in STATES:
        raise UsageWrong(f"--state takes one of {', '.join(STATES)}")
    account_id = find_account_id(run.scope, account) if account else None
    found = listing.list_submissions(run.scope, run.language, limit, account_id, state)
    if run.output.as_json:
        run.output.document(found)
        return
    names = ("id", "state", "account", "subject")
    cells = [[*(str(each[name]) for name in names), _when(each), _to(each)] for each in found]
    run.output.table(["ID", "STATE", "FROM", "SUBJECT", "WHEN", "TO"], cells)


@outbox.command(epilog="Example: yizhan outbox show 12")
def show(context: typer.Context, submission_id: Id) -> None:
    """One of them, with what the server said to each recipient."""
    run: Run = context.obj
    show_submission(run, SubmissionId(submission_id))


@outbox.command(epilog="Example: yizhan outbox cancel 12 13")
def cancel(context: typer.Context, ids: Annotated[list[int], typer.Argument(metavar="ID...")]) -> None:
    """Do not send it; possible until its transaction begins."""
    run: Run = context.obj
    shapes = []
    for each in ids:
        listing.cancel(run.scope, SubmissionId(each))
        shapes.append(listing.find_submission(run.scope, SubmissionId(each), run.language))
    if run.output.as_json:
        run.output.document(shapes[0] if len(shapes) == 1 else shapes)
    for shape in shapes:
        run.output.say(f"{shape['id']}: {shape['state']}")


@outbox.command(epilog="Example: yizhan outbox retry 12 --confirm-not-delivered")
def retry(
    context: typer.Context,
    submission_id: Id,
    confirm_not_delivered: Annotated[
        bool, typer.Option("--confirm-not-delivered", help="You know that an uncertain one did not arrive.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Send it now and say how it ended.")] = False,
) -> None:
    """Hand it in again as a new submission with a new Message-ID, for those who have not got it."""
    run: Run = context.obj
    again = listing.retry(run.scope, SubmissionId(submission_id), run.clock, not_delivered=confirm_not_delivered)
    finish(run, [again], wait)


@outbox.command(epilog="Example: yizhan outbox reschedule 12 --at '2026-11-25 09:00' --zone Europe/Moscow")
def reschedule(
    context: typer.Context,
    submission_id: Id,
    at: Annotated[str, typer.Option(help="RFC 3339, or a local time with --zone.")],
    zone: str = "",
) -> None:
    """Let what waits go at another time."""
    run: Run = context.obj
    when = read_time(at, zone, run.clock.now())
    listing.reschedule(run.scope, SubmissionId(submission_id), when, zone, run.clock)
    show_submission(run, SubmissionId(submission_id))


@outbox.command("try", epilog="Example: yizhan outbox try 12")
def try_now(
    context: typer.Context,
    submission_id: Id,
    wait: Annotated[bool, typer.Option("--wait", help="Send it now and say how it ended.")] = False,
) -> None:
    """Do not wait any longer, unless its server said until when."""
    run: Run = context.obj
    listing.try_now(run.scope, SubmissionId(submission_id))
    finish(run, [SubmissionId(submission_id)], wait)


def finish(run: Run, ids: Sequence[SubmissionId], wait: bool, *, as_list: bool = False) -> None:
    """Send them now if they are to be waited for, and say where they stand; one that was not sent ends the command."""
    for each in ids if wait else ():
        run.wait(send_now(Errand(run.plant, run.clock, run.scope), each))
    shapes = [listing.find_submission(run.scope, each, run.language) for each in ids]
    if run.output.as_json:
        run.output.document(shapes if as_list else shapes[0])
    for shape in shapes:
        run.output.say(f"{shape['id']}: {shape['state']}  {shape['message_id']}")
    unsent = [shape for shape in shapes if wait and shape["state"] != SubmissionState.SENT]
    if unsent:
        code = 3 if all(_is_tried_again(shape) for shape in unsent) else 1
        raise CommandFailed(f"the message is {unsent[0]['state']}", code, silent=True)


def show_submission(run: Run, submission_id: SubmissionId) -> None:
    """All that is known of it."""
    shape = listing.find_submission(run.scope, submission_id, run.language)
    if run.output.as_json:
        run.output.document(shape)
        return
    names = ("state", "subject", "account", "message_id", "created_at", "scheduled_at", "not_before", "sent_at")
    run.output.fields({name: str(shape[name]) for name in (*names, "sent_copy", "retries") if shape[name]})
    why = shape["diagnosis"]
    if why is not None:
        run.output.fields({name: str(why[name]) for name in ("title", "evidence", "remedy") if why[name]})
    rows = [[each["address"], each["kind"], each["state"] or "-", each["said"]] for each in shape["people"]]
    run.output.table(["RECIPIENT", "KIND", "STATE", "SAID"], rows)


def _is_tried_again(shape: dict[str, Any]) -> bool:
    """By itself, that is: not when somebody has to look after the account first."""
    why = shape["diagnosis"]
    return bool(shape["state"] == SubmissionState.QUEUED and (why is None or why["retry"] != "never"))


def _when(shape: dict[str, Any]) -> str:
    at = shape["sent_at"] or shape["scheduled_at"] or shape["not_before"] or shape["created_at"]
    return f"{at:%Y-%m-%d %H:%M}"


def _to(shape: dict[str, Any]) -> str:
    first, others = shape["recipients"][:1], len(shape["recipients"]) - 1
    return f"{''.join(first)} +{others}" if others > 0 else "".join(first)
