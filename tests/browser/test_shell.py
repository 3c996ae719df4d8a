"""The shell and every component, in a real browser."""

from collections.abc import Iterator

import pytest

from tests.support.browser import Pages, check_accessible, take_picture
from tests.web.serving import serving


@pytest.fixture(scope="module")
def kit() -> Iterator[str]:
    with serving("tests.web.kit:application") as address:
        yield f"{address}/kit"


@pytest.mark.parametrize(("dark", "name"), [(False, ""), (True, "-dark")], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1000, 390])
async def test_every_component_is_accessible_at_every_width_and_in_both_themes(
    pages: Pages, kit: str, width: int, dark: bool, name: str
) -> None:
    page = await pages.open(width=width, height=1200, dark=dark)
    await page.goto(kit)
    await take_picture(page, f"kit-{width}{name}")
    await check_accessible(page)
