"""What every command has at hand.

What costs time to load is loaded when it is asked for, by name and here alone: a list of accounts needs neither the
network nor the engine's parts.
"""

import asyncio
import importlib
import os
from collections.abc import Coroutine
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from yizhan.base.clock import SystemClock
from yizhan.cli.output import Output
from yizhan.runtime.environment import read_environment

if TYPE_CHECKING:
    from yizhan.runtime.wiring import Plant
    from yizhan.services.owners.setup import Scope

T = TypeVar("T")


class Run:
    """One run of one command: its output, its language, whose data, and the plant."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.clock = SystemClock()
        self.language = os.environ.get("YIZHAN_LANG") or "en"

    @cached_property
    def scope(self) -> "Scope":
        """The workspace of this home."""
        return importlib.import_module("yizhan.services.owners.setup").scope_of_home()

    @cached_property
    def plant(self) -> "Plant":
        """The lane and the ways out."""
        return importlib.import_module("yizhan.runtime.wiring").make_plant(read_environment())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "plant" in self.__dict__:
            self.plant.lane.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run what waits on the network."""
        return asyncio.run(work)
