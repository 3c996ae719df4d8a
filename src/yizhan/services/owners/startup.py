"""What can be said of this Yizhan at its start: looked at, not assumed."""

import shutil
from dataclasses import dataclass

from django.conf import settings

from yizhan.store.home import home
from yizhan.store.keys import FILE, read_keys


@dataclass(frozen=True, slots=True)
class Standing:
    """`key_place` is file, environment or credential; `database` is sqlite or postgresql; `free_bytes` at the home."""

    key_place: str
    database: str
    home: str
    free_bytes: int


def look() -> Standing:
    """What stands now; raises what reading the keys raises."""
    keys = read_keys(home())
    place = "missing" if keys is None else {FILE: "file"}.get(keys.source, "given")
    database = str(settings.DATABASES["default"]["ENGINE"]).rpartition(".")[2]
    return Standing(place, database, str(home()), shutil.disk_usage(home()).free)
