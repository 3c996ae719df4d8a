"""The reference tells of every cause under the anchor that a diagnosis names, in the product's own words."""

import pytest

from tests.providers.reference import PAGE, START, section, sections
from yizhan.providers.causes import Cause


@pytest.mark.parametrize("cause", list(Cause))
def test_the_reference_tells_of_every_cause(cause: Cause) -> None:
    assert section(cause) in PAGE.read_text(encoding="utf-8")


def test_the_reference_tells_of_no_other() -> None:
    assert PAGE.read_text(encoding="utf-8").partition(START)[2].strip() == sections().strip()
