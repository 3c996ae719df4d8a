"""Addresses that look mistyped, and those that do not."""

import pytest

from yizhan.services.catalogue.known import catalogue
from yizhan.services.writing.recipients import suspect


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("li@gmial.com", "li@gmail.com"),
        ("li@gmal.com", "li@gmail.com"),
        ("li@gmaill.com", "li@gmail.com"),
        ("li@gmail.con", "li@gmail.com"),
        ("li@gmail.co", "li@gmail.com"),
        ("li@gmail", "li@gmail.com"),
        ("li@hotmial.com", "li@hotmail.com"),
        ("li@outlok.com", "li@outlook.com"),
        ("li@yandx.ru", "li@yandex.ru"),
        ("li@ramblr.ru", "li@rambler.ru"),
        ("li@163.con", "li@163.com"),
        ("li@qq.cmo", "li@qq.com"),
        ("li@firma.con", ""),
        ("li@firma", ""),
    ],
)
def test_a_slip_is_seen_and_what_was_meant_is_offered(typed: str, meant: str) -> None:
    assert suspect(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("li@gmail.com", "li@ymail.com", "li@email.com", "li@166.com", "li@mall.ru", "li@qz.com", "li@firma.de"),
        *("li@почта.рф", "li@[192.0.2.1]", "li@GMAIL.com", "li@mail.firma.com"),
    ],
)
def test_an_honest_address_is_not_suspected(typed: str) -> None:
    assert suspect(typed) is None


def test_no_provider_that_we_know_is_suspected() -> None:
    every = [f"li@{domain}" for each in catalogue().providers.values() for domain in each.domains]
    assert [address for address in every if suspect(address) is not None] == []
