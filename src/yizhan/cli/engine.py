"""`yizhan engine`."""

import importlib

import typer

from yizhan.runtime.family import watch_parent
from yizhan.runtime.logs import crashing_loudly, start_logging


def engine(context: typer.Context) -> None:
    """Run the engine alone: it binds, checks, fetches and sends, and answers what the pages ask."""
    watch_parent()
    start_logging()
    with crashing_loudly():
        environment = importlib.import_module("yizhan.runtime.boot").boot()
        importlib.import_module("yizhan.runtime.engine").run_engine(environment)
