"""The server's own words: readable in any alphabet, and without a secret in any form."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.planted import is_planted_in, planted_word
from yizhan.base.secret import Secret
from yizhan.imap.errors import CommandRefused
from yizhan.providers.diagnosis import diagnose, observe
from yizhan.providers.evidence import STARS, mend, read_words, strike_out
from yizhan.providers.stages import Stage
from yizhan.providers.words import SecretNoun
from yizhan.services.catalogue.diagnoses import diagnose_lines, kept_form, report, shape_of


@pytest.mark.parametrize("text", ["请使用授权码登录", "Ошибка: неверный пароль", "Contraseña incorrecta", "plain"])
def test_utf_8_is_read_as_it_is(text: str) -> None:
    assert read_words(text.encode()) == text


def test_old_chinese_is_read_as_gb18030() -> None:
    assert read_words("535 登录失败，授权码错误".encode("gb18030")) == "535 登录失败，授权码错误"


@pytest.mark.parametrize("name", ["koi8-r", "cp1251"])
def test_old_russian_is_not_read_as_chinese(name: str) -> None:
    text = "Неверный логин или пароль, попробуйте позже"
    assert read_words(text.encode(name)) == text


def test_words_that_went_through_the_wrong_alphabet_are_mended() -> None:
    chinese = "请使用授权码登录"
    mangled = chinese.encode("gb18030").decode("latin-1")
    assert mend(f"535 Error: {mangled}") == f"535 Error: {chinese}"
    escaped = "".join(f"\\x{byte:02x}" for byte in chinese.encode("gb18030"))
    assert mend(f"(535, b'{escaped}')") == f"(535, b'{chinese}')"


@pytest.mark.parametrize("text", ["Échec d’authentification", "señal: contraseña", "Überlastet, später", "naïve café"])
def test_words_that_are_well_are_left_alone(text: str) -> None:
    assert mend(text) == text


def forms_of(secret: str) -> list[str]:
    sasl = f"\0li@example.com\0{secret}".encode()
    xoauth2 = f"user=li@example.com\x01auth=Bearer {secret}\x01\x01".encode()
    return [
        f"535 your password {secret} is wrong",
        f"AUTH PLAIN {base64.b64encode(sasl).decode()}",
        f"you sent {base64.b64encode(secret.encode()).decode()} as password",
        f"535 {base64.b64encode(b'x' + secret.encode()).decode()}",
        f"535 {base64.b64encode(b'xy' + secret.encode()).decode()}",
        f"AUTHENTICATE XOAUTH2 {base64.b64encode(xoauth2).decode()}",
        f"Authorization: Bearer {secret}",
        f"hex {secret.encode().hex()} seen",
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_secret_is_struck_out_in_every_form(number: int) -> None:
    text = forms_of(planted_word())[number]
    struck = strike_out(text, [Secret(planted_word())])
    assert not is_planted_in(struck)
    assert STARS in struck


@pytest.mark.parametrize(
    "text",
    [
        "AUTH PLAIN AGxpAHNlY3JldC13b3JkLWhlcmU=",
        "you said AGxpAHNlY3JldC13b3JkLWhlcmU= to us",
        "Bearer abcdefghijklmnop",
        '{"access_token":"abcdefghijkl"}',
        "refresh_token=1//0abcdefghijklmnop",
        "ya29.a0AfH6SMBxyzxyz was refused",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "password=hunter22222",
    ],
)
def test_what_looks_like_a_token_is_struck_out_though_nobody_named_it(text: str) -> None:
    assert STARS in strike_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials d9-20sm",
        "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
        "NO [AUTHENTICATIONFAILED] Authentication failed.",
        "Password incorrect",
        "[MN2PR05CA0004.namprd05.prod.outlook.com 2023-09-12T20:59:57.214Z 08DBB276B7E699C4]",
    ],
)
def test_what_a_server_says_of_itself_stays(text: str) -> None:
    assert strike_out(text, [Secret("another-secret")]) == text


@given(secret=st.text(min_size=1, max_size=40), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_secret_of_any_letters_stays_whole(secret: str, before: str, after: str) -> None:
    struck = strike_out(f"{before}{secret}{after}", [Secret(secret)])
    assert secret in STARS or not [part for part in struck.split(STARS) if secret in part]


def test_neither_diagnosis_nor_report_repeats_a_secret_that_a_server_echoes() -> None:
    error = CommandRefused("LOGIN", "NO", "", f"bad password {planted_word()}".encode())
    kept = kept_form(diagnose(observe(Stage.LOGIN, error, secrets=[Secret(planted_word())])))
    texts = [report(kept, language, SecretNoun("QQ", "授权码")) for language in ("zh-hans", "en", "ru")]
    assert not is_planted_in(json.dumps([kept, shape_of(kept, "en"), texts], ensure_ascii=False))
    assert all(f"bad password {STARS}" in text for text in texts)


def test_a_report_says_all_that_a_friend_needs() -> None:
    error = CommandRefused("LOGIN", "NO", "", b"Too many attempts, try again in 15 minutes")
    text = report(kept_form(diagnose(observe(Stage.LOGIN, error))), "en", SecretNoun("QQ Mail"))
    assert text.splitlines()[:5] == [
        "Yizhan diagnosis report",
        "Provider: QQ Mail",
        "Stage: login",
        "Cause: Throttled (rate_limited)",
        "The server said: Too many attempts, try again in 15 minutes",
    ]
    assert text.splitlines()[-1] == "Retry: after (900 s)"


def test_answers_never_repeat_what_was_given() -> None:
    line = json.dumps({"protocol": "imap", "stage": "auth", "raw": f"NO {planted_word()} is wrong"}).encode()
    assert not is_planted_in(json.dumps(list(diagnose_lines([line], "en"))))
