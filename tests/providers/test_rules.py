"""Rules are data: phrases that match words, not letters, and a file in which every mistake is named."""

import pytest

from yizhan.providers.causes import Cause
from yizhan.providers.limits import MAX_GAP
from yizhan.providers.rules import families_of, known_families, occurs, parse_phrase, parse_rules, rule_book
from yizhan.providers.signs import normal_form, read_signs


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("block", "You are BLOCKED here", True),
        ("block", "unblocked at last", False),
        ("rbl=", "listed in RBL.", True),
        ("rbl=", "rblx", False),
        ("ip", "your IP: 192.0.2.1", True),
        ("ip", "ipdeny and tip", False),
        ("app password", "use an app-password", True),
        ("wrong version number", "WRONG_VERSION_NUMBER", True),
        ("imap .. disabled", "IMAP access for you is disabled", True),
        ("imap .. disabled", "disabled IMAP", False),
        ("imap .. disabled", f"IMAP {'x' * (MAX_GAP + 20)} disabled", False),
        ("imap .. disabled", f"IMAP {'x' * (MAX_GAP + 20)} imap is disabled", True),
        ("授权码", "请使用授权码登录", True),
        ("contrasena incorrecta", "Contraseña incorrecta", True),
        ("bledne haslo", "Błędne hasło", True),
        ("все", "всё", True),
    ],
)
def test_a_phrase_matches_words_in_their_order(phrase: str, text: str, found: bool) -> None:
    assert occurs(parse_phrase(phrase), normal_form(text)) is found


@pytest.mark.parametrize("bad", ["", " .. disabled", "imap .. ", "=", "..."])
def test_a_phrase_with_an_empty_part_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="empty part"):
        parse_phrase(bad)


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ('{cause = "no_such"}', "no_such"),
        ('{cause = "timeout", word = ["x"]}', "word"),
        ('{cause = "timeout", at = ["bed"]}', "bed"),
        ('{cause = "timeout", words = [""]}', "empty part"),
        ('{words = ["slow"]}', "cause"),
    ],
)
def test_a_rule_with_a_mistake_is_named(record: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_rules(f"rules = [\n{record},\n]")


def test_the_first_rule_that_fits_wins() -> None:
    book = parse_rules(
        'rules = [\n{cause = "timeout", words = ["slow"]},\n{cause = "rate_limited", words = ["slow"]},\n]'
    )
    fit = book.first_fit(read_signs("too slow", "", is_smtp=False), "login", "imap", frozenset())
    assert fit is not None
    assert fit.cause is Cause.TIMEOUT


@pytest.mark.parametrize(
    ("said", "reply", "enhanced"),
    [
        ("535-5.7.8 no\n535 5.7.8 no", "535", {"5.7.8"}),
        ("(550, b'5.1.1 unknown')", "550", {"5.1.1"}),
        ("sorry (#5.7.1)", "", {"5.7.1"}),
        ("connect to 192.0.2.1:587 from 5.61.23.1", "", set()),
        ("Exception: 421 busy", "421", set()),
    ],
)
def test_the_codes_of_smtp_are_found_wherever_they_stand(said: str, reply: str, enhanced: set[str]) -> None:
    signs = read_signs(said, "", is_smtp=True)
    assert (signs.reply, signs.enhanced) == (reply, enhanced)


@pytest.mark.parametrize(
    ("provider", "host", "family"),
    [
        ("qq", "", "qq"),
        ("exmail.qq", "", "qq"),
        ("", "imap.exmail.qq.com", "qq"),
        ("", "outlook.office365.com", "microsoft"),
        ("163", "", "netease"),
        ("", "imap.vip.163.com", "netease"),
        ("mail.ru", "", "mailru"),
        ("", "smtp.mail.ru", "mailru"),
        ("generic exchange", "", "exchange"),
        ("proton bridge", "", "proton"),
    ],
)
def test_a_server_belongs_to_its_family(provider: str, host: str, family: str) -> None:
    assert family in families_of(provider, host)


def test_a_server_that_nobody_knows_has_no_family() -> None:
    assert families_of("generic", "mail.example.org") == frozenset()


def test_our_own_rules_are_whole() -> None:
    rules = rule_book().rules
    named = {family for rule in rules for family in rule.families}
    assert len(rules) > 150
    assert named <= set(known_families())
