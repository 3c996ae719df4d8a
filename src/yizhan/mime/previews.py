"""What of an attached file can be shown without opening it elsewhere."""

from yizhan.mime.html import html_to_text
from yizhan.mime.limits import MAX_PREVIEW_CHARS
from yizhan.mime.rtf import read_rtf
from yizhan.mime.structure import Leaf
from yizhan.mime.text import tidy_lines

PICTURE, PDF, TEXT = "picture", "pdf", "text"
_TYPES = {
    PICTURE: "png jpeg jpg pjpeg gif webp bmp x-ms-bmp tiff avif x-icon",
    PDF: "pdf x-pdf",
    TEXT: "json xml yaml x-yaml toml sql javascript x-sh x-subrip rtf",
}
_NAMES = {
    PICTURE: "png jpg jpeg jfif gif webp bmp tif tiff avif ico",
    PDF: "pdf",
    TEXT: "rtf txt text log csv tsv md rst json xml yml yaml toml ini conf cfg sql srt ics vcf py js css sh diff patch",
}
_BY_TYPE = {
    f"{'image' if kind == PICTURE else 'application'}/{name}": kind
    for kind, names in _TYPES.items()
    for name in names.split()
}
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}


def preview_kind(leaf: Leaf) -> str:
    """`picture`, `pdf`, `text`, or nothing when it is something else; its bytes are not looked at."""
    content_type = leaf.content_type
    if content_type.startswith(("text/", "message/")):
        return TEXT
    # Many mailers call everything they attach a row of bytes; then its name is all there is to go by.
    says_nothing = content_type == "application/octet-stream" or content_type.startswith("image/")
    named = _BY_NAME.get(leaf.filename.rpartition(".")[2].lower(), "") if says_nothing else ""
    return _BY_TYPE.get(content_type, named)


def preview_text(leaf: Leaf) -> tuple[str, bool]:
    """The beginning of a text (of markup its words), and whether more follows."""
    words = _words(leaf)
    return words[:MAX_PREVIEW_CHARS], len(words) > MAX_PREVIEW_CHARS


def _words(leaf: Leaf) -> str:
    data = leaf.data() if leaf.content_type.endswith("/rtf") or leaf.filename.lower().endswith(".rtf") else b""
    if data.startswith(rb"{\rtf"):
        markup, text = read_rtf(data)
        return html_to_text(markup) if markup else tidy_lines(text)
    return html_to_text(leaf.text()) if leaf.content_type == "text/html" else leaf.text()
