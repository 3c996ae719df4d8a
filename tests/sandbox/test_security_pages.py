"""The security page of each persona, walked as a person walks it, and what it refuses."""

import imaplib
from collections.abc import Callable
from string import Formatter

import pytest

from tests.sandbox.browsing import Browser, ask
from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.limits import MAX_FORM
from yizhan.sandbox.personas import PERSONAS
from yizhan.sandbox.running import Sandbox
from yizhan.sandbox.words import LANGUAGES, all_words, say

NewPerson = Callable[[str], SandboxPerson]


def sign_in(person: SandboxPerson, language: str = "en") -> Browser:
    browser = Browser(person.sandbox.url, language)
    browser.open(f"/{person.persona.id}/")
    browser.submit(f"/{person.persona.id}/sign-in", address=person.address, password=person.login_password)
    return browser


def check_opens_mail(person: SandboxPerson, secret: str) -> None:
    with person.open_imap() as client:
        assert client.login(person.address, secret)[0] == "OK"


def check_opens_nothing(person: SandboxPerson, secret: str) -> None:
    with person.open_imap() as client, pytest.raises(imaplib.IMAP4.error):
        client.login(person.address, secret)


def turn_on_two_step(browser: Browser, person: SandboxPerson) -> None:
    at = f"/{person.persona.id}"
    browser.submit(f"{at}/two-step/code")
    browser.submit(f"{at}/two-step", code=browser.read_code(person.address))


def test_mailru_wants_two_steps_a_human_and_a_name_and_shows_the_password_once(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    browser = sign_in(person)
    assert "Password &amp; Security" in browser.page
    assert "Turn on two-step verification before" in browser.open("/mailru/app-passwords")
    turn_on_two_step(browser, person)
    assert "Human check" in browser.open("/mailru/app-passwords")
    browser.submit("/mailru/app-passwords", name="Yizhan", sum=browser.solve_sum())
    secret = browser.shown_secret
    assert len(secret) == 20
    check_opens_mail(person, secret)
    assert secret not in browser.open("/mailru/app-passwords")
    assert "Yizhan" in browser.page


def test_a_revoked_password_opens_nothing_from_then_on(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    secret = person.make_secret()
    check_opens_mail(person, secret)
    browser = sign_in(person)
    browser.open("/mailru/app-passwords")
    browser.submit("/mailru/app-passwords/revoke", id="1")
    assert "No app passwords yet" in browser.page
    check_opens_nothing(person, secret)


def test_gmail_shows_sixteen_letters_in_four_groups(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("gmail")
    browser = sign_in(person)
    browser.open("/gmail/app-passwords")
    turn_on_two_step(browser, person)
    browser.open("/gmail/app-passwords")
    browser.submit("/gmail/app-passwords", name="Yizhan")
    assert [len(group) for group in browser.shown_secret.split(" ")] == [4, 4, 4, 4]
    check_opens_mail(person, browser.shown_secret)
    check_opens_mail(person, browser.shown_secret.replace(" ", ""))


def test_yandex_refuses_a_good_password_until_imap_is_on(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("yandex")
    browser = sign_in(person)
    browser.open("/yandex/app-passwords")
    browser.submit("/yandex/app-passwords", name="Yizhan")
    secret = browser.shown_secret
    check_opens_nothing(person, secret)
    browser.open("/yandex/service")
    browser.submit("/yandex/service", imap="on")
    assert "The IMAP/SMTP service is on" in browser.page
    check_opens_mail(person, secret)


@pytest.mark.parametrize("persona_id", ["netease", "qq"])
def test_an_authorization_code_comes_with_switching_the_service_on(
    new_sandbox_person: NewPerson, persona_id: str
) -> None:
    person = new_sandbox_person(persona_id)
    browser = sign_in(person, "zh-CN")
    assert "服务未开启" in browser.open(f"/{persona_id}/service")
    browser.submit(f"/{persona_id}/service/code")
    browser.submit(f"/{persona_id}/service", code=browser.read_code(person.address))
    secret = browser.shown_secret
    assert len(secret) == 16
    check_opens_mail(person, secret)
    browser.submit(f"/{persona_id}/service", switch="off")
    check_opens_nothing(person, secret)


def test_outlook_says_that_no_password_will_do(new_sandbox_person: NewPerson) -> None:
    browser = sign_in(new_sandbox_person("outlook"))
    assert "app passwords included" in browser.page
    browser.open("/outlook/app-passwords")
    assert "app passwords included" in browser.page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "sum": "0"}, "Give it a name"),
        ({"name": "Yizhan", "sum": "1000"}, "That is not the sum"),
    ],
)
def test_a_form_filled_wrong_makes_no_password(
    new_sandbox_person: NewPerson, fields: dict[str, str], words: str
) -> None:
    person = new_sandbox_person("mailru")
    browser = sign_in(person)
    browser.open("/mailru/app-passwords")
    turn_on_two_step(browser, person)
    browser.open("/mailru/app-passwords")
    assert words in browser.submit("/mailru/app-passwords", **fields)
    assert person.sandbox.world.people[person.address].app_passwords == []


def test_two_step_cannot_be_skipped_by_sending_the_form(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("gmail")
    browser = sign_in(person)
    browser.open("/gmail/app-passwords")
    browser.submit("/gmail/app-passwords", name="Yizhan")
    assert person.sandbox.world.people[person.address].app_passwords == []


def test_a_code_is_good_for_five_tries(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("gmail")
    browser = sign_in(person)
    browser.open("/gmail/two-step")
    browser.submit("/gmail/two-step/code")
    code = browser.read_code(person.address)
    for _ in range(5):
        assert "The code is wrong" in browser.submit("/gmail/two-step", code="wrong")
    browser.submit("/gmail/two-step", code=code)
    assert not person.sandbox.world.people[person.address].two_step


def test_only_the_login_password_opens_the_page(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    browser = Browser(person.sandbox.url)
    browser.open("/mailru/")
    browser.submit("/mailru/sign-in", address=person.address, password=person.make_secret())
    assert browser.status == 403
    assert "The address or the password is wrong" in browser.page


def test_anybody_may_have_an_account(sandbox: Sandbox) -> None:
    browser = Browser(sandbox.url)
    browser.open("/")
    browser.submit("/people", address="Somebody.New@Mail.ru")
    assert "somebody.new@mail.ru" in browser.page
    assert "This address is taken" in browser.submit("/people", address="somebody.new@mail.ru")
    assert "The sandbox has no such domain" in browser.submit("/people", address="somebody@example.org")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/phone", *(f"/{name}/" for name in PERSONAS), "/nowhere", "/mailru/nowhere"])
def test_every_page_speaks_every_language(sandbox: Sandbox, language: str, path: str) -> None:
    browser = Browser(sandbox.url, language)
    browser.open(path)
    lang = {"zh-hans": "zh-Hans"}.get(language, language)
    assert f'<html lang="{lang}">' in browser.page
    assert browser.page.count("<h1>") == 1


def test_a_chosen_language_stays(sandbox: Sandbox) -> None:
    browser = Browser(sandbox.url, "en")
    browser.open("/?lang=ru")
    assert "Почтовая песочница" in browser.open("/")


@pytest.mark.parametrize("key", all_words())
def test_a_word_names_the_same_facts_in_every_language(key: str) -> None:
    facts = [{name for _, name, *_ in Formatter().parse(text) if name} for text in all_words()[key]]
    assert facts[0] == facts[1] == facts[2]
    assert all(say(language, key) for language in LANGUAGES)


def test_another_sites_form_changes_nothing(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    browser = sign_in(person)
    forged = {"Cookie": browser.cookie, "Origin": "http://evil.example"}
    assert ask(browser.host, "POST", "/mailru/two-step/code", "token=x", forged)[0] == 403
    without_token = {"Cookie": browser.cookie, "Origin": f"http://{browser.host}"}
    assert ask(browser.host, "POST", "/mailru/two-step/code", "token=x", without_token)[0] == 403


def test_a_name_that_leads_here_by_dns_is_refused(sandbox: Sandbox) -> None:
    host = sandbox.url.removeprefix("http://")
    assert ask(host, "GET", "/", "", {"Host": "evil.example"})[0] == 400


def test_a_form_larger_than_any_is_refused(sandbox: Sandbox) -> None:
    host = sandbox.url.removeprefix("http://")
    assert ask(host, "POST", "/people", "a" * (MAX_FORM + 1), {})[0] == 413


def test_a_login_password_that_was_given_is_not_shown(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("plain")
    page = Browser(person.sandbox.url).open("/")
    assert person.address in page
    assert person.login_password not in page


def test_pages_load_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    browser = Browser(sandbox.url)
    browser.open("/")
    assert browser.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "http" not in browser.page.replace(browser.host, "")


def test_what_a_person_types_is_shown_as_text(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("yandex")
    browser = sign_in(person)
    browser.open("/yandex/app-passwords")
    browser.submit("/yandex/app-passwords", name="<script>alert(1)</script>")
    assert "<script" not in browser.page
    assert "&lt;script&gt;" in browser.page
