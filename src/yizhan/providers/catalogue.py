"""Every provider we know, and those that a person adds: one file a provider."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from yizhan.providers.data_limits import MAX_FILE_BYTES, MAX_OWN_FILES
from yizhan.providers.entries import Provider, read_provider
from yizhan.providers.toml_tables import ProviderFileWrong


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Providers by id, and what was wrong with files that are left out."""

    providers: Mapping[str, Provider]
    problems: tuple[str, ...] = ()

    def find(self, id_or_number: str) -> Provider | None:
        """By id, or by the number of its guide."""
        found = self.providers.get(id_or_number)
        if found is None and id_or_number.isdecimal():
            number = int(id_or_number)
            return next((each for each in self.providers.values() if each.number == number), None)
        return found


def load_catalogue(own: Path | None = None) -> Catalogue:
    """Ours, and above them the files in the folder `own`: one with an id of ours takes its place."""
    if own is None or not own.is_dir():
        return _shipped()
    paths = sorted(own.glob("*.toml"))
    try:
        signature = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths[:MAX_OWN_FILES])
    except OSError as error:
        return Catalogue(_shipped().providers, (f"{own} cannot be read: {error.strerror}",))
    return _with_own(signature, len(paths))


@cache  # they are part of the program
def _shipped() -> Catalogue:
    folder = files("yizhan.providers").joinpath("data/providers")
    named = sorted((each.name, each.read_bytes()) for each in folder.iterdir() if each.name.endswith(".toml"))
    return _collect({}, named)


@lru_cache(maxsize=4)  # until a file changes
def _with_own(signature: tuple[tuple[Path, int, int], ...], count: int) -> Catalogue:
    named: list[tuple[str, bytes]] = []
    problems: list[str] = []
    for path, _, size in signature:
        if size > MAX_FILE_BYTES:
            problems.append(f"{path.name}, line 1: the file has {size} bytes; {MAX_FILE_BYTES} is the most")
            continue
        try:
            named.append((path.name, path.read_bytes()))
        except OSError as error:
            problems.append(f"{path.name}, line 1: it cannot be read: {error.strerror}")
    if count > MAX_OWN_FILES:
        problems.append(f"there are {count} files of your own; only the first {MAX_OWN_FILES} are read")
    found = _collect(_shipped().providers, named)
    return Catalogue(found.providers, (*_shipped().problems, *problems, *found.problems))


def _collect(before: Mapping[str, Provider], named: Iterable[tuple[str, bytes]]) -> Catalogue:
    providers, problems = dict(before), list[str]()
    for name, data in named:
        try:
            provider = read_provider(name, data)
            _refuse_unknown_words(name, provider)
        except ProviderFileWrong as error:
            problems.append(error.detail)
            continue
        providers[provider.id] = provider
    return Catalogue(providers, tuple(problems))


def _refuse_unknown_words(name: str, provider: Provider) -> None:
    """Every step, need, question and advice has its words."""
    words = guide_words()
    wanted = [("step", step.act) for step in provider.steps]
    wanted += [("need", need) for need in provider.prerequisites]
    wanted += [("question", each.about) for each in provider.questions if each.about]
    wanted += [("advice", each) for each in provider.advice]
    for kind, key in wanted:
        if key not in words[kind]:
            raise ProviderFileWrong(f"{name}, line 1: there are no words for the {kind} {key!r}")


@cache
def guide_words() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Our own words for steps, needs, questions and advice: kind, key, language, texts."""
    text = files("yizhan.providers").joinpath("data/guide_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
