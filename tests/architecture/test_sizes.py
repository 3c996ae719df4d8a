"""Small modules, small functions, every import at the top."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.exceptions import excused, unexcused
from tests.architecture.tree import REPOSITORY, functions, modules, plant, source

MODULE_LINES = 500
FUNCTION_LINES = 50


def oversized(root: Path) -> Iterator[str]:
    """Modules and functions past the hard stop."""
    for module in [*source(root), *modules(root, "tests", "bench")]:
        if module.lines > MODULE_LINES:
            yield f"{module.where}: {module.lines} lines, {MODULE_LINES} at most"
        for name, node in functions(module):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module.where}::{name}: {lines} lines, {FUNCTION_LINES} at most"


def hidden_imports(root: Path) -> Iterator[str]:
    """Functions that import: a reader of the first lines would not know what the module needs."""
    for module in [*source(root), *modules(root, "tests", "bench")]:
        for name, node in functions(module):
            if any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node)):
                yield f"{module.where}::{name}: an import is hidden in a function"


def test_no_module_and_no_function_is_too_long() -> None:
    assert unexcused(oversized(REPOSITORY), excused("sizes")) == []


def test_no_import_is_hidden_in_a_function() -> None:
    assert unexcused(hidden_imports(REPOSITORY), excused("hidden_imports")) == []


def test_what_is_too_long_is_named(tmp_path: Path) -> None:
    long = "class A:\n    def b(self):\n" + "        1\n" * 50
    plant(
        tmp_path, {"src/yizhan/net/a.py": long, "src/yizhan/net/b.py": "x = 1\n" * 501, "tests/c.py": "x = 1\n" * 500}
    )
    assert list(oversized(tmp_path)) == [
        "src/yizhan/net/a.py::A.b: 51 lines, 50 at most",
        "src/yizhan/net/b.py: 501 lines, 500 at most",
    ]


def test_a_hidden_import_is_named_and_a_written_migration_is_not_judged(tmp_path: Path) -> None:
    hidden = "def f():\n    import os\n"
    plant(tmp_path, {"src/yizhan/base/a.py": hidden, "src/yizhan/store/migrations/0001_a.py": hidden})
    assert list(hidden_imports(tmp_path)) == ["src/yizhan/base/a.py::f: an import is hidden in a function"]


def test_an_exception_excuses_only_while_it_is_needed() -> None:
    allowed = {"a.py": "a table, one row a line", "b.py": "was long once upon a time", "c.py": "why"}
    assert unexcused(["a.py: 501 lines", "c.py: 502 lines", "d.py: 503 lines"], allowed) == [
        "d.py: 503 lines",
        "b.py: the exception is no longer needed",
        "c.py: the exception has no reason",
    ]
