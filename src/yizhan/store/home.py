"""Where the data live, as the settings say."""

from pathlib import Path
from typing import Protocol

from django.conf import settings


class _Environment(Protocol):
    """The part of `runtime.environment.Environment` that this floor reads."""

    home: Path
    blob_url: str | None


def home() -> Path:
    """The data folder (`YIZHAN_HOME`)."""
    return _environment().home


def blob_url() -> str | None:
    """Where blobs are kept (`YIZHAN_BLOB_URL`); None: in a folder of the home."""
    return _environment().blob_url


def _environment() -> _Environment:
    # By name: the floor above defines it, and the type checker looks at this floor alone.
    found: _Environment = getattr(settings, "ENVIRONMENT")  # noqa: B009
    return found
