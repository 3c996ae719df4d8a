"""`yizhan serve` and `yizhan web`."""

import importlib
import os
from typing import Annotated

import typer

from yizhan.runtime.environment import read_environment
from yizhan.runtime.family import watch_parent
from yizhan.runtime.logs import crashing_loudly, start_logging
from yizhan.runtime.supervisor import serve as supervise

Host = Annotated[str, typer.Option(help="The address to listen at.")]
Port = Annotated[int, typer.Option(help="The port to listen at.", min=1, max=65535)]


def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8025,
    demo: Annotated[bool, typer.Option("--demo", help="Also start a made-up provider to try everything on.")] = False,
) -> int:
    """Run the web and the engine until stopped; prints where to go."""
    start_logging()
    return supervise(read_environment(), host, port, demo=demo)


def web(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8025,
    descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the pages alone; an engine has to run beside them, here or on another host."""
    watch_parent()
    start_logging()
    os.environ["YIZHAN_HOSTS"] = f"{os.environ.get('YIZHAN_HOSTS', '')} {host}"  # who listens there may be called so
    with crashing_loudly():
        boot = importlib.import_module("yizhan.runtime.boot")
        boot.boot(boot.WEB_SETTINGS)
        importlib.import_module("yizhan.runtime.web").run_web(host, port, descriptor)
