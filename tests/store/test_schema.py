from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.store.conftest import Opener
from tests.store.databases import Home

# The same column under the names that the two databases give it back by.
ALIASES = {
    "BigAutoField": "BigIntegerField",
    "AutoField": "BigIntegerField",
    "IntegerField": "BigIntegerField",  # SQLite knows one integer
    "SmallIntegerField": "BigIntegerField",
    "PositiveIntegerField": "BigIntegerField",
    "GenericIPAddressField": "CharField",  # PostgreSQL's inet; SQLite's char
}
SEARCH = ("store_search", "vector")  # the index, which each database has in its own form
CHECKS = ("_colour",)  # ours; the databases make some of their own for JSON and for positive numbers


def columns(cursor: Any, table: str) -> dict[str, tuple[str, bool]]:
    described = connection.introspection.get_table_description(cursor, table)
    described = [each for each in described if each.name not in SEARCH]  # Django has no name for a tsvector
    kinds = {each.name: connection.introspection.get_field_type(each.type_code, each) for each in described}
    kinds = {name: kind if isinstance(kind, str) else kind[0] for name, kind in kinds.items()}
    return {each.name: (ALIASES.get(kinds[each.name], kinds[each.name]), each.null_ok) for each in described}


def constraints(cursor: Any, table: str) -> dict[str, set[Any]]:
    """What binds and what indexes which columns; names, but for checks', are each database's own affair."""
    found = connection.introspection.get_constraints(cursor, table)
    # PostgreSQL gets a second index for LIKE on texts, since its first one is in the order of a language.
    rows = [each for name, each in found.items() if not each["check"] and not name.endswith("_like")]
    rows = [each for each in rows if not set(SEARCH) & set(each["columns"])]
    return {
        "primary": {tuple(each["columns"]) for each in rows if each["primary_key"]},
        "unique": {tuple(each["columns"]) for each in rows if each["unique"] and not each["primary_key"]},
        "foreign": {(*each["columns"], *each["foreign_key"]) for each in rows if each["foreign_key"]},
        "index": {(*each["columns"], *each["orders"]) for each in rows if each["index"] and not each["unique"]},
        "check": {name for name in found if name.startswith("store_") and name.endswith(CHECKS)},
    }


def schema() -> dict[str, Any]:
    with connection.cursor() as cursor:
        tables = [each for each in connection.introspection.table_names(cursor) if not each.startswith("store_search_")]
        tables = [each for each in tables if each not in SEARCH]
        return {table: (columns(cursor, table), constraints(cursor, table)) for table in tables}


@pytest.fixture
def both(tmp_path: Path, open_sqlite: Opener, open_postgresql: Opener) -> tuple[dict[str, Any], dict[str, Any]]:
    found = []
    for name, opener in (("s", open_sqlite), ("p", open_postgresql)):
        (tmp_path / name).mkdir()
        with opener(tmp_path / name):
            found.append(schema())
    return found[0], found[1]


def test_both_databases_end_with_the_same_schema(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    sqlite, postgresql = both
    assert sqlite.keys() == postgresql.keys()
    assert "auth_group" in sqlite
    for table in sqlite:
        assert sqlite[table] == postgresql[table], table


def test_the_migrations_make_what_the_models_say(home: Home) -> None:
    said = StringIO()
    call_command("makemigrations", "store", dry_run=True, skip_checks=True, stdout=said)
    assert "No changes detected" in said.getvalue()
