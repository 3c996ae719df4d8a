"""Names that a person gives to what they keep, and markup of theirs that is kept."""

from yizhan.base.errors import BadInput
from yizhan.mime.html import clean_html
from yizhan.store.limits import MAX_DRAFT_BYTES

MAX_NAME_CHARS = 150


class NameWrong(BadInput):
    """The name is empty or too long."""

    code = "name_wrong"


class TextTooLong(BadInput):
    """More words than are kept."""

    code = "text_too_long"


def read_name(typed: str, most: int = MAX_NAME_CHARS) -> str:
    """The name on one line; raises `NameWrong`."""
    name = " ".join(typed.split())
    if not name or len(name) > most:
        raise NameWrong(f"a name has 1 to {most} characters")
    return name


def clean_own(html: str) -> str:
    """Markup of the person's own: nothing in it can run; pictures stay where they are.  Raises `TextTooLong`."""
    if len(html.encode("utf-8", "replace")) > MAX_DRAFT_BYTES:
        raise TextTooLong(f"the text is more than {MAX_DRAFT_BYTES:,} bytes")
    return clean_html(html, lambda cid: f"cid:{cid}", lambda _: "", lambda address: address).html
