"""The commands; each reads its words, calls one service and shows the answer."""

import sys
from collections.abc import Sequence

import typer

from yizhan.cli import accounts, diagnose, mail
from yizhan.cli.context import Run
from yizhan.cli.output import USAGE, Output, UsageWrong

app = typer.Typer(help="Yizhan (驿站): every mailbox in one place.", add_completion=False, no_args_is_help=True)
app.add_typer(accounts.app, name="accounts")
app.add_typer(mail.messages, name="messages")
app.command("send", epilog="Example: yizhan send --from li@example.com --to anna@example.org --subject Hi --wait")(
    mail.send
)
app.command("sync", epilog="Example: yizhan sync li@example.com --once")(mail.sync)
app.command("diagnose", epilog=diagnose.EXAMPLE)(diagnose.diagnose)
app.command("rotate-key", epilog="Example: yizhan rotate-key")(accounts.rotate_key)


def run(arguments: Sequence[str], output: Output) -> int:
    """Carry out one command line; gives the exit code.  Raises `YizhanError` for what was refused."""
    words = [word for word in arguments if word != "--json"]
    with Run(output) as current:
        try:
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
