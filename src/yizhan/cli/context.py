"""What every command has at hand."""

import asyncio
import os
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from yizhan.base.clock import SystemClock
from yizhan.cli.output import Output
from yizhan.runtime.environment import read_environment
from yizhan.runtime.wiring import Plant, make_plant
from yizhan.services.accounts.listing import scope_of_home

T = TypeVar("T")


class Run:
    """One run of one command: its output, its language and the plant."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.clock = SystemClock()
        self.language = os.environ.get("YIZHAN_LANG") or "en"
        self.plant: Plant = make_plant(read_environment())
        self.scope = scope_of_home()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.plant.lane.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run what waits on the network."""
        return asyncio.run(work)
