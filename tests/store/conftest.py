"""The store on both databases."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.store.databases import Home, migrate, postgres_home, sqlite_home
from tests.support.postgres import Cluster, running_cluster
from yizhan.store.checks import inconsistencies
from yizhan.store.scope import Scope, scope_of_home

Opener = Callable[[Path], AbstractContextManager[Home]]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template")
    migrate({"YIZHAN_HOME": str(path)})
    return path


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = cluster.create_database()
    path = tmp_path_factory.mktemp("template")
    migrate({"YIZHAN_HOME": str(path), "YIZHAN_DATABASE_URL": cluster.url(name)})
    return name


@pytest.fixture
def open_sqlite(sqlite_template: Path) -> Opener:
    return partial(sqlite_home, template=sqlite_template)


@pytest.fixture
def open_postgresql(cluster: Cluster, postgres_template: str) -> Opener:
    return partial(postgres_home, cluster=cluster, template=postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """An empty home on each database; what a test leaves there must be consistent."""
    opener: Opener = request.getfixturevalue(f"open_{request.param}")
    with opener(tmp_path) as opened:
        yield opened
        assert inconsistencies() == []


@pytest.fixture
def sqlite(tmp_path: Path, open_sqlite: Opener) -> Iterator[Home]:
    """An empty home on SQLite, for what only SQLite has."""
    with open_sqlite(tmp_path) as opened:
        yield opened
        assert inconsistencies() == []


@pytest.fixture
def postgresql(tmp_path: Path, open_postgresql: Opener) -> Iterator[Home]:
    """An empty home on PostgreSQL, for what only PostgreSQL has."""
    with open_postgresql(tmp_path) as opened:
        yield opened
        assert inconsistencies() == []


@pytest.fixture
def scope(home: Home) -> Scope:
    return scope_of_home()
