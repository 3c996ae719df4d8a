"""What the form of a draft holds, as it comes from a page: every field there, each of its type, all of it bounded."""

import json
import re
from collections.abc import Mapping
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.mime.html import html_to_text
from yizhan.store.limits import MAX_DRAFT_BYTES

Content = dict[str, Any]  # as `read_content` gives it; JSON

_TYPED = ("to", "cc", "bcc", "reply_to", "subject", "html", "text")
_CHOSEN = ("plain", "separately", "receipt")
_PRIORITIES = ("high", "normal", "low")
_MAX_NUMBER = 2**63 - 1
# A picture of the text, by the address under which a page shows it, or shows that of another draft.
_SHOWN = re.compile(r"""(\bsrc\s*=\s*["'])(?:https?://[^"'/]{1,300})?/drafts/\d{1,19}/files/(\d{1,19})(?=["'])""")


class DraftTooLong(BadInput):
    """The words of a draft are more than one draft may hold."""

    code = "draft_too_long"


def read_content(raw: object) -> Content:
    """The fields `from identity to cc bcc reply_to subject html text plain separately receipt priority`.

    What is missing is empty; raises `BadInput` for what is of another type, `DraftTooLong`.
    """
    if not isinstance(raw, Mapping):
        raise BadInput("a draft is an object with fields")
    content: Content = {
        "from": _number(raw, "from"),
        "identity": _number(raw, "identity"),
        **{name: _text(raw, name) for name in _TYPED},
        **{name: raw.get(name) is True for name in _CHOSEN},
        "priority": raw["priority"] if raw.get("priority") in _PRIORITIES else "normal",
    }
    if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > MAX_DRAFT_BYTES:
        raise DraftTooLong(f"the words of a draft are more than {MAX_DRAFT_BYTES:,} bytes")
    return content


def account_of(content: Content) -> AccountId | None:
    """Whom it is from, if that was chosen."""
    return None if content["from"] is None else AccountId(content["from"])


def is_empty(content: Content) -> bool:
    """Nothing was written that anybody would miss."""
    return not any(content[name].strip() for name in _TYPED if name != "reply_to")


def plain_words(content: Content) -> str:
    """What it says, without looks."""
    return content["text"] if content["plain"] or not content["html"] else html_to_text(content["html"])


def name_pictures(content: Content, cids: Mapping[int, str]) -> Content:
    """Pictures of the text by their `cid:`, whatever page they were shown on; `cids` by the file's number."""

    def named(found: re.Match[str]) -> str:
        cid = cids.get(int(found[2]))
        return f"{found[1]}cid:{cid}" if cid else found[0]

    return {**content, "html": _SHOWN.sub(named, content["html"])}


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise BadInput(f"{name} is a text")
    return value


def _number(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_NUMBER):
        return value
    raise BadInput(f"{name} is a number")
