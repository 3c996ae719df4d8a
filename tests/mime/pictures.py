"""Pictures and documents that people attach, made here."""

import io
import zlib

import pypdfium2
from PIL import Image, ImageDraw


def make_picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture of one colour."""
    made = io.BytesIO()
    Image.new(mode, size, "teal" if mode in ("RGB", "RGBA") else 90).save(made, kind)
    return made.getvalue()


def make_animation() -> bytes:
    """A GIF of two frames, first red, then blue."""
    made = io.BytesIO()
    first, second = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    first.save(made, "GIF", save_all=True, append_images=[second])
    return made.getvalue()


def make_turned() -> bytes:
    """A photograph that was taken with the telephone on its side: 80 by 40, to be shown 40 by 80."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "teal").save(made, "JPEG", exif=exif)
    return made.getvalue()


def make_pdf(*pages: tuple[int, int]) -> bytes:
    """Empty pages of these sizes, in points."""
    document = pypdfium2.PdfDocument.new()
    for width, height in pages:
        document.new_page(width, height)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def make_photograph() -> bytes:
    """Something with light and shade, as a telephone would take it."""
    made = io.BytesIO()
    sky = Image.linear_gradient("L").resize((1200, 800))
    ground = Image.radial_gradient("L").resize((1200, 800))
    Image.merge("RGB", (ground, sky.rotate(180), sky)).save(made, "JPEG", quality=90)
    return made.getvalue()


def make_drawn_pdf() -> bytes:
    """Two pages of a letter: a picture of lines and boxes."""
    page = Image.new("RGB", (1240, 1754), "white")
    drawing = ImageDraw.Draw(page)
    drawing.rectangle((120, 120, 620, 200), fill="#2a5495")
    for line in range(28):
        drawing.rectangle((120, 300 + 40 * line, 1120 - 37 * (line % 7), 312 + 40 * line), fill="#465063")
    made = io.BytesIO()
    page.save(made, "PDF", save_all=True, append_images=[page], resolution=150)
    return made.getvalue()


def look(picture: bytes) -> Image.Image:
    """The picture as it was drawn; its `format` says in which."""
    opened = Image.open(io.BytesIO(picture))
    opened.load()
    return opened


def claim_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    data = b"IDAT" + zlib.compress(b"")
    chunks = (len(each[4:]).to_bytes(4, "big") + each + zlib.crc32(each).to_bytes(4, "big") for each in (header, data))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
