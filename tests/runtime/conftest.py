"""A home on SQLite, as the tests of the store have it."""

import tests.store  # noqa: F401  (sets Django up)
from tests.store.conftest import open_sqlite, sqlite, sqlite_template

__all__ = ["open_sqlite", "sqlite", "sqlite_template"]
