"""Queries that a person keeps under a name."""

from yizhan.base.errors import BadInput, NotFound
from yizhan.store import lane
from yizhan.store.limits import MAX_SAVED_NAME_CHARS, MAX_SAVED_SEARCHES
from yizhan.store.models import SavedSearch
from yizhan.store.scope import Scope
from yizhan.store.text import storable


class NoRoomForSearch(BadInput):
    """So many are saved that one has to go first."""

    code = "no_room_for_search"


class NameTaken(BadInput):
    """Another saved search has this name."""

    code = "search_name_taken"


def list_all(scope: Scope) -> list[SavedSearch]:
    """By name."""
    return list(SavedSearch.objects.filter(workspace_id=scope.workspace_id).order_by("name", "pk"))


@lane.keeps
def save(scope: Scope, name: str, query: str) -> SavedSearch:
    """Keep the query under the name, in place of what had it.  Raises `BadInput` without a name, `NoRoomForSearch`."""
    mine, name = SavedSearch.objects.filter(workspace_id=scope.workspace_id), _clean(name)
    if not mine.filter(name=name).exists() and mine.count() >= MAX_SAVED_SEARCHES:
        raise NoRoomForSearch(f"{MAX_SAVED_SEARCHES} saved searches are the most")
    kept = {"query": storable(query, len(query))}
    row, _ = SavedSearch.objects.update_or_create(workspace_id=scope.workspace_id, name=name, defaults=kept)
    return row


@lane.keeps
def rename(scope: Scope, number: int, name: str) -> None:
    """Raises `NotFound`, `BadInput` without a name, `NameTaken`."""
    mine, name = SavedSearch.objects.filter(workspace_id=scope.workspace_id), _clean(name)
    if mine.filter(name=name).exclude(pk=number).exists():
        raise NameTaken("another saved search has this name")
    if not mine.filter(pk=number).update(name=name):
        raise NotFound("no such saved search")


@lane.keeps
def delete(scope: Scope, number: int) -> None:
    """Raises `NotFound`."""
    gone, _ = SavedSearch.objects.filter(workspace_id=scope.workspace_id, pk=number).delete()
    if not gone:
        raise NotFound("no such saved search")


def _clean(name: str) -> str:
    clean = " ".join(storable(name, MAX_SAVED_NAME_CHARS).split())
    if not clean:
        raise BadInput("a saved search needs a name")
    return clean
