"""Where the data live, as the settings say."""

from pathlib import Path

from django.conf import settings


def home() -> Path:
    """The data folder (`YIZHAN_HOME`)."""
    return Path(settings.ENVIRONMENT.home)


def blob_url() -> str | None:
    """Where blobs are kept (`YIZHAN_BLOB_URL`); None: in a folder of the home."""
    url: str | None = settings.ENVIRONMENT.blob_url
    return url
