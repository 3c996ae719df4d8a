"""Every setting, error code, cause, command and route stands in the reference, and the reference names no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main
from django.urls import URLPattern, URLResolver, path

from tests.architecture.drawings import load
from tests.architecture.tree import REPOSITORY, Module, classes, plant, source

REFERENCE = Path("docs/reference")
SETTING = re.compile(r"\bYIZHAN_[A-Z_]*[A-Z]\b")
INTERNAL = {"YIZHAN_PARENT_PIPE"}  # a process of ours tells its child


def settings(root: Path) -> dict[str, str]:
    """Each environment variable that the code names, with the module."""
    return {
        name: module.where
        for module in source(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in SETTING.findall(node.value)
        if name not in INTERNAL
    }


def error_codes(root: Path) -> list[tuple[str, str]]:
    """Each `code = "..."` of an error class, with the class."""
    return [
        (code, f"{module.where}::{node.name}")
        for module in source(root)
        for node in classes(module)
        if (code := _code(node)) is not None
    ]


def _code(node: ast.ClassDef) -> str | None:
    if not node.bases:
        return None
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and target.id == "code" and isinstance(value, ast.Constant):
            return str(value.value)
    return None


def causes(root: Path) -> dict[str, str]:
    """Each value of the enum `Cause`; a refused command's `code` is one of them."""
    return {
        str(statement.value.value): module.where
        for module in source(root)
        for node in classes(module)
        if node.name == "Cause"
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
    }


def commands(app: typer.Typer) -> Iterator[str]:
    """Each command with its path, `yizhan accounts add`."""
    yield from _commands(typer.main.get_command(app), "yizhan")


def _commands(command: Any, spoken: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield spoken
        return
    for name, child in inner.items():
        yield from () if child.hidden else _commands(child, f"{spoken} {name}")


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Each address that a page or the API of ours answers; other people's applications by their prefix."""
    for pattern in patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield address
        elif _is_ours(pattern):
            yield from routes(pattern.url_patterns, address)
        else:
            yield address


def _is_ours(resolver: URLResolver) -> bool:
    name = getattr(resolver.urlconf_name, "__name__", resolver.urlconf_name)
    return isinstance(name, list) or str(name).startswith("yizhan.")


def absent(names: Iterator[str] | dict[str, str], page: Path) -> list[str]:
    """Names that do not stand on the page in code quotes."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    quoted = set(re.findall(r"`([^`\n]+)`", text))
    return [name for name in names if not any(name == words or words.startswith(f"{name} ") for words in quoted)]


def test_every_setting_stands_in_the_reference() -> None:
    assert absent(settings(REPOSITORY), REPOSITORY / REFERENCE / "settings.md") == []


def test_the_reference_names_no_setting_that_is_not_read() -> None:
    page = REPOSITORY / REFERENCE / "settings.md"
    assert set(SETTING.findall(page.read_text(encoding="utf-8"))) - set(settings(REPOSITORY)) == set()


def test_every_error_code_stands_in_the_reference() -> None:
    codes = dict(error_codes(REPOSITORY)) | causes(REPOSITORY)
    assert absent(codes, REPOSITORY / REFERENCE / "errors.md") == []


def test_no_two_errors_share_a_code() -> None:
    codes = [code for code, _ in error_codes(REPOSITORY)]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def find_module(name: str) -> list[Module]:
    """The module if its floor has it; a list, so that a test need not branch."""
    return [module for module in source(REPOSITORY) if module.name == name]


def test_every_command_stands_in_the_reference() -> None:
    page = REPOSITORY / REFERENCE / "commands.md"
    named = [spoken for module in find_module("yizhan.cli.app") for spoken in commands(load(module.name).make_app())]
    assert absent(dict.fromkeys(named, ""), page) == []


def test_every_route_stands_in_the_reference() -> None:
    page = REPOSITORY / REFERENCE / "routes.md"
    found = [route for module in find_module("yizhan.web.urls") for route in routes(load(module.name).urlpatterns)]
    assert absent(dict.fromkeys(found, ""), page) == []


CODE = """
import os
HOME = os.environ.get("YIZHAN_HOME") or "set YIZHAN_LANG"
class YizhanError(Exception):
    code: ClassVar[str] = "error"
class Gone(YizhanError):
    code = "gone"
class Record:
    code = "no error"
class Cause(StrEnum):
    TIMEOUT = "timeout"
"""


def test_settings_codes_and_causes_are_found(tmp_path: Path) -> None:
    plant(tmp_path, {"src/yizhan/base/a.py": CODE})
    assert set(settings(tmp_path)) == {"YIZHAN_HOME", "YIZHAN_LANG"}
    assert [code for code, _ in error_codes(tmp_path)] == ["error", "gone"]
    assert list(causes(tmp_path)) == ["timeout"]


def test_commands_are_found_with_their_path() -> None:
    app, accounts = typer.Typer(), typer.Typer()
    accounts.command("add")(lambda: None)
    accounts.command("hide-me", hidden=True)(lambda: None)
    app.command("rotate-key")(lambda: None)
    app.add_typer(accounts, name="accounts")
    assert sorted(commands(app)) == ["yizhan accounts add", "yizhan rotate-key"]


def test_routes_are_found_with_their_path() -> None:
    inner = path("accounts/", ([path("<int:number>/", print)], None, None))
    assert list(routes([path("", print), inner])) == ["/", "/accounts/<int:number>/"]


def test_what_the_reference_lacks_is_named(tmp_path: Path) -> None:
    page = tmp_path / "commands.md"
    names = {"yizhan serve": "", "yizhan accounts add": "", "yizhan accounts": ""}
    assert absent(names, page) == list(names)
    page.write_text("`yizhan accounts add ADDRESS` binds; yizhan serve serves")
    assert absent(names, page) == ["yizhan serve"]
