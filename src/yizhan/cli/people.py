"""`yizhan people ...`: those who sign in."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from yizhan.base.errors import BadInput
from yizhan.base.secret import Secret
from yizhan.cli.context import Run
from yizhan.services.owners.people import MAX_PASSWORD, change_password


def password(
    context: typer.Context,
    email: Annotated[str, typer.Option(help="Whose; without it, the owner's.")] = "",
    password_file: Annotated[str, typer.Option(help="A file with the new password, or - for standard input.")] = "-",
) -> None:
    """Set a new password for signing in; every browser that is signed in has to sign in again."""
    run: Run = context.obj
    address = change_password(email, _read(password_file))
    if run.output.as_json:
        run.output.document({"email": address})
    run.output.say(f"{address} signs in with the new password from now on.")


def _read(place: str) -> Secret[str]:
    if place == "-" and sys.stdin.isatty():
        return Secret(getpass.getpass("New password: "))
    try:
        text = sys.stdin.read(MAX_PASSWORD * 4) if place == "-" else Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the password file cannot be read: {error.__class__.__name__}") from None
    return Secret(text.rstrip("\r\n"))
