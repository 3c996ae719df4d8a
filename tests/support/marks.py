"""Marks that follow from the fixtures a test asks for, so that nobody has to remember them (a pytest plugin)."""

import os

import pytest

NEEDS = {
    "root": {"mailhost", "postfix"},
    "real": {"mailhost", "postfix", "dovecot"},
    "browser": {"browser", "pages", "page"},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for mark in (mark for mark, fixtures in NEEDS.items() if fixtures & asked):
            item.add_marker(mark)
        if item.get_closest_marker("browser"):
            # One browser a worker lives on one event loop, so its tests run there too.
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root: a private Postfix gives each part to another user"))
