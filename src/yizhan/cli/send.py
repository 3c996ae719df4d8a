"""`yizhan send`: a message from files, handed in to the outbox, now or for later."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, MessageId
from yizhan.cli.context import Run
from yizhan.cli.outbox import finish
from yizhan.cli.output import UsageWrong
from yizhan.services.outbox.scheduling import read_time
from yizhan.services.outbox.submitting import Enclosure, Outgoing, Priority, submit
from yizhan.services.writing.answering import Answer, complete_html, prefill
from yizhan.services.writing.identities import find_sender, sender_of

MAX_FILE = 64 * 1024 * 1024


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
    at: Annotated[str, typer.Option(metavar="TIME", help="RFC 3339, or a local time with --zone.")] = "",
    zone: Annotated[str, typer.Option(help="A time zone such as Europe/Moscow.")] = "",
    separately: Annotated[bool, typer.Option("--separately", help="One message to each recipient.")] = False,
    receipt: Annotated[bool, typer.Option("--receipt", help="Ask for a read receipt.")] = False,
    priority: Priority = Priority.NORMAL,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it has ended and its copy is settled.")] = False,
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
        receipt=receipt,
        priority=priority,
    )
    if reply_to_message is not None:
        account_id, outgoing = _answer(run, reply_to_message, reply_all, outgoing)
    elif not sender or not to or subject is None:
        raise UsageWrong("send takes --from, --to and --subject, or --reply-to-message")
    if sender:
        account_id, identity = find_sender(run.scope, sender)
        outgoing = replace(outgoing, sender=identity)
    when = read_time(at, zone, run.clock.now()) if at else None
    ids = submit(run.scope, account_id, outgoing, run.clock, at=when, zone=zone, separately=separately)
    finish(run, ids, wait, as_list=separately)


def _answer(run: Run, message_id: int, everyone: bool, typed: Outgoing) -> tuple[AccountId, Outgoing]:
    """What was typed, completed by what an answer to that message says by itself."""
    kind = Answer.REPLY_ALL if everyone else Answer.REPLY
    filled = prefill(run.scope, MessageId(message_id), kind, run.language, UTC)
    text = f"{typed.text.rstrip()}\n\n{filled.text}\n"
    return filled.account_id, replace(
        typed,
        sender=None if filled.identity is None else sender_of(run.scope, filled.identity)[1],
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
