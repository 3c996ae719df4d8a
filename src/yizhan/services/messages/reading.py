"""Messages as doors show them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId
from yizhan.mime.authentication import vouched_by
from yizhan.mime.charsets import decode_text
from yizhan.mime.enclosed import enclosed, find_leaf, is_message, is_tnef, open_leaf
from yizhan.mime.filenames import download_type, image_type, safe_filename
from yizhan.mime.headers import decode_header
from yizhan.mime.html import BlockedImage as BlockedImage
from yizhan.mime.html import Cleaned as Cleaned
from yizhan.mime.html import clean_html
from yizhan.mime.invitations import Invitation, read_invitation
from yizhan.mime.previews import preview_kind
from yizhan.mime.reports import Report, read_report
from yizhan.mime.structure import Leaf, Parsed, list_parts, parse_message, text_of
from yizhan.mime.summary import attached_files, words_of
from yizhan.mime.text import text_to_html
from yizhan.services.accounts.asking import BODY, ask_body
from yizhan.store import blobs, messages, requests
from yizhan.store.errors import BlobDamaged, BlobMissing
from yizhan.store.models import Message
from yizhan.store.scope import Scope

MAX_LIMIT = 1000
MAX_SHOWN_HEADER = 200  # fields; a page of more is read by nobody, and the raw message has them

_ASK_AGAIN_AFTER = timedelta(minutes=1)  # that a message is opened again is no reason to ask a server that refused

MAX_SHOWN_SOURCE = 100_000  # bytes; a page of more is read by nobody, and the whole can be downloaded


class BodyNotHere(NotFound):
    """The message's bytes are not here, or not whole any more; they can be asked for (`asking.ask_body`)."""

    code = "body_not_here"

    def __init__(self, account_id: AccountId, message_id: MessageId) -> None:
        super().__init__("the body of this message is not here")
        self.account_id = account_id
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class File:
    """A part as it may be handed to a browser: a safe name, a type that runs nothing, and the bytes."""

    filename: str
    content_type: str
    data: bytes


def list_messages(
    scope: Scope, account_id: AccountId | None, mailbox: str | None, limit: int, before: MessageId | None
) -> list[dict[str, Any]]:
    """The newest first, in cli.md's shape; `mailbox` is a role."""
    rows = messages.list_newest(scope, account_id, role=mailbox, before=before, limit=max(1, min(limit, MAX_LIMIT)))
    return [shape_of_message(row) for row in rows]


def show_message(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """One message with its text; raises `NotFound`."""
    raw = raw_message(scope, message_id)
    return {
        **shape_of_message(messages.get(scope, message_id)),
        "text": words_of(parse_message(raw)),
        "parts": show_parts(raw),
    }


def open_message(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """One message for a page: its shape and `account_id label colour seen flagged answered`, `body` (html, text, none,
    or `absent` when its bytes are not here), `attachments` (`part filename content_type size_bytes preview`), `blocked`
    (remote pictures, with `host width height`), `blocked_count`, `sets_colours`, `cut`, `reply_to`, `defects`,
    `protection` (as `Parsed` says), `invitation` (an `Invitation` or None), `enclosed` (messages inside: `part from to
    date subject attachments`), `vouched_by` (whose server says that it is from its sender), `report` (a
    `Report` by the standard or None).
    Raises `NotFound`.
    """
    row = messages.get(scope, message_id)
    account = {"account_id": row.account_id, "label": row.account.label, "colour": row.account.colour}
    state = {"seen": row.seen, "flagged": row.flagged, "answered": row.answered, "mailbox_id": row.mailbox_id}
    shape = {**shape_of_message(row), **account, **state, "role": row.mailbox.role}
    try:
        parsed = parse_message(raw_message(scope, message_id))
    except BodyNotHere:
        return {**shape, **_told("absent", None, ())}
    kind, cleaned = _body(parsed, lambda _: "/", lambda _: "", lambda _: None)
    told = _told(kind, cleaned, parsed.defects)
    inside = {
        "vouched_by": vouched_by(parsed.fields),
        "report": _report(parsed),
        "protection": parsed.protection,
        "invitation": _invitation(parsed),
        "enclosed": _enclosed(parsed),
    }
    return {**shape, **told, **inside, "attachments": _attachments(parsed), "reply_to": parsed.header("reply-to")}


def await_body(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """`request_id` of the request that brings a message's bytes, left now if need be; `failed` says why it did not.

    Raises `NotFound`.
    """
    asked = requests.find_about(scope, BODY, "message_id", message_id)
    if asked is None or (asked.settled_at is not None and timezone.now() - asked.settled_at > _ASK_AGAIN_AFTER):
        return {"request_id": ask_body(scope, message_id), "failed": ""}
    if asked.settled_at is None:
        return {"request_id": asked.pk, "failed": ""}
    error = (asked.answer or {}).get("error", {})
    return {"request_id": asked.pk, "failed": error.get("detail") or "-"}


def open_body(
    scope: Scope,
    message_id: MessageId,
    image_address: Callable[[str], str],
    blocked_words: Callable[[BlockedImage], str],
    fetched: Callable[[str], str | None],
    inside: str = "",
) -> Cleaned:
    """The body as markup that asks nobody but us for anything; raises `NotFound`.

    `image_address` gives the address of a part by its number, for pictures that came with the message; `fetched` ours
    of a remote picture, or None; `inside` names the part whose message is meant instead.
    """
    parsed = parse_message(raw_message(scope, message_id))
    before = f"{inside}:" if inside else ""
    if inside:
        leaf = find_leaf(parsed, inside)
        parsed = (None if leaf is None else open_leaf(leaf)) or Parsed((), (), ())
    numbers = {leaf.content_id: f"{before}{leaf.number}" for leaf in parsed.leaves if leaf.content_id}

    def address(content_id: str) -> str | None:
        return image_address(numbers[content_id]) if content_id in numbers else None

    return _body(parsed, address, blocked_words, fetched)[1]


def read_file(scope: Scope, message_id: MessageId, part: str) -> File:
    """A part for download; raises `NotFound`."""
    leaf = _leaf(scope, message_id, part)
    name = safe_filename(leaf.filename, leaf.content_type, leaf.number)
    return File(name, download_type(leaf.content_type), leaf.data())


def read_image(scope: Scope, message_id: MessageId, part: str) -> File:
    """A part as a picture inside the message, whatever it calls itself; raises `NotFound` when it is no bitmap."""
    leaf = _leaf(scope, message_id, part)
    data = leaf.data()
    content_type = image_type(data)
    if content_type is None:
        raise NotFound("this part is no picture")
    return File(safe_filename(leaf.filename, content_type, leaf.number), content_type, data)


def read_header(scope: Scope, message_id: MessageId) -> list[tuple[str, str]]:
    """Every field of the header, (name, value) as people read them; raises `NotFound`."""
    parsed = parse_message(raw_message(scope, message_id))
    return [(name, decode_header(value)) for name, value in parsed.fields[:MAX_SHOWN_HEADER]]


def read_source(scope: Scope, message_id: MessageId) -> tuple[str, bool]:
    """The beginning of the message's own text, and whether more follows; raises `NotFound`."""
    raw = raw_message(scope, message_id)
    return decode_text(raw[:MAX_SHOWN_SOURCE]).replace("\x00", "\ufffd"), len(raw) > MAX_SHOWN_SOURCE


def raw_message(scope: Scope, message_id: MessageId) -> bytes:
    """The bytes exactly as the server has them; raises `NotFound`, `BodyNotHere` for one whose body is not here."""
    row = messages.get(scope, message_id)
    try:
        if row.blob_id is not None:
            return blobs.get(row.blob_id)
    except (BlobMissing, BlobDamaged) as error:
        raise BodyNotHere(AccountId(row.account_id), message_id) from error
    raise BodyNotHere(AccountId(row.account_id), message_id)


def show_parts(raw: bytes) -> list[dict[str, Any]]:
    """The parts in cli.md's shape."""
    return [asdict(part) for part in list_parts(raw)]


def show_text(raw: bytes, content_type: str) -> str:
    """The first text of this type, or nothing."""
    return text_of(raw, content_type)


def shape_of_message(row: Message) -> dict[str, Any]:
    """cli.md's message."""
    return {
        "id": row.pk,
        "account": row.account.address,
        "mailbox": row.mailbox.name,
        "uid": row.uid,
        "uid_validity": row.uid_validity,
        "message_id": row.message_id,
        "from": row.senders,
        "to": row.to,
        "cc": row.cc,
        "subject": row.subject,
        "date": row.date,
        "internal_date": row.internal_date,
        "flags": row.flags,
        "size_bytes": row.size_bytes,
        "attachments": row.attachments,
    }


def _body(
    parsed: Parsed,
    image_address: Callable[[str], str | None],
    blocked_words: Callable[[BlockedImage], str],
    fetched: Callable[[str], str | None],
) -> tuple[str, Cleaned]:
    parsed = _worded(parsed)
    markup, plain = parsed.body("text/html"), parsed.body("text/plain")
    if markup is not None:
        return "html", clean_html(markup.text(), image_address, blocked_words, fetched)
    text = "" if plain is None else plain.text()
    kind = "text" if text.strip() else "none"
    return kind, Cleaned(text_to_html(text), (), 0, sets_colours=False, cut=False)


def _worded(parsed: Parsed) -> Parsed:
    """The message, or where it has no text of its own what Outlook wrapped."""
    if parsed.body("text/html") or parsed.body("text/plain"):
        return parsed
    wrapped = (open_leaf(leaf) for leaf in parsed.leaves if is_tnef(leaf))
    return next((inner for inner in wrapped if inner is not None), parsed)


def _told(kind: str, cleaned: Cleaned | None, defects: tuple[str, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {"body": kind, "defects": list(defects), "attachments": [], "reply_to": ""}
    told |= {"vouched_by": "", "report": None, "protection": "", "invitation": None, "enclosed": []}
    if cleaned is None:
        return {**told, "blocked": [], "blocked_count": 0, "sets_colours": False, "cut": False}
    blocked = [asdict(image) for image in cleaned.blocked]
    found = {"blocked_count": cleaned.blocked_count, "sets_colours": cleaned.sets_colours, "cut": cleaned.cut}
    return {**told, "blocked": blocked, **found}


def _attachments(parsed: Parsed) -> list[dict[str, Any]]:
    return [
        {
            "part": way,
            "filename": safe_filename(leaf.filename, leaf.content_type, leaf.number),
            "content_type": leaf.content_type,
            "size_bytes": len(leaf.data()),
            "preview": preview_kind(leaf),
        }
        for way, leaf in files_of(parsed)
    ]


def list_files(parsed: Parsed) -> list[tuple[str, str]]:
    """(way, safe name) of each attached file."""
    return [(way, safe_filename(leaf.filename, leaf.content_type, leaf.number)) for way, leaf in files_of(parsed)]


def files_of(parsed: Parsed, before: str = "") -> Iterator[tuple[str, Leaf]]:
    """(way, part) of what is attached; of a winmail.dat, what is in it."""
    for leaf in attached_files(parsed):
        inner = open_leaf(leaf) if is_tnef(leaf) else None
        found = [] if inner is None else attached_files(inner)
        if found:
            yield from ((f"{before}{leaf.number}:{each.number}", each) for each in found)
        else:
            yield f"{before}{leaf.number}", leaf


def _invitation(parsed: Parsed) -> Invitation | None:
    calendars = (leaf for leaf in parsed.leaves if leaf.content_type == "text/calendar")
    return next((found for leaf in calendars if (found := read_invitation(leaf.text()))), None)


def _report(parsed: Parsed) -> Report | None:
    """What a report by the standard says; one in words is read by people as it stands."""
    found = read_report(parsed)
    return found if found is not None and found.is_formal else None


def _enclosed(parsed: Parsed) -> list[dict[str, Any]]:
    """The messages inside, the outer before the inner."""
    return [
        {
            "part": way,
            **{name: inner.header(name) for name in ("from", "to", "date", "subject")},
            "attachments": [
                {
                    "part": at,
                    "filename": safe_filename(each.filename, each.content_type, each.number),
                    "size_bytes": len(each.data()),
                    "preview": preview_kind(each),
                }
                for at, each in files_of(inner, f"{way}:")
            ],
        }
        for way, leaf, inner in enclosed(parsed)
        if is_message(leaf)
    ]


def _leaf(scope: Scope, message_id: MessageId, part: str) -> Leaf:
    found = find_leaf(parse_message(raw_message(scope, message_id)), part)
    if found is None:
        raise NotFound("the message has no such part")
    return found
