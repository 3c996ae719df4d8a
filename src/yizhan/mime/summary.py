"""What a list says of a message without opening it."""

from yizhan.mime.html import html_to_text
from yizhan.mime.structure import Leaf, Parsed, parse_message

# What a reader says about the whole message; nobody opens it by itself.
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")


def summarise(raw: bytes, most: int) -> tuple[str, int]:
    """The first words, at most so many characters, on one line; and how many files are attached."""
    parsed = parse_message(raw)
    return " ".join(words_of(parsed).split())[:most].rstrip(), len(attached_files(parsed))


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
    shown = [*bodies, *(leaf for leaf in parsed.leaves if leaf.content_type in _SIGNATURES)]
    return [leaf for leaf in parsed.leaves if leaf not in shown and not _stands_in(leaf, used)]


def _stands_in(leaf: Leaf, markup: str) -> bool:
    return bool(leaf.content_id) and leaf.content_type.startswith("image/") and f"cid:{leaf.content_id}" in markup
