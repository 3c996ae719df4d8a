"""Templates and their groups."""

from django.db.models import QuerySet

from yizhan.base.errors import NotFound
from yizhan.store import lane
from yizhan.store.errors import NameTaken
from yizhan.store.limits import MAX_SUBJECT_CHARS
from yizhan.store.models import Template, TemplateGroup
from yizhan.store.scope import Scope
from yizhan.store.text import storable

MAX_NAME_CHARS = 150


def list_all(scope: Scope) -> list[Template]:
    """By group and name, those without a group last."""
    rows = _mine(scope).select_related("group")
    return sorted(rows, key=lambda row: (row.group is None, row.group.name if row.group else "", row.name))


def list_groups(scope: Scope) -> list[TemplateGroup]:
    """By name, the empty ones too."""
    return list(_groups(scope).order_by("name"))


def get(scope: Scope, template_id: int) -> Template:
    """Raises `NotFound`."""
    row = _mine(scope).select_related("group").filter(pk=template_id).first()
    if row is None:
        raise NotFound("no such template")
    return row


@lane.keeps
def keep(
    scope: Scope, name: str, subject: str, html: str, group_id: int | None = None, template_id: int | None = None
) -> int:
    """A new one, or that one changed; its number.  Raises `NotFound`, `NameTaken`."""
    name = storable(name, MAX_NAME_CHARS)
    if group_id is not None and not _groups(scope).filter(pk=group_id).exists():
        raise NotFound("no such group")
    if _mine(scope).filter(name=name).exclude(pk=template_id or 0).exists():
        raise NameTaken(f"there is a template named {name!r}")
    row = Template(workspace_id=scope.workspace_id) if template_id is None else get(scope, template_id)
    row.name, row.group_id = name, group_id
    row.subject, row.html = storable(subject, MAX_SUBJECT_CHARS), storable(html, len(html))
    row.save()
    return row.pk


@lane.keeps
def remove(scope: Scope, template_id: int) -> None:
    """Raises `NotFound`."""
    get(scope, template_id).delete()


@lane.keeps
def keep_group(scope: Scope, name: str, group_id: int | None = None) -> int:
    """A new group, or that one renamed; its number.  Raises `NotFound`, `NameTaken`."""
    name = storable(name, MAX_NAME_CHARS)
    if _groups(scope).filter(name=name).exclude(pk=group_id or 0).exists():
        raise NameTaken(f"there is a group named {name!r}")
    if group_id is None:
        return TemplateGroup.objects.create(workspace_id=scope.workspace_id, name=name).pk
    if not _groups(scope).filter(pk=group_id).update(name=name):
        raise NotFound("no such group")
    return group_id


@lane.keeps
def remove_group(scope: Scope, group_id: int) -> None:
    """Its templates stay, without a group; raises `NotFound`."""
    row = _groups(scope).filter(pk=group_id).first()
    if row is None:
        raise NotFound("no such group")
    row.delete()


def _mine(scope: Scope) -> QuerySet[Template]:
    return Template.objects.filter(workspace_id=scope.workspace_id)


def _groups(scope: Scope) -> QuerySet[TemplateGroup]:
    return TemplateGroup.objects.filter(workspace_id=scope.workspace_id)
