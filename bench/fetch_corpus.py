"""FETCH responses as servers write them: made up, the same for the same seed, with the oddities of real mailboxes.

About 26 in 100 ENVELOPEs hold a literal, as in the measured mailboxes where folded subjects came as literals.
"""

import base64
from random import Random

LITERAL_SHARE = 0.26
CORRESPONDENTS = 400
_NAMES = ["Анна Иванова", "王小明", "Mary O'Neill", "Bob", "李娜", "Иван Петров", "Zoë", "support", ""]
_HOSTS = ["example.com", "mail.ru", "qq.com", "163.com", "gmail.com", "lists.example.org", "yandex.ru", "firm.example"]
_LINES = "Re: order 2026|询价|报价单|Счёт на оплату|meeting notes|invoice|订单确认|Договор|weekly report|会议纪要"
_FILES = ["报价单.pdf", "invoice-2024.pdf", "Счёт.xlsx", "photo.jpg", "notes.docx"]
_ZONES = [b"+0800", b"+0300", b"-0700 (PDT)"]


def fetch_responses(
    count: int, seed: int = 1, literal_share: float = LITERAL_SHARE, people: int = CORRESPONDENTS
) -> list[bytes]:
    """So many responses, each whole with its line end; the first of the people owns the mailbox."""
    maker = _Maker(Random(seed), literal_share, people)
    return [maker.response(number) for number in range(1, count + 1)]


def split_as_imaplib(response: bytes) -> list[bytes | tuple[bytes, bytes]]:
    """One response as `imaplib` hands it to imapclient: without `* `, cut behind each literal."""
    items: list[bytes | tuple[bytes, bytes]] = []
    number, _, rest = response[2:].removesuffix(b"\r\n").partition(b" FETCH ")
    rest = number + b" " + rest
    while (end := rest.find(b"}\r\n")) >= 0:
        size = int(rest[rest.rindex(b"{", 0, end) + 1 : end])
        items.append((rest[: end + 1], rest[end + 3 : end + 3 + size]))
        rest = rest[end + 3 + size :]
    return [*items, rest]


class _Maker:
    def __init__(self, random: Random, literal_share: float, people: int) -> None:
        self._random = random
        self._literal_share = literal_share
        self._people = [self._person(number) for number in range(people)]

    def response(self, number: int) -> bytes:
        flags = self._random.choice([b"", b"\\Seen", b"\\Seen \\Answered", b"\\Flagged $Work", b"\\Seen NonJunk"])
        size = self._random.randrange(900, 300_000)
        return b"* %d FETCH (UID %d FLAGS (%b) RFC822.SIZE %d ENVELOPE %b BODYSTRUCTURE %b)\r\n" % (
            number,
            number * 3,
            flags,
            size,
            self._envelope(number),
            self._structure(),
        )

    def _envelope(self, number: int) -> bytes:
        sender = b"(%b)" % self._address()
        day, hour = self._random.randrange(1, 29), self._random.randrange(24)
        date = b'"Tue, %d Nov 2026 %02d:15:00 %b"' % (day, hour, self._random.choice(_ZONES))
        reply_to = sender if self._chance(0.8) else b"(%b)" % self._address()
        others = b"".join(self._address() for _ in range(self._random.choice([0, 0, 0, 1, 2, 7])))
        to = b"(%b)" % (self._people[0] + others if self._chance(0.85) else others + self._address())
        cc = b"(%b)" % self._address() if self._chance(0.2) else b"NIL"
        answered = b'"<%d.parent@example.com>"' % number if self._chance(0.4) else b"NIL"
        fields = [date, self._subject(), sender, sender, reply_to, to, cc, b"NIL", answered]
        return b"(" + b" ".join([*fields, b'"<%d.%d@example.com>"' % (number, size_of(date))]) + b")"

    def _subject(self) -> bytes:
        text = " ".join(self._random.choices(_LINES.split("|"), k=self._random.randrange(1, 5)))
        if self._chance(self._literal_share):
            folded = b"\r\n ".join(_encoded(text) for _ in range(2))
            return b"{%d}\r\n%b" % (len(folded), folded)
        return _quoted(text) if text.isascii() else b'"%b"' % _encoded(text)

    def _address(self) -> bytes:
        return self._random.choice(self._people)

    def _person(self, number: int) -> bytes:
        name = 'Jo "Ace" Smith' if self._chance(0.005) else self._random.choice(_NAMES)
        shown = b"NIL" if not name else (_quoted(name) if name.isascii() else b'"%b"' % _encoded(name))
        return b'(%b NIL "user%d" "%b")' % (shown, number, self._random.choice(_HOSTS).encode())

    def _structure(self) -> bytes:
        kind = self._random.random()
        if kind < 0.35:
            return self._text(b"plain" if kind < 0.2 else b"html")
        if kind < 0.75:
            return self._alternative()
        if kind < 0.95:
            files = b"".join(self._file() for _ in range(self._random.choice([1, 1, 2, 4])))
            return self._multipart(self._alternative() + files, b"mixed")
        forwarded = b'("message" "rfc822" NIL NIL NIL "7bit" 4321 %b %b 80 NIL ("attachment" NIL) NIL NIL)'
        inner = forwarded % (self._envelope(7), self._alternative())
        return self._multipart(self._text(b"plain") + inner, b"mixed")

    def _alternative(self) -> bytes:
        return self._multipart(self._text(b"plain") + self._text(b"html"), b"alternative")

    def _multipart(self, children: bytes, subtype: bytes) -> bytes:
        boundary = b"----=_Part_%d.%d" % (self._random.randrange(10**6), self._random.randrange(10**9))
        return b'(%b "%b" ("boundary" "%b") NIL NIL NIL)' % (children, subtype, boundary)

    def _text(self, subtype: bytes) -> bytes:
        charset = self._random.choice([b"utf-8", b"utf-8", b"gb18030", b"koi8-r", b"us-ascii"])
        encoding = self._random.choice([b"quoted-printable", b"base64", b"7bit"])
        size = self._random.randrange(50, 40_000)
        return b'("text" "%b" ("charset" "%b") NIL NIL "%b" %d %d NIL NIL NIL NIL)' % (
            subtype,
            charset,
            encoding,
            size,
            size // 70,
        )

    def _file(self) -> bytes:
        name = _encoded(self._random.choice(_FILES))
        size = self._random.randrange(5_000, 5_000_000)
        return (
            b'("application" "pdf" ("name" "%b") "<%d@x>" NIL "base64" %d NIL ("attachment" ("filename" "%b")) NIL NIL)'
            % (name, size, size, name)
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def size_of(text: bytes) -> int:
    """A number that depends on the text, for Message-IDs that differ."""
    return sum(text)


def _encoded(text: str) -> bytes:
    return b"=?utf-8?B?%b?=" % base64.b64encode(text.encode("utf-8"))


def _quoted(text: str) -> bytes:
    return b'"%b"' % text.encode("ascii").replace(b'"', b'\\"')
