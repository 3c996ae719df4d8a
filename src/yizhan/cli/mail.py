"""`yizhan messages ...` and `send`."""

import os
import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, MessageId
from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed, UsageWrong
from yizhan.cli.progress import showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, carry_out, send_now
from yizhan.services.accounts.asking import BODY
from yizhan.services.accounts.listing import find_account_id, show_account
from yizhan.services.messages import reading
from yizhan.services.messages.exporting import Exported, export_mailbox, find_mailbox
from yizhan.services.outbox.listing import find_submission
from yizhan.services.outbox.submitting import Enclosure, Outgoing, submit
from yizhan.services.writing.answering import Answer, complete_html, prefill

messages = typer.Typer(help="Read mail, mark it, move it.", no_args_is_help=True)
MAX_FILE = 64 * 1024 * 1024


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


def send(
    context: typer.Context,
    sender: Annotated[str, typer.Option("--from")] = "",
    to: Annotated[list[str] | None, typer.Option()] = None,
    subject: str | None = None,
    cc: Annotated[list[str] | None, typer.Option()] = None,
    bcc: Annotated[list[str] | None, typer.Option()] = None,
    text_file: Path | None = None,
    html_file: Path | None = None,
    attach: Annotated[list[Path] | None, typer.Option()] = None,
    reply_to: Annotated[list[str] | None, typer.Option()] = None,
    reply_to_message: Annotated[
        int | None, typer.Option(metavar="ID", help="Answer this message, in its thread.")
    ] = None,
    reply_all: Annotated[bool, typer.Option("--all", help="With --reply-to-message: to all who got it.")] = False,
    wait: Annotated[bool, typer.Option("--wait")] = False,
) -> None:
    """Hand a message in; with --wait, send it now and say how it ended."""
    run: Run = context.obj
    outgoing = Outgoing(
        to=to or [],
        cc=cc or [],
        bcc=bcc or [],
        reply_to=reply_to or [],
        subject=subject or "",
        text=_text(text_file),
        html=_text(html_file),
        files=tuple(Enclosure(path.name, "", _bytes(path)) for path in attach or []),
    )
    if reply_to_message is not None:
        account_id, outgoing = _answer(run, reply_to_message, reply_all, outgoing)
    elif not sender or not to or subject is None:
        raise UsageWrong("send takes --from, --to and --subject, or --reply-to-message")
    if sender:
        account_id = find_account_id(run.scope, sender)
    submission_id = submit(run.scope, account_id, outgoing, run.clock)[0]
    if wait:
        run.wait(send_now(Errand(run.plant, run.clock, run.scope), submission_id))
    shape = find_submission(run.scope, submission_id, run.language)
    if run.output.as_json:
        run.output.document(shape)
    run.output.say(f"{shape['id']}: {shape['state']}  {shape['message_id']}")
    if wait and shape["state"] != "sent":
        raise CommandFailed(f"the message is {shape['state']}", 3 if shape["state"] == "queued" else 1, silent=True)


def _answer(run: Run, message_id: int, everyone: bool, typed: Outgoing) -> tuple[AccountId, Outgoing]:
    """What was typed, completed by what an answer to that message says by itself."""
    kind = Answer.REPLY_ALL if everyone else Answer.REPLY
    filled = prefill(run.scope, MessageId(message_id), kind, run.language, UTC)
    text = f"{typed.text.rstrip()}\n\n{filled.text}\n"
    return filled.account_id, replace(
        typed,
        to=[*typed.to, *filled.typed_to],
        cc=[*typed.cc, *filled.typed_cc],
        subject=typed.subject or filled.subject,
        text=text,
        html=typed.html or complete_html(text, filled),
        in_reply_to=filled.in_reply_to,
        references=filled.references,
        origin=MessageId(message_id),
        act=kind.value,
    )


def who(shape: dict[str, Any]) -> str:
    """The sender as a table shows them."""
    first = shape["from"][0] if shape["from"] else {"name": "", "address": "-"}
    return first["name"] or first["address"]


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise BadInput(f"{path.name} is larger than {MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def _text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not text in UTF-8") from None
