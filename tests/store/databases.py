"""A home of its own for each test, on SQLite and on PostgreSQL: migrated once a session, copied for each use."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings

from tests.support.postgres import Cluster
from yizhan.runtime.environment import Environment, read_environment


@dataclass(frozen=True, slots=True)
class Home:
    """One test's data folder and database.  `variables` start another process on the same."""

    path: Path
    vendor: str
    variables: dict[str, str]


def migrate(variables: dict[str, str]) -> None:
    """Make the schema in the database that these variables name."""
    with using(variables):
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


@contextmanager
def using(variables: dict[str, str]) -> Iterator[Environment]:
    """Django looks at this home and database, in every thread, until the block ends."""
    environment = read_environment(variables)
    before = connections.settings
    connections.close_all()
    _forget_connections()
    connections.settings = connections.configure_settings(environment.databases())
    try:
        with override_settings(ENVIRONMENT=environment):
            yield environment
    finally:
        connections.close_all()
        _forget_connections()
        connections.settings = before


def _forget_connections() -> None:
    for alias in list(connections.settings):
        if hasattr(connections._connections, alias):
            delattr(connections._connections, alias)


@contextmanager
def sqlite_home(path: Path, template: Path) -> Iterator[Home]:
    """A new home at `path` whose database is a copy of the one at `template`."""
    shutil.copy(template / "yizhan.sqlite3", path / "yizhan.sqlite3")
    variables = {"YIZHAN_HOME": str(path)}
    with using(variables):
        yield Home(path, "sqlite", variables)


@contextmanager
def postgres_home(path: Path, cluster: Cluster, template: str) -> Iterator[Home]:
    """A new home at `path` with a database that is a copy of `template`."""
    database = cluster.create_database(template)
    variables = {"YIZHAN_HOME": str(path), "YIZHAN_DATABASE_URL": cluster.url(database)}
    try:
        with using(variables):
            yield Home(path, "postgresql", variables)
    finally:
        cluster.drop_database(database)
