"""Queries under a name, on both databases."""

import pytest

from yizhan.base.errors import BadInput, NotFound
from yizhan.store import savedsearches
from yizhan.store.limits import MAX_SAVED_NAME_CHARS, MAX_SAVED_SEARCHES
from yizhan.store.models import SavedSearch
from yizhan.store.savedsearches import NameTaken, NoRoomForSearch
from yizhan.store.scope import Scope


def held(scope: Scope) -> list[tuple[str, str]]:
    return [(row.name, row.query) for row in savedsearches.list_all(scope)]


def test_a_search_is_kept_under_its_name_and_a_second_of_the_name_takes_its_place(scope: Scope) -> None:
    savedsearches.save(scope, "  报价   2026 ", "报价单 after:2026")
    savedsearches.save(scope, "Ann", "from:anna")
    savedsearches.save(scope, "报价 2026", "报价单 after:2026 is:unread")
    assert held(scope) == [("Ann", "from:anna"), ("报价 2026", "报价单 after:2026 is:unread")]


def test_a_search_is_renamed_but_not_to_a_name_that_another_has(scope: Scope) -> None:
    row = savedsearches.save(scope, "a", "price")
    savedsearches.save(scope, "b", "цена")
    with pytest.raises(NameTaken):
        savedsearches.rename(scope, row.pk, "b")
    savedsearches.rename(scope, row.pk, "a")
    savedsearches.rename(scope, row.pk, "c")
    assert held(scope) == [("b", "цена"), ("c", "price")]


@pytest.mark.parametrize("name", ["", " \t\n "])
def test_a_search_without_a_name_is_refused(scope: Scope, name: str) -> None:
    with pytest.raises(BadInput):
        savedsearches.save(scope, name, "price")


def test_names_and_words_from_outside_are_made_fit(scope: Scope) -> None:
    savedsearches.save(scope, "n\x00" + "x" * 1_000, "a\x00\ud800")
    [(name, query)] = held(scope)
    assert (len(name), query) == (MAX_SAVED_NAME_CHARS, "a\ufffd\ufffd")


def test_there_is_room_for_so_many_and_one_more_only_when_one_has_gone(scope: Scope) -> None:
    made = [
        SavedSearch(workspace_id=scope.workspace_id, name=str(number), query="x")
        for number in range(MAX_SAVED_SEARCHES)
    ]
    SavedSearch.objects.bulk_create(made)
    with pytest.raises(NoRoomForSearch):
        savedsearches.save(scope, "new", "price")
    savedsearches.save(scope, "0", "price")
    savedsearches.delete(scope, savedsearches.list_all(scope)[0].pk)
    savedsearches.save(scope, "new", "price")
    assert len(held(scope)) == MAX_SAVED_SEARCHES


def test_nobody_touches_the_searches_of_another_workspace(scope: Scope) -> None:
    row = savedsearches.save(scope, "a", "price")
    other = Scope(type(scope.workspace_id)(scope.workspace_id + 1))
    assert held(other) == []
    with pytest.raises(NotFound):
        savedsearches.delete(other, row.pk)
    with pytest.raises(NotFound):
        savedsearches.rename(other, row.pk, "b")
    assert held(scope) == [("a", "price")]
