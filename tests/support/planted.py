"""The planted secret: a word that stands in every test password, and must be found nowhere else.

`conftest` makes the word, every worker process shares it, and the end of the run searches all that the run wrote.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from tests.support.places import GIVEN

WORD_VARIABLE = "YIZHAN_TEST_PLANTED"
_CHUNK_BYTES = 1 << 20


class SecretLeaked(AssertionError):
    """The planted secret was found in an output."""


def planted_word() -> str:
    """Letters and digits only, so that no quoting in a URL, JSON or IMAP hides it; new in each run."""
    return os.environ.setdefault(WORD_VARIABLE, f"Planted{secrets.token_hex(8)}")


def planted_forms() -> tuple[bytes, ...]:
    """The word as it may be written: plain, UTF-16, hexadecimal, and inside base64 at each of the three offsets."""
    word = planted_word().encode("ascii")
    wide = word.decode("ascii").encode("utf-16-le")
    return (word, wide, binascii.hexlify(word), *(_inside_base64(word, offset) for offset in range(3)))


def _inside_base64(word: bytes, offset: int) -> bytes:
    """The part of the base64 text that does not depend on what stands around the word."""
    encoded = base64.b64encode(b"\0" * offset + word)
    first = (offset * 8 + 5) // 6
    last = (offset + len(word)) * 8 // 6
    return encoded[first:last]


def is_planted_in(data: str | bytes) -> bool:
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return any(form in raw for form in planted_forms())


def check_nothing_planted(data: str | bytes, where: str) -> None:
    """Raises `SecretLeaked` that names the place and does not repeat the secret."""
    if is_planted_in(data):
        raise SecretLeaked(f"the planted secret stands in {where}")


def leaking_files(folder: Path) -> Iterator[Path]:
    """Files below `folder` that hold the planted secret, but for those that a test gave on purpose."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and GIVEN not in path.parts and _leaks(path):
            yield path


def _leaks(path: Path) -> bool:
    """Searched in pieces that overlap by more than the longest form."""
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            if is_planted_in(rest + piece):
                return True
            rest = piece[-128:]
    return False
