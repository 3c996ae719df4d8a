"""In a demo's home, the hosts of real providers lead to the sandbox on this machine, and nowhere else.

`yizhan serve --demo` writes `demo.json`; every process of that home obeys it, commands included.  The file stays when
the demo ends, so that a made-up account is never tried at the real provider: its hosts then refuse.
"""

import json
from dataclasses import asdict, dataclass
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
