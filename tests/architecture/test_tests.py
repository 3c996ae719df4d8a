"""Tests assert, do not branch, and put nothing false in the place of our own code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.exceptions import excused, unexcused
from tests.architecture.tree import REPOSITORY, Module, functions, imports, modules, plant

ASSERTING = {"raises", "warns", "fail"}
PLAYWRIGHT = "expect"  # fails when its wait is over; by its bare name, for a page's watch has one that allows
MOCKS = ("unittest.mock", "mock", "pytest_mock", "mocker")


def is_test(module: Module, name: str) -> bool:
    return Path(module.where).name.startswith("test_") and name.split(".")[-1].startswith("test_")


def silent(root: Path) -> Iterator[str]:
    """Tests that cannot fail but by accident."""
    for module in modules(root, "tests"):
        for name, node in functions(module):
            if is_test(module, name) and not any(_asserts(inner) for inner in ast.walk(node)):
                yield f"{module.where}::{name}: asserts nothing"


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        called = name.split(".")[-1]
        return (
            name == PLAYWRIGHT or called in ASSERTING or called.lstrip("_").startswith(("check_", "assert_", "expect_"))
        )
    return isinstance(node, ast.Assert)


def branching(root: Path) -> Iterator[str]:
    """Tests whose course depends on what they find: each half may never run."""
    for module in modules(root, "tests"):
        for name, node in functions(module):
            if is_test(module, name) and _branches(node):
                yield f"{module.where}::{name}: branches"


def _branches(node: ast.AST) -> bool:
    """In its own course; a function inside may be a worker or a server with a life of its own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.If | ast.Match | ast.IfExp) or (isinstance(child, ast.Try) and child.handlers):
            return True
        if _branches(child):
            return True
    return False


def mocking(root: Path) -> Iterator[str]:
    """Mock libraries, and our own names replaced while a test runs."""
    for module in modules(root, "tests"):
        for name, _ in imports(module):
            if name.startswith(MOCKS):
                yield f"{module.where}::{name}: nothing of ours is mocked"
        ours = {name.split(".")[-1] for name, _ in imports(module) if name.startswith("yizhan.")}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("monkeypatch.setattr", "monkeypatch.setitem"):
                replaced = ast.unparse(node.args[0])
                if replaced.strip("'\"").split(".")[0] in {*ours, "yizhan"}:
                    yield f"{module.where}::{replaced}: nothing of ours is mocked"


def test_every_test_asserts_something() -> None:
    assert list(silent(REPOSITORY)) == []


def test_no_test_branches() -> None:
    assert unexcused(branching(REPOSITORY), excused("branches")) == []


def test_nothing_of_ours_is_mocked() -> None:
    assert unexcused(mocking(REPOSITORY), excused("mocks")) == []


SOME_TESTS = """
def test_a():
    run()
def test_b():
    check_all()
async def test_c():
    with raises(E):
        run()
async def test_d():
    await expect(page).to_have_title("x")
async def test_e():
    pages.watch.expect("403")
"""


def test_a_silent_test_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {"tests/test_x.py": SOME_TESTS})
    found = ["tests/test_x.py::test_a: asserts nothing", "tests/test_x.py::test_e: asserts nothing"]
    assert list(silent(tmp_path)) == found


@pytest.mark.parametrize("body", ["if x: assert x", "assert (1 if x else 2)", "try: assert x\n    except E: pass"])
def test_a_branching_test_is_named(tmp_path: Path, body: str) -> None:
    plant(tmp_path, {"tests/test_x.py": f"def test_a():\n    {body}\n"})
    assert list(branching(tmp_path)) == ["tests/test_x.py::test_a: branches"]


def test_a_clean_up_and_a_worker_inside_are_no_branches(tmp_path: Path) -> None:
    worker = (
        "def test_a():\n    def work():\n        if x: return 1\n    try:\n        assert work()\n    finally: stop()\n"
    )
    plant(tmp_path, {"tests/test_x.py": worker})
    assert list(branching(tmp_path)) == []


def test_a_mock_is_named(tmp_path: Path) -> None:
    ours = "from yizhan.net import tls\ndef test_a(monkeypatch):\n    monkeypatch.setattr(tls, 'context', 1)\n"
    plant(tmp_path, {"tests/test_x.py": ours, "tests/test_y.py": "from unittest.mock import Mock\n"})
    assert list(mocking(tmp_path)) == [
        "tests/test_x.py::tls: nothing of ours is mocked",
        "tests/test_y.py::unittest.mock.Mock: nothing of ours is mocked",
    ]


def test_replacing_what_is_not_ours_is_let_be(tmp_path: Path) -> None:
    plant(tmp_path, {"tests/test_x.py": "def test_a(monkeypatch):\n    monkeypatch.setattr(sys, 'argv', [])\n"})
    assert list(mocking(tmp_path)) == []
