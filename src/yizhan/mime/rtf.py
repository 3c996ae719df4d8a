"""Rich text as Outlook sends it: unpacked (MS-OXRTFCP), and as the markup that it was made of or as plain text.

Outlook wraps the markup of a message in RTF (MS-OXRTFEX): tags stand in `{\\*\\htmltag ...}`, and what only RTF needs
between `\\htmlrtf` and `\\htmlrtf0`.  All of it is read once, forwards, within bounds; nothing raises.
"""

import re
from dataclasses import dataclass, field, replace

from yizhan.mime.charsets import decode_text
from yizhan.mime.limits import MAX_RTF_BYTES, MAX_RTF_DEPTH, MAX_RTF_FONTS

_PACKED, _PLAIN = b"LZFu", b"MELA"
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)"
)
_SKIPPED = {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"footnote"}
_SIGNS = {
    **dict.fromkeys((b"par", b"line", b"row", b"page", b"sect"), "\n"),
    b"tab": "\t",
    b"cell": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"emspace": " ",
    b"enspace": " ",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
# Of a font's \fcharset; others are as the whole document.
_CHARSETS = {b"128": "cp932", b"129": "cp949", b"134": "gbk", b"136": "big5", b"161": "windows-1253"}
_CHARSETS |= {b"162": "windows-1254", b"177": "windows-1255", b"178": "windows-1256", b"186": "windows-1257"}
_CHARSETS |= {b"204": "windows-1251", b"222": "windows-874", b"238": "windows-1250"}


def unpack_rtf(data: bytes) -> bytes:
    """The RTF that was packed; as far as it goes when it is cut short, nothing when it is none."""
    kind, packed = data[8:12], data[16:]
    if kind == _PLAIN:
        return packed[:MAX_RTF_BYTES]
    return _unpack(packed) if kind == _PACKED else b""


def read_rtf(data: bytes) -> tuple[str, str]:
    """(markup, text): what the RTF was made of, and one of them is empty."""
    reading = _Reading(is_markup=rb"\fromhtml" in data[:_WINDOW])
    for found in _TOKEN.finditer(data[:MAX_RTF_BYTES]):
        word, number, code, symbol, brace, text = found.groups()
        if brace:
            reading.nest(brace)
        elif word:
            reading.obey(word, number)
        elif symbol:
            reading.obey_symbol(symbol)
        elif code or text:
            reading.take(bytes.fromhex(code.decode()) if code else text)
    made = reading.finish()
    return (made, "") if reading.is_markup else ("", made)


def _unpack(packed: bytes) -> bytes:
    """LZ77 over a window that begins with what every RTF says."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    made, at, end = bytearray(), 0, len(_DICTIONARY)
    while at < len(packed) and len(made) < MAX_RTF_BYTES:
        flags, at = packed[at], at + 1
        for bit in range(8):
            size = 2 if flags >> bit & 1 else 1
            if at + size > len(packed):
                return bytes(made)
            piece, at = packed[at : at + size], at + size
            if size == 1:
                made += piece
                window[end], end = piece[0], (end + 1) % _WINDOW
                continue
            token = int.from_bytes(piece, "big")
            start = token >> 4
            if start == end:
                return bytes(made)
            for step in range((token & 15) + 2):
                each = window[(start + step) % _WINDOW]
                made.append(each)
                window[end], end = each, (end + 1) % _WINDOW
    return bytes(made)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until the brace closes; `is_new`: nothing stood in it yet, so its first word may name it."""

    is_skipped: bool = False
    is_tag: bool = False
    is_fonts: bool = False
    is_new: bool = True
    is_starred: bool = False
    is_for_rtf: bool = False
    font: bytes = b""
    fallback: int = 1  # bytes that stand behind each \u for readers without Unicode


@dataclass(slots=True)
class _Reading:
    is_markup: bool
    charset: str = "windows-1252"
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    too_deep: int = 0
    fonts: dict[bytes, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    waiting: bytearray = field(default_factory=bytearray)
    to_pass: int = 0

    def nest(self, brace: bytes) -> None:
        self._flush()
        self.to_pass = 0
        if brace == b"{":
            if len(self.outer) >= MAX_RTF_DEPTH:
                self.too_deep += 1
                return
            self.outer.append(self.group)
            self.group = replace(self.group, is_new=True, is_starred=False)
        elif self.too_deep:
            self.too_deep -= 1
        elif self.outer:
            self.group = self.outer.pop()

    def obey(self, word: bytes, number: bytes | None) -> None:
        if self.group.is_new:
            self._name(word)
        if word == b"u" and number:
            self._take_unicode(int(number))
        elif word == b"uc" and number:
            self.group = replace(self.group, fallback=max(0, min(int(number), 8)))
        elif word == b"ansicpg" and number:
            self.charset = f"cp{number.decode()}"
        elif word == b"f" and number and (number in self.fonts or len(self.fonts) < MAX_RTF_FONTS):
            self._flush()
            self.group = replace(self.group, font=number)
        elif word == b"fcharset" and number in _CHARSETS and self.group.is_fonts:
            self.fonts[self.group.font] = _CHARSETS[number]
        elif word == b"htmlrtf":
            self._flush()
            self.group = replace(self.group, is_for_rtf=number != b"0")
        elif word in _SIGNS:
            self._say(_SIGNS[word])

    def obey_symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.group = replace(self.group, is_starred=True)
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def take(self, data: bytes) -> None:
        passed = min(self.to_pass, len(data))
        self.to_pass -= passed
        self.group = replace(self.group, is_new=False) if self.group.is_new else self.group
        if self._is_heard():
            self.waiting += data[passed:]

    def finish(self) -> str:
        self._flush()
        # A sign beyond the first 65,536 came as two halves.
        return "".join(self.pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _name(self, word: bytes) -> None:
        """The first word of a group tells what it is for; a starred one that nobody knows is passed over."""
        is_tag = word == b"htmltag" and self.group.is_starred
        is_skipped = word in _SKIPPED or (self.group.is_starred and not is_tag)
        self.group = replace(
            self.group,
            is_new=False,
            is_tag=self.group.is_tag or is_tag,
            is_skipped=self.group.is_skipped or is_skipped,
            is_fonts=self.group.is_fonts or word == b"fonttbl",
        )

    def _take_unicode(self, number: int) -> None:
        self._say(chr(number % 0x10000))
        self.to_pass = self.group.fallback

    def _say(self, text: str) -> None:
        self._flush()
        if self._is_heard():
            self.pieces.append(text)

    def _is_heard(self) -> bool:
        return not (self.group.is_skipped or self.too_deep or (self.is_markup and self.group.is_for_rtf))

    def _flush(self) -> None:
        if self.waiting:
            self.pieces.append(decode_text(bytes(self.waiting), self.fonts.get(self.group.font, self.charset)))
            self.waiting.clear()
