"""The one list of what may break a law (`exceptions.toml`)."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

LIST = Path(__file__).with_name("exceptions.toml")


def excused(law: str) -> dict[str, str]:
    """Which findings of this law are allowed, each with its reason."""
    return dict(tomllib.loads(LIST.read_text(encoding="utf-8"))[law])


def unexcused(found: Iterable[str], allowed: Mapping[str, str]) -> list[str]:
    """Findings nobody allowed, and allowances that nothing needs.

    A finding is `KEY` or `KEY: what is wrong`; an allowance names the key.
    """
    by_key = {line.split(": ")[0]: line for line in found}
    new = [line for key, line in by_key.items() if key not in allowed]
    stale = [f"{key}: the exception is no longer needed" for key in allowed if key not in by_key]
    unreasoned = [f"{key}: the exception has no reason" for key, reason in allowed.items() if len(reason) < 10]
    return [*new, *stale, *unreasoned]
