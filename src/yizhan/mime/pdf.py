"""The first page of a PDF as a picture.  For a process that may die (`services.messages.aside`)."""

import pypdfium2

from yizhan.mime.limits import MAX_PDF_SCALE, PREVIEW_PIXELS
from yizhan.mime.pictures import write_webp


def draw_first_page(data: bytes) -> bytes:
    """The number of pages, a line break, and the first page as WebP; raises `PdfiumError` when it cannot be drawn."""
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    scale = min(PREVIEW_PIXELS / max(*page.get_size(), 1.0), MAX_PDF_SCALE)
    picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return b"%d\n" % len(document) + write_webp(picture)
