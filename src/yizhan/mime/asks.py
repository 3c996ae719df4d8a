"""What a header asks of its reader, a read receipt (RFC 8098), or offers, a way out of a list (RFC 2369, 8058)."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from yizhan.mime.addresses import is_address
from yizhan.mime.headers import read_addresses
from yizhan.mime.limits import MAX_ASKED_ADDRESSES, MAX_LIST_LINKS, MAX_LIST_URL_CHARS
from yizhan.mime.structure import Parsed

_LINK = re.compile(r"<\s*([^<>]{1,2000}?)\s*>")


@dataclass(frozen=True, slots=True)
class ReceiptAsk:
    """`to`: who wants to know; `differs`: it is not who the message came from, which deserves a second look."""

    to: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Ways out of a list, each empty when it is not offered: a page that takes one POST, an address to write to with a
    subject and words, a page to look at."""

    post: str
    mailto: str
    subject: str
    text: str
    link: str


def read_receipt_ask(parsed: Parsed) -> ReceiptAsk | None:
    """Who asks for a read receipt; None when nobody does.  Never raises."""
    found = read_addresses(parsed.header("disposition-notification-to"))
    wanted = [address for _, address in found if is_address(address)]
    if not wanted:
        return None
    came_from = read_addresses(parsed.header("return-path")) or read_addresses(parsed.header("from"))
    senders = {address.casefold() for _, address in came_from}
    return ReceiptAsk(tuple(wanted[:MAX_ASKED_ADDRESSES]), any(each.casefold() not in senders for each in wanted))


def make_disposition(address: str, message_id: str) -> str:
    """The fields that say: a person saw it and sent this themselves (RFC 8098 §3.2); no program is named."""
    original = f"Original-Message-ID: {message_id}\r\n" if message_id else ""
    shown = "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    return f"Final-Recipient: rfc822;{address}\r\n{original}{shown}"


def read_unsubscribe(parsed: Parsed) -> Unsubscribe | None:
    """The ways that a list offers; None when there is none that we would take.  Never raises."""
    links = [found.strip() for found in _LINK.findall(parsed.header("list-unsubscribe"))[:MAX_LIST_LINKS]]
    page = next((each for each in links if _is_page(each)), "")
    mailto, subject, text = next((told for each in links if (told := _read_mailto(each))), ("", "", ""))
    if not (page or mailto):
        return None
    one_click = parsed.header("list-unsubscribe-post").replace(" ", "").lower() == "list-unsubscribe=one-click"
    can_post = one_click and page.startswith("https:")
    return Unsubscribe(page if can_post else "", mailto, subject, text, page)


def _is_page(link: str) -> bool:
    try:
        parts = urlsplit(link)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
    return usable and len(link) <= MAX_LIST_URL_CHARS and link.isprintable() and " " not in link


def _read_mailto(link: str) -> tuple[str, str, str] | None:
    """RFC 6068: one address, and of its fields the subject and the words only."""
    if not link.lower().startswith("mailto:"):
        return None
    address, _, query = link[7:].partition("?")
    address = unquote(address)
    told = {name.lower(): " ".join(value.split()) for name, value in parse_qsl(query[:MAX_LIST_URL_CHARS])}
    return (address, told.get("subject", ""), told.get("body", "")) if is_address(address) else None
