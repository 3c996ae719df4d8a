"""The colours can be read: every pair that the pages use meets WCAG 2.1 AA, in both themes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from yizhan.web.static_files import FOLDER

TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("canvas", "sheet", "sunken", "hover", "selected")
PAIRS = [
    *((name, ground, TEXT) for name in ("text", "text-2") for ground in (*GROUNDS, "off-soft")),
    *(("text-3", ground, TEXT) for ground in ("sheet", "sunken", "hover", "selected", "off-soft")),
    *(("accent", ground, TEXT) for ground in ("sheet", "sunken", "hover", "selected", "canvas")),
    *((name, ground, TEXT) for name in ("ok", "warn", "bad", "limit") for ground in (f"{name}-soft", "sheet", "hover")),
    *(("text", f"{name}-soft", TEXT) for name in ("ok", "warn", "bad", "limit")),
    *(("text", f"heat-{number}", TEXT) for number in range(1, 6)),
    *((f"t{number}", ground, SHAPE) for number in range(1, 9) for ground in ("sheet", "selected", "canvas")),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-deep", TEXT),
    ("on-inverse", "inverse", TEXT),
    ("inverse-link", "inverse", TEXT),
    ("control-line", "sheet", SHAPE),
    ("sheet", "off", TEXT),
    ("sheet", "bad", TEXT),
]
_BLOCK = re.compile(r"(:root(?:\[data-theme=\"\w+\"\])?) \{\n(.*?)\n\s*\}", re.DOTALL)
_TOKEN = re.compile(r"--([\w-]+): ([^;]+);")


def themes(text: str) -> dict[str, dict[str, str]]:
    """Each block of tokens by its selector."""
    return {selector: dict(_TOKEN.findall(body)) for selector, body in _BLOCK.findall(text)}


def contrast(one: str, other: str) -> float:
    """WCAG 2.1's ratio of two `#rrggbb`."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def weak(tokens: dict[str, str]) -> Iterator[str]:
    for front, ground, least in PAIRS:
        ratio = contrast(tokens[front], tokens[ground])
        yield from [f"{front} on {ground}: {ratio:.2f} < {least}"] if ratio < least else []


TOKENS = themes((FOLDER / "tokens.css").read_text(encoding="utf-8"))
LIGHT, DARK, AUTO = TOKENS[":root"], TOKENS[':root[data-theme="dark"]'], TOKENS[':root[data-theme="auto"]']


@pytest.mark.parametrize("tokens", [LIGHT, {**LIGHT, **DARK}], ids=["light", "dark"])
def test_every_pair_can_be_read(tokens: dict[str, str]) -> None:
    assert list(weak(tokens)) == []


def test_dark_by_choice_and_dark_by_the_system_are_the_same() -> None:
    assert DARK == AUTO


def test_black_on_white_has_the_contrast_that_everybody_knows() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_no_template_and_no_script_holds_a_style_or_a_script_that_the_policy_forbids() -> None:
    pages = [*Path(FOLDER.parent / "templates").rglob("*.html")]
    found = [page.name for page in pages if re.search(r"\sstyle=|<style|\son\w+=|<script>", page.read_text())]
    assert (len(pages) > 20, found) == (True, [])
