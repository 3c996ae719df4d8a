"""Who may touch what, where import-linter cannot see it (it knows packages, not `django.db` inside `django`)."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.exceptions import excused, unexcused
from tests.architecture.tree import REPOSITORY, Module, imports, plant, source


@dataclass(frozen=True, slots=True)
class Reach:
    """These names are for these modules only."""

    names: tuple[str, ...]
    only: tuple[str, ...]


REACHES = (
    # The database.
    Reach(("django.db",), ("yizhan.store",)),
    Reach(("django.contrib.auth.get_user_model", "django.contrib.auth.models"), ("yizhan.store",)),
    # Above the store a row is a value with a type; asking for rows is the store's.
    Reach(("yizhan.store.models",), ("yizhan.store", "yizhan.services", "yizhan.runtime")),
    # The network, in the guises that the sockets contract does not name.
    Reach(("http.client", "urllib.request", "http.server"), ("yizhan.net", "yizhan.sandbox")),
)
ASKING = {"objects", "_default_manager", "_base_manager", "refresh_from_db", "arefresh_from_db", "select_for_update"}
# asyncio's ways to a socket, as attributes, for `asyncio` itself is everybody's.
STREAMS = {
    "open_connection",
    "open_unix_connection",
    "start_server",
    "start_unix_server",
    "StreamReader",
    "StreamWriter",
    "create_connection",
    "create_server",
    "create_datagram_endpoint",
    "sock_connect",
    "getaddrinfo",
}
STREAM_FLOORS = ("yizhan.net", "yizhan.sandbox")
# Whoever makes a dialer decides by which way a connection leaves.
DIALER_MAKERS = ("yizhan.net", "yizhan.sandbox", "yizhan.services.egress", "yizhan.runtime")


def overreaching(root: Path) -> Iterator[str]:
    """Modules that name what is not for them."""
    for module in source(root):
        for name, _ in imports(module):
            for reach in REACHES:
                if _below(name, reach.names) and not _below(module.name, reach.only):
                    yield f"{module.where}::{name}: only for {' and '.join(reach.only)}"
        if not _below(module.name, ("yizhan.store",)):
            yield from (f"{module.where}::{name}: only the store asks for rows" for name in _attributes(module, ASKING))
        if not _below(module.name, STREAM_FLOORS):
            yield from (f"{module.where}::{name}: sockets only in net and sandbox" for name in _streams(module))
        if not _below(module.name, DIALER_MAKERS):
            yield from (f"{module.where}::{name}: dialers are made by egress and runtime" for name in _dialers(module))


def _below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def _attributes(module: Module, names: set[str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield ast.unparse(node)


def _streams(module: Module) -> Iterator[str]:
    yield from _attributes(module, STREAMS)
    yield from (name for name, _ in imports(module) if name.startswith("asyncio.") and name.split(".")[-1] in STREAMS)


def _dialers(module: Module) -> Iterator[str]:
    """Calls of a concrete dialer's class; the protocol `Dialer` itself may be named by all."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if name.endswith("Dialer") and name != "Dialer":
                yield name


def test_nobody_reaches_past_their_floor() -> None:
    assert unexcused(overreaching(REPOSITORY), excused("reach")) == []


@pytest.mark.parametrize(
    ("where", "text", "found"),
    [
        ("services/outbox/a.py", "from django.db import transaction", "django.db.transaction"),
        ("web/a.py", "from django.contrib.auth import get_user_model", "django.contrib.auth.get_user_model"),
        ("web/a.py", "from yizhan.store.models import Account", "yizhan.store.models.Account"),
        ("services/sync/a.py", "x = Account.objects.get(id=1)", "Account.objects: only the store"),
        ("services/accounts/a.py", "import urllib.request", "urllib.request"),
        ("runtime/a.py", "import asyncio\nasync def f():\n    await asyncio.open_connection('a', 1)", "asyncio.open_"),
        ("providers/a.py", "from asyncio import start_server", "asyncio.start_server"),
        ("services/accounts/a.py", "x = DirectDialer(resolver, policy, 10)", "DirectDialer"),
    ],
)
def test_an_overreach_is_named(tmp_path: Path, where: str, text: str, found: str) -> None:
    [line] = overreaching(plant(tmp_path, {f"src/yizhan/{where}": text}))
    assert line.startswith(f"src/yizhan/{where}::{found}")


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("store/accounts.py", "from django.db import transaction"),
        ("store/models/account.py", "from yizhan.store.models.user import User"),
        ("net/streams.py", "import asyncio\nx = asyncio.open_connection"),
        ("services/egress/dialers.py", "x = DirectDialer(1)"),
        ("providers/probe.py", "from yizhan.net.dialers import Dialer\ndef f(dialer: Dialer): ..."),
    ],
)
def test_what_is_for_a_floor_is_left_to_it(tmp_path: Path, where: str, text: str) -> None:
    assert list(overreaching(plant(tmp_path, {f"src/yizhan/{where}": text}))) == []
