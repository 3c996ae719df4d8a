"""Header fields as they are written: folded, ASCII wherever the address allows it (RFC 5322 §2.2.3, 2047, 2231)."""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

import idna

LINE = 76  # RFC 2047 §2: a line that holds an encoded word; RFC 5322 §2.1.1 allows two more
_WORD = 75  # RFC 2047 §2: one encoded word
_FORBIDDEN = re.compile(r"[\r\n\x00]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOT_ATOM = re.compile(r"[^\s\x00-\x20()<>\[\]:;@\\,\".\x7f]+(?:\.[^\s\x00-\x20()<>\[\]:;@\\,\".\x7f]+)*")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"')
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[!-Z^-~]+\]")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_PLAIN_WORD = 60  # characters of a name or a word that are written as they are: with their field they fit on a line
_PLAIN_IN_Q = re.compile(rb"[A-Za-z0-9!*+/-]")  # RFC 2047 §5 (3): the few that may stand in a phrase


class HeaderInjected(ValueError):
    """A header would hold a line break or a NUL."""


class AddressUnwritable(ValueError):
    """What stands where an address should be is none that a header can hold."""


def check_lines(*values: str) -> None:
    """Raises `HeaderInjected` for a value that would begin a field of its own."""
    if any(_FORBIDDEN.search(value) for value in values):
        raise HeaderInjected("a header holds a line break or a NUL")


def text_field(name: str, text: str) -> str:
    """An unstructured field; what is not plain short ASCII goes as encoded words, which keep every space."""
    check_lines(text)
    words = text.split(" ")
    plain = text.isascii() and text.isprintable() and "=?" not in text and "" not in words
    if not text or (plain and max(map(len, words)) <= _PLAIN_WORD):
        return _fold(name, words)
    return _fold(name, encoded_words(text, LINE - len(name) - 2))


def address_field(name: str, people: Sequence[tuple[str, str]]) -> str:
    """A field of (name, address) pairs; raises `AddressUnwritable`, `HeaderInjected`.

    An address whose letters before the @ are not ASCII stands in UTF-8 (RFC 6532): only a server with SMTPUTF8 takes
    the message then, and nothing else could be meant.
    """
    pieces: list[str] = []
    for at, (person, address) in enumerate(people, 1):
        check_lines(person, address)
        written = write_addr_spec(address)
        phrase = _phrase(" ".join(person.split()))
        own = [*phrase, f"<{written}>"] if phrase else [written]
        pieces += [*own[:-1], own[-1] + ("," if at < len(people) else "")]
    return _fold(name, pieces)


def ids_field(name: str, ids: Sequence[str]) -> str:
    """Message-IDs, each on a line of its own: one that is longer than a line must not be broken."""
    check_lines(*ids)
    return f"{name}: " + "\r\n ".join(ids) + "\r\n"


def write_addr_spec(address: str) -> str:
    """The address as a header holds it, its domain in ASCII; raises `AddressUnwritable`."""
    local, at, domain = address.rpartition("@")
    if not (at and (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local))):
        raise AddressUnwritable(f"{address!r} is no e-mail address")
    if domain.isascii():
        written = domain
    else:
        try:
            written = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise AddressUnwritable(f"{domain!r} is no domain name") from None
    if not _DOMAIN.fullmatch(written):
        raise AddressUnwritable(f"{domain!r} is no domain name")
    return f"{local}@{written}"


def encoded_words(text: str, room: int = LINE) -> Iterator[str]:
    """RFC 2047 words in UTF-8, whole characters each; the first fits into `room` columns."""
    pending = ""
    for char in text.encode("utf-8", "replace").decode():
        if pending and len(_word(pending + char)) > min(room, _WORD):
            yield _word(pending)
            pending, room = "", LINE - 1
        pending += char
    if pending:
        yield _word(pending)


def parameter_field(name: str, value: str, parameters: Iterable[tuple[str, str]], *, words: bool = False) -> str:
    """A Content-Type or Content-Disposition.  What is not ASCII goes as RFC 2231 says, or with `words` as encoded
    words in quotes, which is against RFC 2047 §5 and what old Outlooks and many web mailers read."""
    pieces = [value]
    for key, told in parameters:
        check_lines(told)
        pieces[-1] += ";"
        pieces += _parameter(key, told, words=words)
    return _fold(name, pieces)


def _parameter(key: str, told: str, *, words: bool) -> list[str]:
    if told.isascii():
        bare = _TOKEN.fullmatch(told)
        escaped = re.sub(r'(["\\])', r"\\\1", told)
        return [f"{key}={told}" if bare else f'{key}="{escaped}"']
    if words:
        found = list(encoded_words(told, LINE - len(key) - 5))
        return [f'{key}="{found[0]}', *found[1:-1], f'{found[-1]}"'] if found[1:] else [f'{key}="{found[0]}"']
    return _extended(key, told)


def _extended(key: str, told: str) -> list[str]:
    """RFC 2231 §4, and §3 when it is too long for a line; cut between characters."""
    each = [quote(char, safe="") for char in told.encode("utf-8", "replace").decode()]
    if len(key) + len("".join(each)) + 12 < LINE:
        return [f"{key}*=utf-8''{''.join(each)}"]
    room = LINE - len(key) - 16
    sections = [""]
    for char in each:
        if len(sections[-1]) + len(char) > room:
            sections.append("")
        sections[-1] += char
    sections[0] = f"utf-8''{sections[0]}"
    pieces = [f"{key}*{at}*={section}" for at, section in enumerate(sections)]
    return [*(f"{piece};" for piece in pieces[:-1]), pieces[-1]]


def _phrase(person: str) -> list[str]:
    """A display name (RFC 5322 §3.2.5): as it is, in quotes, or as encoded words."""
    if not person:
        return []
    if len(person) <= _PLAIN_WORD and person.isascii() and person.isprintable() and "=?" not in person:
        return [person] if _ATOMS.fullmatch(person) else ['"' + re.sub(r'(["\\])', r"\\\1", person) + '"']
    return list(encoded_words(person, LINE - 16))


def _word(text: str) -> str:
    data = text.encode()
    quoted = "".join("_" if b == 32 else chr(b) if _PLAIN_IN_Q.match(bytes((b,))) else f"={b:02X}" for b in data)
    coded = base64.b64encode(data).decode()
    return f"=?utf-8?Q?{quoted}?=" if len(quoted) < len(coded) else f"=?utf-8?B?{coded}?="


def _fold(name: str, pieces: Iterable[str]) -> str:
    """The pieces with a space between them, on as few lines of `LINE` columns as they take."""
    lines = [f"{name}:"]
    for piece in pieces:
        if len(lines[-1]) + 1 + len(piece) > LINE and len(lines[-1]) > len(name) + 1:
            lines.append("")
        lines[-1] += f" {piece}"
    return "\r\n".join(lines) + "\r\n"
