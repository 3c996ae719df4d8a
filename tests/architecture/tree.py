"""The repository as the laws see it: files, and Python modules as syntax trees."""

import ast
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_NOT_OURS = {".git", ".venv", ".tools", ".run", "__pycache__", "node_modules", "build", "dist"}


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file."""

    path: Path
    where: str  # relative to the repository, with slashes
    tree: ast.Module

    @property
    def name(self) -> str:
        """As it is imported, `yizhan.net.tls`."""
        parts = Path(self.where).with_suffix("").parts
        return ".".join(part for part in (parts[1:] if parts[0] == "src" else parts) if part != "__init__")

    @property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())


def files(root: Path) -> Iterator[Path]:
    """Every file of ours, in order; nothing that a tool made."""
    for folder, names, here in os.walk(root):
        hidden = {name for name in names if name.startswith(".") and name != ".ci"}
        names[:] = sorted(set(names) - _NOT_OURS - hidden)
        yield from (Path(folder) / name for name in sorted(here) if name not in _NOT_OURS)


def modules(root: Path, *tops: str) -> list[Module]:
    """The Python modules below these folders of `root`."""
    return [
        Module(path, path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for top in tops
        for path in files(root / top)
        if path.suffix == ".py"
    ]


def source(root: Path) -> list[Module]:
    """The modules of `src/yizhan`, without migrations, which a program writes."""
    return [module for module in modules(root, "src/yizhan") if "/migrations/" not in module.where]


def functions(module: Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Each function with its dotted name inside the module, nested ones too."""
    yield from _functions(module.tree, "")


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        inner = f"{prefix}{child.name}." if isinstance(child, ast.ClassDef | ast.FunctionDef) else prefix
        yield from _functions(child, inner)


def classes(module: Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def imports(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every imported thing by its full name (`django.db.models`), with the statement."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def plant(root: Path, texts: Mapping[str, str]) -> Path:
    """A made-up tree with these files; gives `root`."""
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
