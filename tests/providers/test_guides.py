"""Guides: made from the same files as the form, whole in every language."""

from pathlib import Path

import pytest

from tests.providers.conftest import OwnFile
from tests.providers.files import GOOD
from yizhan.base.errors import NotFound
from yizhan.providers.catalogue import load_catalogue
from yizhan.providers.guides import say
from yizhan.services.catalogue.guides import list_guides, show_guide
from yizhan.services.catalogue.matching import match_address

OURS = load_catalogue().providers
LANGUAGES = ("zh-hans", "en", "ru")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_is_whole(own_home: Path, language: str) -> None:
    guides = [show_guide(name, language) for name in OURS]
    texts = [str(guide) for guide in guides]
    assert [text for text in texts if "{name}" in text or "{noun}" in text or "{number}" in text] == []
    assert all(guide["warning"] and guide["servers"] and guide["secret"]["label"] for guide in guides)
    assert all(guide["steps"] or guide["oauth_only"] for guide in guides)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_has_the_parts_of_the_one_that_people_know(own_home: Path, language: str) -> None:
    guide = show_guide("mailru", language)
    first = {row["service"]: (row["host"], row["port"], row["security"]) for row in reversed(guide["servers"])}
    assert first == {"imap": ("imap.mail.ru", 993, "tls"), "smtp": ("smtp.mail.ru", 465, "tls")}
    assert [step["act"] for step in guide["steps"]] == [
        "open",
        "find",
        "two_factor_asked",
        "human_check",
        "create",
        "copy",
        "paste",
    ]
    assert len(guide["questions"]) >= 2
    assert len(guide["advice"]) == 3
    assert [each["id"] for each in guide["related"]] == ["yandex", "gmail"]
    assert guide["checked_on"].year == 2026


@pytest.mark.parametrize(
    ("asked", "found"),
    [("116", "mailru"), ("101", "gmail"), ("115", "yandex"), ("203", "aliyun-enterprise"), ("35", "35")],
)
def test_a_guide_answers_to_its_number_and_an_id_goes_first(own_home: Path, asked: str, found: str) -> None:
    assert show_guide(asked, "en")["id"] == found


@pytest.mark.parametrize("asked", ["", "nowhere", "9999", "²", "../mailru", "x" * 5000])
def test_a_guide_that_is_not_there_is_not_found(own_home: Path, asked: str) -> None:
    with pytest.raises(NotFound):
        show_guide(asked, "en")


def test_form_and_guide_say_the_same(own_home: Path) -> None:
    found, guide = match_address("li@gmail.com", "ru"), show_guide("gmail", "ru")
    assert found is not None
    assert (found["steps"], found["secret"], found["prerequisites"]) == (
        guide["steps"],
        guide["secret"],
        guide["prerequisites"],
    )


def test_the_index_begins_with_the_guides_that_have_numbers(own_home: Path) -> None:
    numbers = [each["number"] for each in list_guides("zh-hans")]
    assert numbers[:2] == [101, 102]
    assert len(numbers) == len(OURS)


def test_each_domain_of_a_provider_shows_servers_of_its_own(own_home: Path) -> None:
    rows = show_guide("netease", "en")["servers"]
    assert {row["only_for"]: row["host"] for row in rows if row["service"] == "imap"} == {
        domain: f"imap.{domain}" for domain in OURS["netease"].domains
    }


def test_what_no_source_tells_is_not_said(own_home: Path) -> None:
    labels = [each["label"] for each in show_guide("posteo", "en")["facts"]]
    assert labels == ["User name"]


def test_limits_are_told_in_numbers_with_units(own_home: Path) -> None:
    facts = {each["label"]: each["value"] for each in show_guide("icloud", "en")["facts"]}
    assert facts["Messages a day"] == "1,000"
    assert facts["Message size"] == "20 MB at most"


@pytest.mark.parametrize(
    ("name", "text"), [("网易邮箱", "要用浏览器打开一次网易邮箱网站"), ("Gmail", "要用浏览器打开一次 Gmail 网站")]
)
def test_a_blank_stands_between_chinese_and_latin_words_only(name: str, text: str) -> None:
    assert say("need", "visit_site", "zh-hans", name=name, noun="") == [text]


def test_a_file_of_ones_own_has_its_guide(own_file: OwnFile) -> None:
    own_file("acme.toml", GOOD)
    guide = show_guide("acme", "en")
    assert [(step["title"], step["path"], step["note"]) for step in guide["steps"][:2]] == [
        ("Open the security settings", ["Menu", "Keys"], ""),
        ("Copy it at once", [], "Shown once"),
    ]
    assert guide["warning"] == (
        "Acme Mail wants the mail key, not the login password. 8 characters, shown in 2 groups; "
        "spaces and hyphens may stay."
    )
