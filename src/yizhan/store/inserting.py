"""Many new rows at once, without what the ORM costs for each field: some 10 µs a row in place of 100.

Numbers are taken first, so that rows may name one another before any of them is written.  On SQLite a hundred rows are
one statement: each statement lets go of Python's lock, and a busy thread gives it back only after a while.  On
PostgreSQL each column is one array.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import BooleanField, DateTimeField, Field, JSONField, Model

from yizhan.store.limits import ROWS_A_STATEMENT
from yizhan.store.text import Written


def take_numbers(model: type[Model], count: int) -> Sequence[int]:
    """Primary keys that nothing has and nothing else will get; inside the transaction that inserts the rows."""
    if not connection.in_atomic_block:
        raise RuntimeError("numbers are taken in the transaction that uses them")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            drawn = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(drawn, [table, model._meta.pk.column, count])
            return [number for (number,) in cursor.fetchall()]
        # AUTOINCREMENT keeps the highest number that a table has ever had; a transaction that writes is alone.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = next(iter(cursor.fetchall()), (0,))[0]
        return range(last + 1, last + 1 + count)


def insert(
    model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, unless_there: bool = False
) -> None:
    """Write these new rows: values of the columns that are named (as attributes of the model), in that order.

    `unless_there`: a row that breaks a uniqueness is left out.  Nothing is read back.
    """
    if not rows:
        return
    plan = _plan_of(model, tuple(names), unless_there, connection.vendor)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*rows, strict=True)]
            for at, turn in plan.turned:
                columns[at] = [turn(value) for value in columns[at]]
            cursor.execute(plan.sql(len(rows)), columns)
            return
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            piece = rows[start : start + ROWS_A_STATEMENT]
            values = list(chain.from_iterable(piece))
            for at, turn in plan.turned:
                values[at :: len(names)] = map(turn, values[at :: len(names)])
            cursor.execute(plan.sql(len(piece)), values)


class _Plan:
    """How rows of a model are written by one database; `turned` columns have values that the driver does not take."""

    def __init__(self, model: type[Model], names: Sequence[str], unless_there: bool, vendor: str) -> None:
        by_name = {each.attname: each for each in model._meta.concrete_fields}
        fields = [by_name[name] for name in names]
        self.turned = [(at, turn) for at, each in enumerate(fields) if (turn := _turn_of(each, vendor)) is not None]
        self._types = [(str(each.db_type(connection)), isinstance(each, JSONField)) for each in fields]
        quote = connection.ops.quote_name  # names of our own models: nothing from outside is in the statement's text
        self._head = (
            f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(str(each.column)) for each in fields)}) "
        )
        self._tail = " ON CONFLICT DO NOTHING" if unless_there else ""
        self._arrays = vendor == "postgresql"
        self._made: dict[int, str] = {}

    def sql(self, count: int) -> str:
        """The statement for so many rows."""
        count = 0 if self._arrays else count
        if count not in self._made:
            self._made[count] = self._sql(count)
        return self._made[count]

    def _sql(self, count: int) -> str:
        if self._arrays:
            # A list of texts becomes a list of documents as each text is read.
            arrays = [f"%s::text[]::{kind}[]" if is_json else f"%s::{kind}[]" for kind, is_json in self._types]
            return f"{self._head}SELECT * FROM unnest({', '.join(arrays)}){self._tail}"  # noqa: S608 - as above
        row = f"({', '.join(['%s'] * len(self._types))})"
        return f"{self._head}VALUES {', '.join([row] * count)}{self._tail}"


@lru_cache(maxsize=64)
def _plan_of(model: type[Model], names: tuple[str, ...], unless_there: bool, vendor: str) -> _Plan:
    return _Plan(model, names, unless_there, vendor)


def _turn_of(field: "Field[Any, Any]", vendor: str) -> Callable[[Any], Any] | None:
    """What a value of this field goes through; None where the driver takes it as it is."""
    if isinstance(field, JSONField):
        return _written_json
    if vendor == "sqlite" and isinstance(field, BooleanField):
        return int  # which the driver binds without asking for an adapter
    return _written_instant if isinstance(field, DateTimeField) and vendor == "sqlite" else None


def _written_json(value: Any) -> str:
    return value.json if isinstance(value, Written) else json.dumps(value)


def _written_instant(value: datetime | None) -> str | None:
    """As Django writes it for SQLite."""
    if value is None:
        return None
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ")[:-6]  # without "+00:00"
