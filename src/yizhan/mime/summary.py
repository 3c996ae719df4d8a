"""What a list says of a message without opening it."""

from typing import NamedTuple

from yizhan.mime.headers import read_message_ids
from yizhan.mime.html import html_to_text
from yizhan.mime.limits import MAX_REFERENCES
from yizhan.mime.structure import Leaf, Parsed, parse_message

# What a reader says about the whole message; nobody opens it by itself.
SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")


class Summary(NamedTuple):
    """The first words on one line, how many files are attached, and the ids of the messages that this one answers."""

    snippet: str
    attachments: int
    references: tuple[str, ...]


def summarise(raw: bytes, most: int) -> Summary:
    """What a list shows of these bytes; `most` characters of their words."""
    parsed = parse_message(raw)
    snippet = _first_words(words_of(parsed), most)
    named = read_message_ids(f"{parsed.header('references')} {parsed.header('in-reply-to')}")
    return Summary(snippet, len(attached_files(parsed)), tuple(named[-MAX_REFERENCES:]))


def _first_words(text: str, most: int) -> str:
    """On one line, with one blank between them; a long text is not gone through for its beginning."""
    words = " ".join(text[: 10 * most].split())
    return (words if len(words) >= most else " ".join(text.split()))[:most].rstrip()


def words_of(parsed: Parsed) -> str:
    """What the message says, as text: its plain text, else the words of its markup."""
    plain, markup = parsed.body("text/plain"), parsed.body("text/html")
    text = "" if plain is None else plain.text()
    return text if text.strip() or markup is None else html_to_text(markup.text())


def attached_files(parsed: Parsed) -> list[Leaf]:
    """What is to be kept rather than read: not the bodies, a signature, nor the pictures that stand inside them."""
    bodies = [leaf for name in ("text/html", "text/plain") if (leaf := parsed.body(name))]
    markup = parsed.body("text/html")
    used = "" if markup is None else markup.text()
    shown = [*bodies, *(leaf for leaf in parsed.leaves if leaf.content_type in SIGNATURES)]
    return [leaf for leaf in parsed.leaves if leaf not in shown and not _stands_in(leaf, used)]


def _stands_in(leaf: Leaf, markup: str) -> bool:
    return bool(leaf.content_id) and leaf.content_type.startswith("image/") and f"cid:{leaf.content_id}" in markup
