"""A stranger's bitmap drawn anew, so that what a browser reads was written by us.

For a process that may die (`services.messages.aside`): the libraries beneath have read what they should not before.
"""

import io

from PIL import Image, ImageOps

from yizhan.mime.limits import MAX_PICTURE_PIXELS, PREVIEW_PIXELS

# Bitmaps that mail carries, and no format that is a program or hides another file.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF")
_SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK", "YCbCr")  # may be made smaller as they are, before they take more room
Image.MAX_IMAGE_PIXELS = MAX_PICTURE_PIXELS // 2  # Pillow refuses at twice this


def draw_picture(data: bytes) -> bytes:
    """Its first frame as WebP of at most `PREVIEW_PIXELS` a side, upright; raises Pillow's errors when it is none."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        opened.draft("RGB", (PREVIEW_PIXELS, PREVIEW_PIXELS))  # a large photograph is read small, and so in no time
        picture = opened if opened.mode in _SMOOTH else opened.convert(_mode(opened))
        picture.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
        return write_webp(ImageOps.exif_transpose(picture).convert(_mode(picture)))


def write_webp(picture: Image.Image) -> bytes:
    """The picture as WebP, in a way that is quick rather than small."""
    made = io.BytesIO()
    picture.save(made, "WEBP", quality=85, method=1)
    return made.getvalue()


def _mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"
