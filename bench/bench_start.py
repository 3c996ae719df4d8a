"""How long a command takes to start: `yizhan accounts list` beside what it cannot be faster than.

Rounds are interleaved; the processor's time is given beside the wall's, for other work on the machine lengthens the
wall's alone.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROUNDS = 7
WANTED_S = 0.6
PROGRAMS = {
    "python -c pass": ("-c", "pass"),
    "Django alone, no application": (
        "-c",
        "import django, django.conf as c; c.settings.configure(); django.setup(); import django.db.models",
    ),
    "Django with our models": ("-c", "import django; django.setup()"),
    "yizhan accounts list": ("-m", "yizhan.cli", "accounts", "list"),
}


def run(words: tuple[str, ...], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds on the wall and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"YIZHAN_HOME": str(Path(folder) / "home"), "DJANGO_SETTINGS_MODULE": "yizhan.runtime.settings"}
        environment = {**os.environ, **settings}
        # Where Python may not keep compiled modules, compiling them is more than half of a start; `make` compiles them
        # once, and what is measured here is what a person meets.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for words in PROGRAMS.values():
            run(words, environment)  # makes the home, and what is not compiled yet
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
        for _ in range(ROUNDS):
            for name, words in PROGRAMS.items():
                figures[name].append(run(words, environment))
    for name, found in figures.items():
        wall, processor = (median(column) for column in zip(*found, strict=True))
        print(f"{name:<30} {wall:6.3f} s wall, {processor:6.3f} s processor (medians of {ROUNDS})")
    print(f"wanted: yizhan accounts list under {WANTED_S} s on a quiet machine")


if __name__ == "__main__":
    main()
