"""`yizhan messages ...`: reading and exporting."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.base.ids import MessageId
from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, carry_out
from yizhan.services.accounts.asking import BODY
from yizhan.services.accounts.listing import find_account_id, show_account
from yizhan.services.messages import reading
from yizhan.services.messages.exporting import Exported, export_mailbox, find_mailbox

messages = typer.Typer(help="Read mail, mark it, move it.", no_args_is_help=True)


@messages.command("list", epilog="Example: yizhan messages list --account li@example.com --limit 20")
def list_newest(
    context: typer.Context, account: str = "", mailbox: str = "", limit: int = 50, before: int | None = None
) -> None:
    """The newest messages first."""
    run: Run = context.obj
    account_id = find_account_id(run.scope, account) if account else None
    last = MessageId(before) if before else None
    found = reading.list_messages(run.scope, account_id, mailbox or None, limit, last)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[str(each["id"]), f"{each['internal_date']:%Y-%m-%d %H:%M}", who(each), each["subject"]] for each in found]
    run.output.table(["ID", "DATE", "FROM", "SUBJECT"], rows)


@messages.command(epilog="Example: yizhan messages show 12 --raw")
def show(
    context: typer.Context,
    message_id: Annotated[int, typer.Argument(metavar="ID")],
    raw: Annotated[bool, typer.Option("--raw")] = False,
    text: Annotated[bool, typer.Option("--text")] = False,
    html: Annotated[bool, typer.Option("--html")] = False,
    parts: Annotated[bool, typer.Option("--parts")] = False,
) -> None:
    """One message: its text, or its bytes exactly as the server has them."""
    run: Run = context.obj
    data = _fetched(run, MessageId(message_id))
    if raw:
        sys.stdout.buffer.write(data)
    elif parts:
        run.output.document(reading.show_parts(data))
    elif text or html:
        shown = reading.show_text(data, "text/html" if html else "text/plain")
        if run.output.as_json:
            run.output.document({"id": message_id, "html" if html else "text": shown})
        run.output.say(shown)
    elif run.output.as_json:
        run.output.document(reading.show_message(run.scope, MessageId(message_id)))
    else:
        shape = reading.show_message(run.scope, MessageId(message_id))
        run.output.fields({name: str(shape[name]) for name in ("from", "to", "date", "subject")})
        run.output.say("\n" + shape["text"])


@messages.command(epilog="Example: yizhan messages export inbox.mbox --account li@example.com")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.mbox")],
    account: Annotated[str, typer.Option()],
    mailbox: Annotated[str, typer.Option(help="By role or name.")] = "inbox",
) -> None:
    """A mailbox as an mbox file that is not there yet; what is not here whole is left out and counted."""
    run: Run = context.obj
    mailbox_id = find_mailbox(run.scope, find_account_id(run.scope, account), mailbox)
    told = Exported()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for piece in export_mailbox(run.scope, mailbox_id, told):
                out.write(piece)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from None
    if run.output.as_json:
        run.output.document({"file": str(file), "written": told.written, "absent": told.absent})
    run.output.say(f"{file}: {told.written} messages, {told.absent} are not here and were left out")
    if told.absent:
        raise CommandFailed("some messages are not here; `yizhan sync` brings them", 1, silent=True)


def _fetched(run: Run, message_id: MessageId) -> bytes:
    """The message's bytes, from its server if they are not here."""
    try:
        return reading.raw_message(run.scope, message_id)
    except reading.BodyNotHere as missing:
        account_id = missing.account_id
    with showing(run) as show:
        errand, payload = Errand(run.plant, run.clock, run.scope), {"message_id": message_id}
        answer = run.wait(carry_out(errand, BODY, account_id, show, payload))
    if not is_good(answer):
        refuse(answer, run.language, show_account(run.scope, account_id, run.language)["address"])
    return reading.raw_message(run.scope, message_id)


def who(shape: dict[str, Any]) -> str:
    """The sender as a table shows them."""
    first = shape["from"][0] if shape["from"] else {"name": "", "address": "-"}
    return first["name"] or first["address"]
