"""The progress of a walk on standard error: stages as they end, and at a terminal the one under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.status import Status

from yizhan.cli.context import Run


@contextmanager
def showing(run: Run) -> Iterator[Callable[[dict[str, Any]], None]]:
    """What is to be told of progress, `{"stages", "current"}`, each time it changes; silent in JSON mode."""
    console = Console(stderr=True, quiet=run.output.as_json, highlight=False)
    shown = 0
    with console.status("") as status:

        def show(progress: dict[str, Any]) -> None:
            nonlocal shown
            for stage in progress["stages"][shown:]:
                mark = "ok" if stage["ok"] else "REFUSED"
                line = f"{stage['stage']:<13} {mark:<8} {stage['ms']:>6} ms  {stage['detail']}"
                console.print(line, markup=False, soft_wrap=True)
            shown = len(progress["stages"])
            _name(status, progress["current"])

        yield show


@contextmanager
def counting(run: Run, total: int) -> Iterator[Callable[[], None]]:
    """What is to be called for each of `total` things that is done; silent in JSON mode."""
    console = Console(stderr=True, quiet=run.output.as_json, highlight=False)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)


def _name(status: Status, current: str | None) -> None:
    status.update(f"{current} ..." if current else "")
