"""Variables of a template: `{first name}`, or `{first name|friend}` with what stands there when a card has none.

A name is one of ours, in Chinese, English or Russian, or that of a field of one's own cards.  There are no loops and no
conditions: a template is read by people before it is sent.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape

from yizhan.base.errors import BadInput

NAMES: Mapping[str, tuple[str, ...]] = {
    "first_name": ("名字", "first name", "имя"),
    "last_name": ("姓氏", "last name", "фамилия"),
    "name": ("名称", "name", "полное имя"),
    "company": ("公司", "company", "компания"),
    "position": ("职位", "position", "должность"),
    "nickname": ("昵称", "nickname", "псевдоним"),
    "phone": ("电话", "phone", "телефон"),
    "address": ("邮箱", "address", "адрес"),
    "note": ("备注", "note", "заметка"),
}
_OTHER = {
    "姓": "last_name",
    "姓名": "name",
    "全名": "name",
    "手机": "phone",
    "单位": "company",
    "firstname": "first_name",
    "lastname": "last_name",
    "surname": "last_name",
    "full name": "name",
    "email": "address",
    "e-mail": "address",
    "title": "position",
    "job title": "position",
    "organization": "company",
    "фирма": "company",
    "организация": "company",
    "почта": "address",
}
_FIELD_OF = {word: field for field, words in NAMES.items() for word in (field, *words)} | _OTHER
_VARIABLE = re.compile(r"\{([^{}<>]{1,200})\}")
# What other programs' templates have: Jinja, Liquid, Handlebars, Mustache.
_FOREIGN = re.compile(r"\{%[^{}]{0,100}|\{\{?\s*[#/^>!][^{}]{0,100}|\{\{[^{}]{0,100}")
# A variable left in a message; one with other signs in it is somebody's program or style sheet.
_LEFT = re.compile(r"\{\{?\s?[^\W\d_](?:[\w .'’\-]|:(?=\S)){0,60}(?:\|[^{}<>]{0,100})?\s?\}\}?|\{%[^{}]{0,100}%\}")


class TemplateWrong(BadInput):
    """A template says what templates here cannot; `part` is where."""

    code = "template_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"a template has variables such as {{name}} and no loops or conditions: {part}")
        self.part = part


@dataclass(frozen=True, slots=True)
class Filled:
    """The text with what is known put in; `unfilled` are the variables that stayed, as they are written."""

    text: str
    unfilled: tuple[str, ...]


def check_template(text: str) -> None:
    """Raises `TemplateWrong` for a loop, a condition, or what else only other programs understand."""
    found = _FOREIGN.search(text)
    if found:
        raise TemplateWrong(found[0][:60])


def fill(text: str, fields: Mapping[str, str]) -> Filled:
    """Plain text filled in from a card's fields, as `fields_of` gives them."""
    return _fill(text, fields, lambda value: value)


def fill_html(html: str, fields: Mapping[str, str]) -> Filled:
    """Markup filled in; what a card says cannot become markup."""
    return _fill(html, fields, escape)


def fields_of(name: str, address: str, own: Mapping[str, str]) -> dict[str, str]:
    """What can be filled in of a card, by field; a first name is guessed from a name of two words."""
    known = {key.casefold(): str(value).strip() for key, value in own.items()}
    words = name.split()
    guessed = {"first_name": words[0], "last_name": words[-1]} if len(words) == 2 and name.isascii() else {}
    return {**guessed, **{key: value for key, value in known.items() if value}, "name": name, "address": address}


def left_over(text: str) -> list[str]:
    """Variables that nobody filled in, as they stand in what is about to be sent, each once."""
    return list(dict.fromkeys(found[0] for found in _LEFT.finditer(unescape(text))))


def _fill(text: str, fields: Mapping[str, str], written: Callable[[str], str]) -> Filled:
    unfilled: list[str] = []

    def put(found: re.Match[str]) -> str:
        name, bar, fallback = unescape(found[1]).partition("|")
        value = fields.get(field_named(name) or " ".join(name.split()).casefold(), "")
        if not value and not bar:
            unfilled.append(unescape(found[0]))
            return found[0]
        return written(value or fallback.strip())

    filled = _VARIABLE.sub(put, text)
    return Filled(filled, tuple(dict.fromkeys(unfilled)))


def field_named(typed: str) -> str:
    """Our field of that name in any of the languages, or empty."""
    name = " ".join(typed.rpartition(":")[2].split()).casefold()  # "联系人:名称" too
    return _FIELD_OF.get(name) or _FIELD_OF.get(name.replace("_", " ")) or ""
