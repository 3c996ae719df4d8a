"""Recipients as people type and paste them, which RFC 5322 §3.4 is only a part of."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from yizhan.mime.fields import AddressUnwritable, write_addr_spec
from yizhan.mime.limits import MAX_ADDRESS_BYTES, MAX_LOCAL_PART_BYTES, MAX_TYPED_CHARS

_COMMAS = frozenset(",，、")  # what a Chinese keyboard gives parts addresses too
_STRONG = frozenset(";；\r\n")  # Outlook's list, and a column of a spreadsheet
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\x00"))
_WIDE = str.maketrans("＠．＜＞\u3000\xa0\t", "@.<>   ")
_GROUP = re.compile(r"[^@<>\":]*:(?!//)")
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"(?:@\S+)?|\([^()]*\)|[^\s"()]+|\S')
_QUOTES = "\"'“”‘’«»„《》"


@dataclass(slots=True)
class Typed:
    """`people` are (name, address) as they can be written to; `wrong` the pieces that are no address."""

    people: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_typed(text: str) -> Typed:
    """The addresses of a line or a list as somebody typed or pasted it; never raises.

    Parted by commas, semicolons and lines; a group gives its members; a name may stand before its address, in quotes
    or not, or behind it in parentheses.  Each comes as often as it was typed.
    """
    found = Typed()
    if len(text) > MAX_TYPED_CHARS:
        found.wrong.append(f"{text[:40]}…")
        return found
    plain = text.translate(_UNSEEN).translate(_WIDE)
    segments = list(_split(plain, _STRONG))
    for segment in segments:
        members = _without_group(segment)
        whole = len(segments) > 1 and members.count("@") == 1 and members.rstrip().endswith(">")
        for entry in [members] if whole else _split(members, _COMMAS):  # whole: "Doe, Jane <jane@example.com>"
            _read_entry(entry.strip(), found)
    return found


def is_address(address: str) -> bool:
    """Whether mail can be sent there as far as its form tells (RFC 5321 §4.5.3.1)."""
    try:
        written = write_addr_spec(address)
    except AddressUnwritable:
        return False
    local = written.rpartition("@")[0]
    return len(local.encode()) <= MAX_LOCAL_PART_BYTES and len(written.encode()) <= MAX_ADDRESS_BYTES


def _split(text: str, separators: frozenset[str]) -> Iterator[str]:
    """The pieces between separators that stand in no quotes, brackets or parentheses.  A line ends those too."""
    start, closing, escaped = 0, "", False
    for at, char in enumerate(text):
        if char in "\r\n":
            closing, escaped = "", False
        if escaped:
            escaped = False
        elif char == "\\" and closing:
            escaped = True
        elif closing:
            closing = "" if char == closing else closing
        elif char in separators:
            yield text[start:at]
            start = at + 1
        else:
            closing = {'"': '"', "<": ">", "(": ")"}.get(char, "")
    yield text[start:]


def _without_group(segment: str) -> str:
    """`Friends: a@x, b@x` gives its members (RFC 5322 §3.4), `mailto:a@x` the address."""
    named = _GROUP.match(segment)
    return segment[named.end() :] if named else segment


def _read_entry(entry: str, found: Typed) -> None:
    if not entry:
        return
    if len(re.findall(r'(?<!\\)"', entry)) % 2:  # whatever stands behind a quote that is never closed may be a person
        found.wrong.append(entry)
    elif entry.endswith(">") and "<" in entry:
        name, _, address = entry[:-1].rpartition("<")
        _take(name, address, entry, found)
    else:
        _read_words(entry, found)


def _read_words(entry: str, found: Typed) -> None:
    """Addresses without brackets, each with the words before it as its name, or with those in parentheses behind it."""
    before = len(found.people)
    words: list[str] = []
    for word in _WORD.findall(entry):
        if word.startswith("(") and len(found.people) > before and not words:
            found.people[-1] = (found.people[-1][0] or _tidy_name(word[1:-1]), found.people[-1][1])
        elif "@" in word:
            _take(" ".join(words), word.strip("<>"), entry, found)
            words = []
        else:
            words.append(word)
    if words:
        found.wrong.append(entry)


def _take(name: str, address: str, entry: str, found: Typed) -> None:
    bare = address.strip().removeprefix("mailto:").rstrip(".:")
    bare = unicodedata.normalize("NFC", bare)
    if is_address(bare):
        found.people.append((_tidy_name(name), bare))
    else:
        found.wrong.append(entry)


def _tidy_name(name: str) -> str:
    """Without the quotes around it, its escapes undone, on one line."""
    text = " ".join(name.split())
    if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text).strip()
