"""The store's own fixtures: an empty home on each database."""

from tests.store.conftest import (
    cluster,
    home,
    open_postgresql,
    open_sqlite,
    postgres_template,
    scope,
    sqlite,
    sqlite_template,
)

__all__ = [
    "cluster",
    "home",
    "open_postgresql",
    "open_sqlite",
    "postgres_template",
    "scope",
    "sqlite",
    "sqlite_template",
]
