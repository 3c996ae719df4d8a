"""The hour where somebody is."""

from datetime import UTC, datetime

import pytest

from yizhan.services.writing.zones import city, good_times, is_twice, offered, zone_of_domain


@pytest.mark.parametrize(
    ("domain", "zone"),
    [
        ("mail.ru", "Europe/Moscow"),
        ("завод.рф", "Europe/Moscow"),
        ("corp.com.cn", "Asia/Shanghai"),
        ("trade.kz", "Asia/Almaty"),
        ("firma.by", "Europe/Minsk"),
        ("shop.co.uk", "Europe/London"),
        ("example.us", ""),
        ("example.io", ""),
        ("example.com", ""),
        ("", ""),
    ],
)
def test_a_domain_tells_its_countrys_zone_where_it_has_one(domain: str, zone: str) -> None:
    assert zone_of_domain(domain) == zone


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), [24, 25]),  # 08:00 in Moscow, a Tuesday
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), [25, 26]),
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), [30, 1]),  # a Friday
    ],
)
def test_good_times_are_the_next_working_mornings_there(now: datetime, days: list[int]) -> None:
    times = good_times("Europe/Moscow", now)
    assert [(each.day, each.hour, each.utcoffset() == times[0].utcoffset()) for each in times] == [
        (day, 9, True) for day in days
    ]


def test_an_hour_that_comes_twice_is_told() -> None:
    assert is_twice("2026-10-25T02:30", "Europe/Berlin")
    assert not is_twice("2026-10-25T03:30", "Europe/Berlin")
    assert not is_twice("2026-03-29T02:30", "Europe/Berlin")
    assert not is_twice("2026-10-25T02:30+01:00", "Europe/Berlin")


def test_zones_have_their_cities_names() -> None:
    assert (city("Europe/Moscow", "zh-hans"), city("Asia/Shanghai", "ru")) == ("莫斯科", "Шанхай")
    assert ("Asia/Almaty", "Almaty") in offered("en")
    assert all(len(zone) <= 64 for zone, _ in offered("ru"))
