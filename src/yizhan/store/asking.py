"""Statements in SQL as the database gets them, for what every batch of mail asks and says.

Django takes 200 µs to put a question into words and SQLite 10 to answer it; a new message asks a dozen, and stands in
the list a moment after the server announced it.  Everything that is asked less often is asked through Django.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection


def ask(sql: str, params: Sequence[Any], among: Collection[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows; values as the driver gives them, so ask for numbers and texts only.

    `IN AMONG`, after the last place for one of `params`, stands for `among`, of which there is one at least.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("AMONG", _marks(len(among))), [*params, *among])
        return list(cursor.fetchall())


def say(sql: str, params: Sequence[Any]) -> None:
    """Carry out one change."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@lru_cache(maxsize=1024)
def _marks(count: int) -> str:
    return f"({', '.join(['%s'] * count)})"


def locked(table: str = "") -> str:
    """What ends a SELECT whose rows are ours until the transaction ends; on SQLite the lane sees to it."""
    if connection.vendor != "postgresql":
        return ""
    return f" FOR NO KEY UPDATE OF {table}" if table else " FOR NO KEY UPDATE"
