"""What a long-running process says on standard error: one line an event, with its facts as `name=value`.

The standard library's logging, for structlog costs a quarter of a second at every start.  Facts are ids, counts and
codes; a `Secret` prints as stars, and nothing here logs what a person typed or what passes over a connection.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from yizhan.base.errors import YizhanError
from yizhan.runtime.environment import read_environment

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
LEVELS = {"warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
CRASHED = 70  # EX_SOFTWARE of sysexits.h
MAX_FACT_CHARS = 300  # a server's words may be a fact; a line stays one that can be read


class LineFormatter(logging.Formatter):
    """`2026-11-24T06:00:00Z INFO engine.requests request_settled request=7 ok=True`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = [f"{name}={_show(value)}" for name, value in vars(record).items() if name not in _PLAIN]
        head = f"{moment.replace('+00:00', 'Z')} {record.levelname} {record.name}"
        line = " ".join([head, _one_line(record.getMessage()), *facts])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def start_logging() -> None:
    """From now on, for every library too; what is less than a warning only from us, and only if `YIZHAN_LOG` asks."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[output], level=logging.WARNING, force=True)
    logging.getLogger("yizhan").setLevel(LEVELS[read_environment().log])


@contextmanager
def crashing_loudly() -> Iterator[None]:
    """A bug of ours ends the process with its trace in the log and a code that no refusal has (`CRASHED`)."""
    try:
        yield
    except YizhanError:
        raise
    except Exception:
        logging.getLogger(__name__).exception("crashed")
        sys.exit(CRASHED)


def _show(value: object) -> str:
    text = _one_line(str(value))[:MAX_FACT_CHARS]
    return f'"{text}"' if " " in text else text


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
