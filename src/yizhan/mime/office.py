"""The words of Office documents: OOXML (docx, xlsx, pptx) and OpenDocument, which are XML inside zip.

For a process that may die (`services.messages.aside`): a stranger's zip may grow a thousandfold.  XML goes by in pieces
and nothing of it is kept but words; a document type is refused, and with it every entity.
"""

import io
import re
from contextlib import suppress
from xml.parsers import expat
from zipfile import ZipFile

from yizhan.mime.limits import MAX_DOCUMENT_CHARS, MAX_DOCUMENT_XML_BYTES

_PIECE = 64 * 1024
# ECMA-376: what a person reads of each kind; OpenDocument 1.3 part 2 §2.2.1 has all in one file.
_PARTS = re.compile(
    r"content\.xml|word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml|xl/(?:sharedStrings|workbook|worksheets/sheet\d+)\.xml"
)
_NUMBERS = re.compile(r"(\d+)")
_LINE_ENDS = frozenset({"p", "h", "br", "cr", "row", "table-row", "si", "line-break"})
_BLANKS = frozenset({"tab", "s", "c", "tc", "table-cell"})
_TEXTS = frozenset({"t", "v"})  # where OOXML keeps text, and numbers of a sheet


class DocumentTypeFound(Exception):
    """No Office program writes one; with it come entities that grow without bound."""


class _Enough(Exception):
    """So much is read that no more is kept."""


class _Words:
    """What a person reads, of one XML file after another."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self._chars = MAX_DOCUMENT_CHARS
        self._bytes = MAX_DOCUMENT_XML_BYTES

    def read(self, archive: ZipFile, name: str) -> None:
        """Raises `_Enough` when there is no room for more."""
        self._is_text = name == "content.xml"  # OpenDocument: whatever is no tag is text
        self._is_index = False
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        self._in_text = 0
        with archive.open(name) as file:
            while piece := file.read(_PIECE):
                self._bytes -= len(piece)
                if self._bytes < 0:
                    raise _Enough
                parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _refuse(self, *_: object) -> None:
        raise DocumentTypeFound

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name in _TEXTS:
            self._in_text += 1
        elif name == "c":  # a cell of kind s holds the number of a string that sharedStrings.xml has
            self._is_index = attributes.get("t") == "s"
        elif name == "sheet":  # a workbook names its sheets
            self._take(attributes.get("name", "") + "\n")

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in _TEXTS:
            self._in_text -= 1
        elif name in _LINE_ENDS:
            self._take("\n")
        elif name in _BLANKS:
            self._take(" ")

    def _data(self, text: str) -> None:
        if self._is_text or (self._in_text and not self._is_index):
            self._take(text)

    def _take(self, text: str) -> None:
        self.kept.append(text[: self._chars])
        self._chars -= len(text)
        if self._chars <= 0:
            raise _Enough


def read_office(data: bytes) -> bytes:
    """The words in UTF-8, at most `MAX_DOCUMENT_CHARS`; raises what `zipfile` and expat raise of a broken file."""
    words = _Words()
    with ZipFile(io.BytesIO(data)) as archive, suppress(_Enough):
        for name in sorted(filter(_PARTS.fullmatch, set(archive.namelist())), key=_in_order):
            words.read(archive, name)
    return "".join(words.kept).encode("utf-8", "replace")


def _in_order(name: str) -> list[tuple[bool, int, str]]:
    """Slide 2 before slide 10."""
    return [(each.isdigit(), int(each) if each.isdigit() else 0, each) for each in _NUMBERS.split(name)]
