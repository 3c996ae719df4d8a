"""Headers as people read them."""

import re
from email.header import decode_header as split_words
from email.utils import getaddresses

_LINE_FOLD = re.compile(r"\r?\n(?=[ \t])")


def decode_text(data: bytes, charset: str | None = None) -> str:
    """The text in its named charset, else UTF-8, else GB18030; never raises."""
    for name in (charset, "utf-8", "gb18030"):
        try:
            return data.decode("gb18030" if name and name.lower() in ("gb2312", "gbk") else name or "utf-8")
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")


def decode_header(raw: bytes | None) -> str:
    """RFC 2047 words and raw 8-bit bytes as text on one line; never raises."""
    if raw is None:
        return ""
    text = _LINE_FOLD.sub("", decode_text(raw))
    try:
        pieces = split_words(text)
    except ValueError:  # broken base64: shown as it came
        return text
    joined = "".join(part if isinstance(part, str) else decode_text(part, charset) for part, charset in pieces)
    return " ".join(joined.replace("\x00", "").split())


def read_addresses(typed: str) -> list[tuple[str, str]]:
    """(name, address) of each entry of an address list."""
    return [(name, address) for name, address in getaddresses([typed]) if address]
