"""From words to a diagnosis: its retry and wait, what it does to the account, and that no text can break or slow it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap.errors import CommandRefused
from yizhan.net.envelopes import InternationalRefused
from yizhan.net.errors import DeadlineMissed, SmtpRefused, TlsFailed, TlsKind
from yizhan.providers.causes import AFTER_S, RETRY_OF, STATUS_OF, Cause, Retry
from yizhan.providers.diagnosis import Observation, diagnose, observe, observe_words, status_after
from yizhan.providers.limits import MAX_EVIDENCE, MAX_WAIT_S
from yizhan.providers.signs import read_wait
from yizhan.providers.stages import Stage

PROTOCOLS = ("imap", "smtp", "pop3", "tls", "tcp", "dns", "proxy", "oauth", "")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", 300),
        ("Too many attempts, try again in 15 minutes", 900),
        ("retry after 3600 seconds", 3600),
        ('{"error":"slow_down","retry_after": 7}', 7),
        ("Retry-After: 120", 120),
        ("Greylisted for 300 seconds", 300),
        ("wait 2 hours before the next login", 7200),
        ("please try again in 00:05:00", 300),
        ("登录过于频繁，请15分钟后再试", 900),
        ("请稍后 30 秒再试", 30),
        ("1小时后重试", 3600),
        ("Слишком часто, попробуйте через 10 минут", 600),
        ("повторите через 2 часа", 7200),
        ("Bitte in 5 Minuten erneut versuchen", 300),
        ("Veuillez réessayer dans 20 minutes", 1200),
        ("Inténtelo en 3 horas", 10800),
        ("try again in 999999999 days", MAX_WAIT_S),
        ("Too many connections (max 10)", None),
        ("try again later", None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(said: str, seconds: int | None) -> None:
    assert read_wait(said) == seconds


def test_a_limit_without_a_time_waits_by_the_rule_of_its_cause() -> None:
    found = diagnose(observe_words(Stage.LOGIN, "NO [LIMIT] Too many logins", "imap"))
    assert (found.cause, found.retry, found.retry_after_s) == (Cause.RATE_LIMITED, Retry.AFTER, 900)


@pytest.mark.parametrize("cause", list(Cause))
def test_retry_and_status_of_a_cause_agree(cause: Cause) -> None:
    status = STATUS_OF.get(cause)
    retries = {"needs_credential": Retry.NEVER, "needs_action": Retry.NEVER, "throttled": Retry.AFTER}
    assert RETRY_OF[cause] == retries.get(status or "", RETRY_OF[cause])
    assert (RETRY_OF[cause] is Retry.AFTER) == (cause in AFTER_S)


@pytest.mark.parametrize(
    ("said", "protocol", "status", "retry"),
    [
        ("NO Computer says no", "imap", "needs_action", Retry.NEVER),
        ("* BYE Computer says bye to you", "imap", "unreachable", Retry.LATER),
        ("599 Computer says no", "smtp", "needs_action", Retry.NEVER),
    ],
)
def test_an_unknown_refusal_is_tried_again_only_if_it_was_not_for_good(
    said: str, protocol: str, status: str, retry: Retry
) -> None:
    found = diagnose(observe_words(Stage.LOGIN, said, protocol))
    assert (status_after(found), found.retry) == (status, retry)


def test_what_concerns_one_message_leaves_the_account_alone() -> None:
    found = diagnose(observe(Stage.RCPT_TO, SmtpRefused("rcpt-to", 550, b"5.1.1 No such user here")))
    assert (found.cause, status_after(found)) == (Cause.USER_UNKNOWN, None)


def test_an_ambiguous_refusal_lists_its_causes_in_the_order_to_try() -> None:
    words = "NO Login fail. Account is abnormal, service is not open, password is incorrect"
    found = diagnose(observe_words(Stage.LOGIN, words, "imap", provider="qq"))
    assert found.cause is Cause.AMBIGUOUS_LOGIN_REFUSED
    assert found.candidates[:3] == (Cause.IMAP_DISABLED, Cause.APP_PASSWORD_REQUIRED, Cause.WRONG_PASSWORD)


@pytest.mark.parametrize(
    ("host", "cause"),
    [("outlook.office365.com", Cause.OAUTH_REQUIRED), ("mail.example.com", Cause.WRONG_PASSWORD)],
)
def test_the_same_words_mean_what_this_server_means_by_them(host: str, cause: Cause) -> None:
    assert diagnose(observe(Stage.LOGIN, CommandRefused("LOGIN", "NO", "", b"LOGIN failed."), host=host)).cause is cause


def test_our_own_network_errors_carry_their_cause() -> None:
    assert diagnose(observe(Stage.CONNECT, DeadlineMissed("no answer in 8 s"))).cause is Cause.TIMEOUT
    assert diagnose(observe(Stage.TLS, TlsFailed(TlsKind.EXPIRED, "expired"))).cause is Cause.TLS_EXPIRED
    assert diagnose(observe(Stage.DATA, InternationalRefused("no SMTPUTF8"))).cause is Cause.SMTPUTF8_REQUIRED


def test_the_evidence_is_cut() -> None:
    assert len(diagnose(observe_words(Stage.LOGIN, "x" * 100_000, "imap")).evidence) == MAX_EVIDENCE


@given(
    said=st.text(max_size=300),
    code=st.sampled_from(["", "535", "AUTHENTICATIONFAILED", "timeout", "²", "[x"]),
    stage=st.sampled_from(list(Stage)),
    protocol=st.sampled_from(PROTOCOLS),
    host=st.text(max_size=20),
)
def test_any_words_get_a_diagnosis(said: str, code: str, stage: Stage, protocol: str, host: str) -> None:
    found = diagnose(Observation(stage, said, code, protocol=protocol, host=host, provider=host))
    assert found == diagnose(Observation(stage, said, code, protocol=protocol, host=host, provider=host))
    assert len(found.evidence) <= MAX_EVIDENCE


@given(raw=st.binary(max_size=300))
def test_any_bytes_get_a_diagnosis(raw: bytes) -> None:
    assert diagnose(observe(Stage.LOGIN, CommandRefused("LOGIN", "NO", "", raw))).stage is Stage.LOGIN


ADVERSARIES = {
    "one letter": "a" * MAX_EVIDENCE,
    "spaces": " " * MAX_EVIDENCE,
    "a phrase begun over and over": "imap " * 400,
    "two phrases interleaved": "smtp imap ip account user password quota recipient " * 40,
    "digits": "1" * MAX_EVIDENCE,
    "again and digits": "again in " * 200 + "1" * 200,
    "codes": "5.7.1 " * 330,
    "brackets": "[" * MAX_EVIDENCE,
    "escapes": "\\xc7\\xeb" * 250,
    "latin": "é" * MAX_EVIDENCE,
    "combining": "a" + "\u0301" * (MAX_EVIDENCE - 1),
    "base64": "QUJD" * 500,
    "expanding": "\ufdfa" * MAX_EVIDENCE,
    "chinese": "授权码登录" * 400,
    "tokens": "AUTH PLAIN " * 180,
}


@pytest.mark.parametrize("text", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_no_text_makes_a_diagnosis_slow(text: str) -> None:
    begun = time.process_time()
    found = [diagnose(observe_words(Stage.SMTP_AUTH, text, protocol)) for protocol in PROTOCOLS]
    assert time.process_time() - begun < 0.1 * len(found)
