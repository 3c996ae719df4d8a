"""A message as the draft that it was, or could be: written elsewhere, or taken back from the outbox."""

from dataclasses import dataclass

from yizhan.base.ids import AccountId
from yizhan.mime.compose import Enclosure
from yizhan.mime.filenames import safe_filename
from yizhan.mime.headers import decode_words, read_addresses, read_message_ids, write_address
from yizhan.mime.html import clean_html
from yizhan.mime.structure import Leaf, Parsed, parse_message
from yizhan.mime.summary import attached_files
from yizhan.services.writing.content import Content, read_content
from yizhan.services.writing.drafts import MAX_FILES, clean_cid


@dataclass(frozen=True, slots=True)
class Adopted:
    """What the form of a draft holds, and what stands outside of it."""

    content: Content
    files: tuple[Enclosure, ...]
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]


def read_draft(raw: bytes, account_id: AccountId | None) -> Adopted:
    """The draft that these bytes are; its pictures on servers stay where they are, and nothing in it can run.

    Raises `DraftTooLong`.
    """
    parsed = parse_message(raw)
    pictures = {
        leaf.content_id: leaf for leaf in parsed.leaves if leaf.content_id and leaf.content_type[:6] == "image/"
    }
    markup, plain = parsed.body("text/html"), parsed.body("text/plain")
    used: dict[str, Leaf] = {}

    def named(cid: str) -> str | None:
        if cid not in pictures:
            return None
        used[clean_cid(cid)] = pictures[cid]
        return f"cid:{clean_cid(cid)}"

    html = "" if markup is None else clean_html(markup.text(), named, lambda _: "", lambda address: address).html
    content = read_content(
        {
            "from": account_id,
            **{name: _typed(parsed, name) for name in ("to", "cc", "bcc")},
            "reply_to": _typed(parsed, "reply-to"),
            "subject": parsed.header("subject"),
            "html": html,
            "text": "" if plain is None else plain.text(),
            "plain": markup is None,
            "receipt": bool(parsed.header("disposition-notification-to")),
            "priority": _PRIORITIES.get(parsed.header("x-priority")[:1], "normal"),
        }
    )
    files = [*((leaf, "") for leaf in attached_files(parsed)), *((leaf, cid) for cid, leaf in used.items())]
    return Adopted(
        content,
        tuple(_file(leaf, cid) for leaf, cid in files[:MAX_FILES]),
        next(iter(read_message_ids(parsed.header("message-id"))), ""),
        next(iter(read_message_ids(parsed.header("in-reply-to"))), ""),
        tuple(read_message_ids(parsed.header("references"))),
    )


_PRIORITIES = {"1": "high", "2": "high", "4": "low", "5": "low"}


def _typed(parsed: Parsed, name: str) -> str:
    """The recipients as a person would type them; names are decoded after the commas are found."""
    values = [" ".join(value.decode("utf-8", "replace").split()) for field, value in parsed.fields if field == name]
    pairs = [pair for value in values for pair in read_addresses(value)]
    return ", ".join(write_address(decode_words(display), address) for display, address in pairs)


def _file(leaf: Leaf, cid: str) -> Enclosure:
    name = safe_filename(leaf.filename, leaf.content_type, leaf.number)
    return Enclosure(name, leaf.content_type, leaf.data(), cid)
