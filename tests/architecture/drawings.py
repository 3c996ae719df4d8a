"""The drawings of the lives in `docs/how-it-works/lives.md`, made from the tables in the code (`make docs`).

A module that has a life exposes `TRANSITIONS` ((state, signal) to state), `INITIAL`, `FINAL` and `step`.
"""

import ast
import importlib
import os
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import django
from django.apps import apps

from tests.architecture.tree import REPOSITORY, Module, source

PAGE = Path("docs/how-it-works/lives.md")


def lives(root: Path) -> list[Module]:
    """Modules with a table of states."""
    return [module for module in source(root) if "TRANSITIONS" in _bound(module.tree)]


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def load(name: str) -> ModuleType:
    """A module of ours, with Django ready, for some of them name the store."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yizhan.runtime.web_settings")
    if not apps.ready:
        django.setup()
    return importlib.import_module(name)


def draw(life: ModuleType) -> str:
    """The table as a Mermaid state diagram, one arrow a pair of states."""
    arrows: dict[tuple[Enum, Enum], list[str]] = {}
    for (state, signal), after in life.TRANSITIONS.items():
        arrows.setdefault((state, after), []).append(signal.value)
    lines = [f"    {state.value} --> {after.value}: {', '.join(names)}" for (state, after), names in arrows.items()]
    ends = [f"    {state.value} --> [*]" for state in type(life.INITIAL) if state in life.FINAL]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {life.INITIAL.value}", *lines, *ends, "```"])


def put(page: str, name: str, drawing: str) -> str:
    """The page with this drawing between its markers; a life that it lacks is added at the end."""
    start, end = f"<!-- drawn from {name} -->", "<!-- end -->"
    block = f"{start}\n{drawing}\n{end}"
    if start not in page:
        return f"{page.rstrip()}\n\n{block}\n"
    return re.sub(rf"{re.escape(start)}.*?{re.escape(end)}", lambda _: block, page, count=1, flags=re.DOTALL)


def drawn(root: Path) -> str:
    """The page as it should be."""
    page = (root / PAGE).read_text(encoding="utf-8")
    for module in lives(root):
        page = put(page, module.name, draw(load(module.name)))
    return page


if __name__ == "__main__":
    (REPOSITORY / PAGE).write_text(drawn(REPOSITORY), encoding="utf-8")
