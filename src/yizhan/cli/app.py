"""The commands by name; only the one that is asked for is loaded.

A new command is one line in `COMMANDS`: how it is spoken, the function (or the group of functions) that carries it
out, and an example.  `home` False: it needs no data folder, or prepares it by itself.
"""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from yizhan.cli.context import Run
from yizhan.cli.output import USAGE, Output, UsageWrong


@dataclass(frozen=True, slots=True)
class Command:
    """`where` is `module:name`; a group (`typer.Typer`) brings its own examples."""

    spoken: str
    where: str
    example: str = ""
    home: bool = True


COMMANDS = (
    Command("serve", "yizhan.cli.serving:serve", "serve --port 8025", home=False),
    Command("web", "yizhan.cli.serving:web", "web --host 0.0.0.0", home=False),
    Command("engine", "yizhan.cli.engine:engine", "engine", home=False),
    Command(
        "accounts add",
        "yizhan.cli.binding:add",
        "accounts add li@example.com --secret-file - --imap imap.example.com:993/tls",
    ),
    Command("accounts list", "yizhan.cli.accounts:list_all", "accounts list --json"),
    Command("accounts show", "yizhan.cli.accounts:show", "accounts show li@example.com"),
    Command("accounts check", "yizhan.cli.binding:check", "accounts check li@example.com"),
    Command("accounts edit", "yizhan.cli.binding:edit", "accounts edit li@example.com --secret-file new.txt"),
    Command("accounts pause", "yizhan.cli.accounts:pause", "accounts pause li@example.com"),
    Command("accounts resume", "yizhan.cli.binding:resume", "accounts resume li@example.com"),
    Command("accounts import", "yizhan.cli.binding:import_file", "accounts import list.csv --report failed.csv"),
    Command("accounts export", "yizhan.cli.accounts:export", "accounts export list.csv"),
    Command("accounts delete", "yizhan.cli.accounts:delete", "accounts delete li@example.com --yes"),
    Command("doctor", "yizhan.cli.binding:doctor", "doctor li@example.com"),
    Command("providers match", "yizhan.cli.providers:match", "providers match li@mail.ru"),
    Command("providers list", "yizhan.cli.providers:list_all", "providers list --json"),
    Command("messages", "yizhan.cli.acting:messages"),
    Command("mailboxes", "yizhan.cli.mailboxes:mailboxes"),
    Command("search", "yizhan.cli.search:search", "search 'from:anna 报价单 -is:read' --limit 20"),
    Command("send", "yizhan.cli.send:send", "send --from li@example.com --to anna@example.org --subject Hi --wait"),
    Command("outbox", "yizhan.cli.outbox:outbox"),
    Command("identities", "yizhan.cli.identities:identities"),
    Command("suppressions", "yizhan.cli.suppressions:suppressions"),
    Command("sync", "yizhan.cli.sync:sync", "sync li@example.com --once"),
    Command("verify", "yizhan.cli.verify:verify", "verify li@example.com --repair"),
    Command("diagnose", "yizhan.cli.diagnose:diagnose", "diagnose < refusals.jsonl", home=False),
    Command("people password", "yizhan.cli.people:password", "people password --password-file -"),
    Command("rotate-key", "yizhan.cli.vault:rotate_key", "rotate-key"),
)
GROUPS = {
    "accounts": "Bind accounts and look after them.",
    "people": "Those who sign in.",
    "providers": "What Yizhan knows of providers, and what a domain tells.",
}


# How `yizhan --help` gathers them, by the first word.
PANELS = {
    **dict.fromkeys(("serve", "web", "engine"), "Run it"),
    **dict.fromkeys(("accounts", "doctor", "sync", "verify", "providers", "diagnose"), "Accounts"),
    **dict.fromkeys(("mailboxes", "messages", "search", "send", "outbox", "identities", "suppressions"), "Mail"),
    **dict.fromkeys(("people", "rotate-key"), "This home"),
}


def find(words: Sequence[str]) -> tuple[Command, ...]:
    """The command that these words begin with; all of them if there is none such."""
    for count in (2, 1):
        for each in COMMANDS:
            if each.spoken == " ".join(words[:count]):
                return (each,)
    return COMMANDS


def make_app(commands: Sequence[Command] = COMMANDS, *, with_help: bool = True) -> typer.Typer:
    """The application with these commands loaded.

    Without help there is no `--help` either: typer reads every option by pydantic, which takes a tenth of a second to
    load, and a command without options is then spared it.
    """
    about = "Yizhan (驿站): every mailbox in one place."
    app = typer.Typer(help=about, add_completion=False, no_args_is_help=True, add_help_option=with_help)
    app.callback()(_root)  # so that one command alone keeps its name
    groups: dict[str, typer.Typer] = {}
    for each in commands:
        module, _, name = each.where.partition(":")
        found = getattr(importlib.import_module(module), name)
        first, _, last = each.spoken.partition(" ")
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=first, rich_help_panel=PANELS[first])
            continue
        group = groups.setdefault(first, _make_group(first, with_help)) if last else app
        example = f"Example: yizhan {each.example}" if each.example else None
        panel = None if last else PANELS[first]
        group.command(last or first, epilog=example, add_help_option=with_help, rich_help_panel=panel)(found)
    for first, group in groups.items():
        group.callback()(_root)
        app.add_typer(group, name=first, rich_help_panel=PANELS[first])
    return app


def _make_group(name: str, with_help: bool) -> typer.Typer:
    return typer.Typer(help=GROUPS[name], no_args_is_help=True, add_help_option=with_help)


def _root() -> None:
    """Nothing by itself."""


def run(arguments: Sequence[str], commands: Sequence[Command], output: Output) -> int:
    """Carry out one command line; gives the exit code.  Raises `YizhanError` for what was refused."""
    words = [word for word in arguments if word != "--json"]
    with Run(output) as current:
        try:
            app = make_app(commands, with_help=len(commands) > 1 or "--help" in words)
            code = app(words, prog_name="yizhan", standalone_mode=False, obj=current)
        except typer.TyperException as error:
            output.error(UsageWrong(_without_secrets(words, error.format_message())))
            return USAGE
        except typer.Abort:
            print("yizhan: stopped; nothing was changed", file=sys.stderr)
            return 130
    return code if isinstance(code, int) else 0


def _without_secrets(words: Sequence[str], message: str) -> str:
    """A wrong word may be a secret typed in the wrong place: what is bound is never echoed."""
    if words[:1] == ["accounts"] and words[1:2] in (["add"], ["edit"]):
        return "wrong usage; the secret comes from --secret-file FILE or standard input (-), never from an argument"
    return message
