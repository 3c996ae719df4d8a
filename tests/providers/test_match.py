"""Whose servers an address has; and what people paste, put right."""

from pathlib import Path

import pytest

from tests.providers.conftest import OwnFile
from tests.providers.files import GOOD
from yizhan.base.secret import Secret
from yizhan.providers.catalogue import load_catalogue
from yizhan.providers.entries import Quirk
from yizhan.providers.match import ascii_domain, find_by_domain, find_by_mx
from yizhan.providers.typed import AddressWrong, SecretWrong, read_address, read_secret
from yizhan.services.accounts.forms import BindForm, read_form
from yizhan.services.catalogue.known import catalogue_problems, list_providers, provider_by_id, secret_kind_at
from yizhan.services.catalogue.matching import make_target, match_address

OURS = load_catalogue()


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("mail.ru", "mailru"),
        ("internet.ru", "mailru"),
        ("ya.ru", "yandex"),
        ("gmail.com", "gmail"),
        ("GMAIL.COM", "gmail"),
        ("foxmail.com", "qq"),
        ("yeah.net", "netease"),
        ("vip.163.com", "netease"),
        ("sina.cn", "sina-cn"),
        ("me.com", "icloud"),
        ("hotmail.co.uk", "outlook"),
    ],
)
def test_a_domain_is_matched(domain: str, provider: str) -> None:
    found = find_by_domain(OURS, domain)
    assert found is not None
    assert found.id == provider


@pytest.mark.parametrize("domain", ["example.com", "notmail.ru", "sub.mail.ru", "mail.ru.example.com", ""])
def test_a_domain_that_only_looks_alike_is_not_matched(domain: str) -> None:
    assert find_by_domain(OURS, domain) is None


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("mxbiz1.qq.com.", "exmail"),
        ("ASPMX.L.GOOGLE.COM", "google-workspace"),
        ("firm-cn.mail.protection.outlook.com", "microsoft365"),
        ("mx1.qiye.aliyun.com", "aliyun-enterprise"),
        ("mxw.mxhichina.com", "aliyun-enterprise"),
        ("qiye163mx01.mxmail.netease.com", "netease-enterprise"),
        ("mx.yandex.net", "yandex-360"),
        ("emx.mail.ru", "vk-workspace"),
        ("mx2.zoho.eu", "zoho-eu"),
        ("in1-smtp.messagingengine.com", "fastmail"),
    ],
)
def test_the_server_that_takes_the_mail_tells_the_provider(host: str, provider: str) -> None:
    found = find_by_mx(OURS, [host])
    assert found is not None
    assert found.id == provider


def test_only_the_best_server_for_mail_decides() -> None:
    assert find_by_mx(OURS, ["mx.example.com", "mx.yandex.net"]) is None
    assert find_by_mx(OURS, []) is None


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("li@mail.ru", "li@mail.ru"),
        (" Li.Wei@MAIL.RU\n", "Li.Wei@mail.ru"),
        ("li＠mail．ru", "li@mail.ru"),
        ("ｌｉ＠ｍａｉｌ。ｒｕ", "li@mail.ru"),
        ("li\u200b@\ufeffmail.ru\u00a0", "li@mail.ru"),
        ("\u3000li@\u2009mail.ru", "li@mail.ru"),
        ("<li@mail.ru>", "li@mail.ru"),
        ("li@почта.рф", "li@почта.рф"),
        ("李@例子.中国", "李@例子.中国"),
    ],
)
def test_what_is_pasted_as_an_address_is_put_right(typed: str, address: str) -> None:
    assert read_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "li", "@mail.ru", "li@", "li wei@mail.ru", "a@b@c.ru", "li@mail..ru", "li@-a.ru"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(AddressWrong):
        read_address(typed)


def test_a_domain_of_another_script_is_asked_for_as_dns_has_it() -> None:
    assert ascii_domain("почта.рф") == "xn--80a1acny.xn--p1ai"
    assert ascii_domain("-\u0001") == "-\u0001"


@pytest.mark.parametrize(
    ("provider", "typed", "secret"),
    [
        ("gmail", "abcd efgh ijkl mnop", "abcdefghijklmnop"),
        ("gmail", "abcd\u00a0efgh\u2009ijkl mnop", "abcdefghijklmnop"),
        ("gmail", "ａｂｃｄ efgh\u200b ijkl mnop\n", "abcdefghijklmnop"),
        ("icloud", "abcd-efgh-ijkl-mnop", "abcd-efgh-ijkl-mnop"),
        ("mailru", "  Ab c\u200b ", "Ab c"),
        ("189", "my ｐass", "my ｐass"),
    ],
)
def test_a_secret_loses_only_what_its_provider_prints_in_it(provider: str, typed: str, secret: str) -> None:
    assert read_secret(Secret(typed), OURS.providers[provider].secret).reveal() == secret


@pytest.mark.parametrize("typed", ["", " \u200b", "two\nlines", "x" * 5000])
def test_what_cannot_be_a_secret_is_refused_without_showing_it(typed: str) -> None:
    with pytest.raises(SecretWrong) as refused:
        read_secret(Secret(typed))
    assert "two" not in refused.value.detail


def test_a_form_without_servers_gets_the_providers(own_home: Path, planted_secret: str) -> None:
    binding = read_form(BindForm("li@mail.ru", Secret(planted_secret)))
    target = binding.target
    assert (str(target.imap), str(target.smtp)) == ("imap.mail.ru:993/tls", "smtp.mail.ru:465/tls")
    assert (target.login, target.provider) == ("li@mail.ru", "mailru")


def test_each_netease_domain_has_servers_of_its_own(own_home: Path, planted_secret: str) -> None:
    target = read_form(BindForm("li@yeah.net", Secret(planted_secret))).target
    assert target.imap.host == "imap.yeah.net"
    assert target.quirks >= {Quirk.ID_AFTER_LOGIN, Quirk.NO_SASL_IR}


def test_an_unknown_domain_gets_encrypted_guesses(own_home: Path, planted_secret: str) -> None:
    target = read_form(BindForm("li@example.com", Secret(planted_secret))).target
    assert (str(target.imap), str(target.smtp)) == ("imap.example.com:993/tls", "smtp.example.com:465/tls")
    assert (target.provider, target.quirks) == ("", frozenset())


def test_a_guess_for_a_domain_of_another_script_is_one_that_dns_knows(own_home: Path, planted_secret: str) -> None:
    target = read_form(BindForm("li@почта.рф", Secret(planted_secret))).target
    assert target.imap.host == "imap.xn--80a1acny.xn--p1ai"


def test_servers_that_were_typed_bring_their_providers_manners(own_home: Path) -> None:
    form = BindForm("li@firm.example", Secret("abcd efgh ijkl mnop"), imap="imap.gmail.com:993/tls")
    target = read_form(form).target
    assert (target.provider, target.secret.reveal()) == ("google-workspace", "abcdefghijklmnop")


def test_servers_of_ones_own_at_a_known_domain_bring_no_manners(own_home: Path) -> None:
    form = BindForm("li@gmail.com", Secret("abcd efgh"), imap="127.0.0.1:1143/plain", smtp="127.0.0.1:1025/plain")
    target = read_form(form).target
    assert (target.provider, target.quirks, target.secret.reveal()) == ("", frozenset(), "abcd efgh")


def test_a_name_made_of_the_domain_does_not_make_a_stranger_a_customer(own_home: Path, planted_secret: str) -> None:
    form = BindForm("li@example.com", Secret(planted_secret), imap="imap.example.com:993/tls")
    assert read_form(form).target.provider == ""


def test_icloud_is_tried_with_the_address_and_then_with_its_local_part(own_home: Path, planted_secret: str) -> None:
    target = read_form(BindForm("li@icloud.com", Secret(planted_secret))).target
    assert (target.login, target.other_logins, target.smtp_login) == ("li@icloud.com", ("li",), "")


def test_a_kept_local_part_still_sends_with_the_address(own_home: Path, planted_secret: str) -> None:
    icloud = provider_by_id("icloud")
    assert icloud is not None
    imap, smtp = icloud.endpoints("icloud.com")
    target = make_target(icloud, "li@icloud.com", "li", Secret(planted_secret), imap, smtp, "")
    assert (target.login, target.other_logins, target.smtp_login) == ("li", (), "li@icloud.com")


def test_a_provider_may_want_the_local_part_only(own_home: Path, planted_secret: str) -> None:
    assert read_form(BindForm("li@web.de", Secret(planted_secret))).target.login == "li"


@pytest.mark.parametrize(
    ("language", "noun"), [("zh-hans", "应用专用密码"), ("en", "App password"), ("ru", "Пароль для")]
)
def test_a_match_holds_what_form_and_page_need(own_home: Path, language: str, noun: str) -> None:
    found = match_address("li@mail.ru", language)
    assert found is not None
    assert (found["provider"], found["source"], found["guide"]) == ("mailru", "catalogue", "/guides/mailru")
    assert (found["imap"], found["smtp"]) == ("imap.mail.ru:993/tls", "smtp.mail.ru:465/tls")
    assert found["secret"]["label"].startswith(noun)
    assert found["secret"]["hint"]
    assert (found["oauth_only"], found["needs_confirmation"]) == (False, False)
    assert [step["act"] for step in found["steps"]][-1] == "paste"
    assert found["security_url"].startswith("https://account.mail.ru/")


def test_gmail_says_what_its_secret_looks_like(own_home: Path) -> None:
    found = match_address("li@gmail.com", "en")
    assert found is not None
    assert found["secret"]["shape"] == "16 letters, shown in 4 groups; the spaces may stay"


@pytest.mark.parametrize("language", ["zh-hans", "en", "ru"])
def test_outlook_says_plainly_that_it_takes_oauth_only(own_home: Path, language: str) -> None:
    found = match_address("li@outlook.com", language)
    assert found is not None
    assert found["oauth_only"] is True
    assert "OAuth" in found["prerequisites"][0]
    assert found["steps"] == []


def test_an_unknown_address_is_no_match(own_home: Path) -> None:
    assert match_address("li@example.com", "en") is None


def test_a_file_of_ones_own_is_matched_and_a_wrong_one_named(own_file: OwnFile) -> None:
    own_file("acme.toml", GOOD)
    own_file("broken.toml", "id = ")
    found = match_address("li@acme.example", "ru")
    assert found is not None
    assert (found["name"], found["login"], found["imap"]) == ("Acme", "li", "imap.acme.example:993/tls")
    assert [problem.partition(":")[0] for problem in catalogue_problems()] == ["broken.toml, line 1"]
    assert "acme" in [each["id"] for each in list_providers("en")]


@pytest.mark.parametrize(
    ("provider", "kind"), [("mailru", "app_password"), ("qq", "app_password"), ("189", "password"), ("", "password")]
)
def test_an_account_is_kept_with_the_kind_of_its_secret(own_home: Path, provider: str, kind: str) -> None:
    assert secret_kind_at(provider) == kind
