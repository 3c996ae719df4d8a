"""A demo's file in the data folder: which hosts of real providers its route leads to on this machine.

`yizhan serve --demo` writes `demo.json`, and every process of that home reads it.  An account bound while the demo runs
keeps the route `demo`: when the demo has ended its hosts refuse, and it is never tried at the real provider.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from yizhan.base.errors import YizhanError

DEMO_FILE = "demo.json"


class DemoFileBroken(YizhanError):
    """`demo.json` in the data folder cannot be read; nothing is dialled, for it may name hosts that must not be."""

    code = "demo_file_broken"


@dataclass(frozen=True, slots=True)
class Detour:
    """`routes` takes `host:port` to a port of this machine, 0 while the sandbox does not run; the sandbox's pages are
    `url`, and by provider id `security_urls`; `ca_pem` is trusted for these hosts only."""

    ca_pem: str
    routes: dict[str, int]
    url: str
    security_urls: dict[str, str]

    @property
    def is_running(self) -> bool:
        return any(self.routes.values())

    def has(self, host: str) -> bool:
        """Whether the sandbox stands in for this host."""
        return any(route.rpartition(":")[0] == host.lower() for route in self.routes)


def read_detour(home: Path) -> Detour | None:
    """The detour of this home; None where it is no demo's.  Raises `DemoFileBroken`."""
    try:
        return Detour(**json.loads((home / DEMO_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DemoFileBroken(f"{home / DEMO_FILE} cannot be read: {error}") from None


def write_detour(home: Path, detour: Detour) -> None:
    """From now on, for every process of this home; whole or not at all."""
    draft = home / f"{DEMO_FILE}.new"
    draft.write_text(json.dumps(asdict(detour), indent=1), encoding="utf-8")
    draft.replace(home / DEMO_FILE)


def end_detour(home: Path) -> None:
    """Whatever a demo left behind, running no more: new accounts are bound for real, its own go on to refuse."""
    detour = read_detour(home)
    if detour is not None and detour.is_running:
        write_detour(home, replace(detour, routes=dict.fromkeys(detour.routes, 0)))
