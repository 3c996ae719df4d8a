"""`yizhan rotate-key`."""

import typer

from yizhan.cli.context import Run
from yizhan.services.owners.vault import rotate


def rotate_key(context: typer.Context) -> None:
    """Give the vault a new key and seal every secret with it; safe while Yizhan runs."""
    run: Run = context.obj
    rotated = rotate()
    if run.output.as_json:
        run.output.document({"rotated": True})
    again = " An earlier rotation, which was cut short, was finished." if rotated.resumed else ""
    run.output.say(f"The vault has a new key; {rotated.resealed} secrets are sealed with it.{again}")
