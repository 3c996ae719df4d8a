"""The first page of a PDF as a picture, and its words.  For a process that may die (`services.messages.aside`)."""

import pypdfium2

from yizhan.mime.limits import MAX_DOCUMENT_CHARS, MAX_PDF_PAGES, MAX_PDF_SCALE, PREVIEW_PIXELS
from yizhan.mime.pictures import write_webp


def draw_first_page(data: bytes) -> bytes:
    """The number of pages, a line break, and the first page as WebP; raises `PdfiumError` when it cannot be drawn."""
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    scale = min(PREVIEW_PIXELS / max(*page.get_size(), 1.0), MAX_PDF_SCALE)
    picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return b"%d\n" % len(document) + write_webp(picture)


def read_pdf(data: bytes) -> bytes:
    """The words of its pages in UTF-8, at most `MAX_DOCUMENT_CHARS`; raises `PdfiumError` when it cannot be read."""
    document = pypdfium2.PdfDocument(data)
    kept, room = [], MAX_DOCUMENT_CHARS
    for number in range(min(len(document), MAX_PDF_PAGES)):
        text = document[number].get_textpage().get_text_bounded()[:room]
        kept.append(text)
        room -= len(text)
        if room <= 0:
            break
    return "\n".join(kept).encode("utf-8", "replace")
