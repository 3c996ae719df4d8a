"""Messages that are written once and used often, filled in from a recipient's card before anybody sends them."""

from typing import Any

from yizhan.services.writing.naming import clean_own, read_name
from yizhan.services.writing.variables import check_template, fields_of, fill, fill_html
from yizhan.store import cards, templates
from yizhan.store.models import Template
from yizhan.store.scope import Scope


def list_templates(scope: Scope) -> list[dict[str, Any]]:
    """`id name group_id group subject html updated_at`, by group and name; those without a group last."""
    return [_shape(row) for row in templates.list_all(scope)]


def list_groups(scope: Scope) -> list[dict[str, Any]]:
    """`id name`, the empty ones too."""
    return [{"id": row.pk, "name": row.name} for row in templates.list_groups(scope)]


def find(scope: Scope, template_id: int) -> dict[str, Any]:
    """One of them; raises `NotFound`."""
    return _shape(templates.get(scope, template_id))


def keep(
    scope: Scope, name: str, subject: str, html: str, group_id: int | None = None, template_id: int | None = None
) -> int:
    """A new one, or that one changed; its number.

    Raises `NameWrong`, `NameTaken`, `TextTooLong`, `TemplateWrong` for a loop, `NotFound`.
    """
    check_template(subject)
    check_template(html)
    return templates.keep(scope, read_name(name), " ".join(subject.split()), clean_own(html), group_id, template_id)


def remove(scope: Scope, template_id: int) -> None:
    """Raises `NotFound`."""
    templates.remove(scope, template_id)


def keep_group(scope: Scope, name: str, group_id: int | None = None) -> int:
    """A new group, or that one renamed; its number.  Raises `NameWrong`, `NameTaken`, `NotFound`."""
    return templates.keep_group(scope, read_name(name), group_id)


def remove_group(scope: Scope, group_id: int) -> None:
    """Its templates stay, without a group; raises `NotFound`."""
    templates.remove_group(scope, group_id)


def fill_in(scope: Scope, template_id: int, address: str) -> dict[str, Any]:
    """`subject html unfilled` for whoever has this address; `unfilled` are the variables that nothing is known for.

    Raises `NotFound` for a template that is not there; of somebody without a card only the address is known.
    """
    row = templates.get(scope, template_id)
    card = cards.find(scope, address)
    fields = fields_of(card.name, card.address, card.fields) if card else fields_of("", address, {})
    subject, html = fill(row.subject, fields), fill_html(row.html, fields)
    unfilled = list(dict.fromkeys([*subject.unfilled, *html.unfilled]))
    return {"subject": subject.text, "html": html.text, "unfilled": unfilled}


def _shape(row: Template) -> dict[str, Any]:
    group = row.group
    names = ("name", "subject", "html", "updated_at", "group_id")
    return {"id": row.pk, "group": group.name if group else "", **{name: getattr(row, name) for name in names}}
