"""What a stranger calls a file, made fit to be kept and to be downloaded."""

import re
import unicodedata

from yizhan.mime.limits import MAX_FILENAME_BYTES

# Controls, and marks that turn the reading direction round so that "exe.fdp" reads "pdf.exe" (also invisible ones).
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')  # on Windows
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "text/plain": ".txt",
    "message/delivery-status": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
}

# What may be named to a browser: it has no viewer of these that runs what they say.  All else is a row of bytes.
_DOWNLOADABLE = {
    *("application/pdf", "application/zip", "application/gzip", "application/x-7z-compressed", "application/msword"),
    *("application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/rtf", "message/rfc822"),
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "text/plain", "text/csv"),
    *("audio/mpeg", "audio/wav", "audio/ogg", "video/mp4", "video/webm", "text/calendar"),
}
_OFFICE = re.compile(r"application/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[a-z.-]+")
# Pictures that a page may show: bitmaps, never a drawing that is a document (SVG).
SHOWABLE_IMAGES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "image/bmp": (b"BM",),
}


def safe_filename(name: str, content_type: str = "", number: str = "1") -> str:
    """A name without path, controls or tricks, that every file system takes; never empty."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[\\/]", _UNSEEN.sub("", name))[-1]
    name = " ".join(_NOT_IN_NAMES.sub("_", name).split()).strip(". ")
    if not name:
        name = f"part-{number}{_EXTENSIONS.get(content_type, '.bin')}"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return _shorten(name)


def download_type(content_type: str) -> str:
    """The type to name in a download; `application/octet-stream` for whatever could run."""
    known = content_type in _DOWNLOADABLE or _OFFICE.fullmatch(content_type)
    return content_type if known else "application/octet-stream"


def image_type(data: bytes) -> str | None:
    """The type of a bitmap by its first bytes, whatever its part calls itself; None for anything else."""
    return next((name for name, marks in SHOWABLE_IMAGES.items() if data.startswith(marks)), None)


def _shorten(name: str) -> str:
    """As many bytes as a file system takes, the extension kept."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 16:
        stem, dot, extension = name, "", ""
    room = MAX_FILENAME_BYTES - len((dot + extension).encode())
    cut = stem.encode()[:room].decode("utf-8", "ignore")
    return f"{cut.rstrip('. ')}{dot}{extension}"
