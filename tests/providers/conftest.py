"""A home whose own provider files a test writes; Django's database is not used."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings

from yizhan.runtime.environment import read_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yizhan.runtime.settings")

OwnFile = Callable[[str, str], Path]


@pytest.fixture
def own_home(tmp_path: Path) -> Iterator[Path]:
    """An empty data folder that the services read."""
    with override_settings(ENVIRONMENT=read_environment({"YIZHAN_HOME": str(tmp_path)})):
        yield tmp_path


@pytest.fixture
def own_file(own_home: Path) -> OwnFile:
    """Writes a provider file of the person's own."""
    folder = own_home / "providers"
    folder.mkdir()

    def write(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
