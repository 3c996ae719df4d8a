"""A verdict counts when it is the first, of one sender, and of the sender's own domain."""

import pytest

from yizhan.mime.authentication import UNNAMED, vouched_by

FROM = ("from", b" =?utf-8?B?0JHQvtGA0LjRgQ==?= <boris@Example.org>\r\n")


def verdict(text: str, *senders: tuple[str, bytes]) -> str:
    return vouched_by([("authentication-results", f" {text}\r\n".encode()), *(senders or (FROM,))])


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("mx.google.com; dkim=pass header.i=@example.org; spf=pass (google.com: domain of b@example.org)"
         " smtp.mailfrom=b@example.org; dmarc=pass (p=REJECT dis=NONE) header.from=example.org", "google.com"),
        ("mx283.i.mail.ru; spf=pass (mx283.i.mail.ru: domain of (nested) example.org)"
         " smtp.mailfrom=boris@example.org; dkim=fail; dmarc=pass header.from=boris@example.org", "mail.ru"),
        ("mx.shop.co.uk 1; dkim=pass header.d=mail.example.org", "shop.co.uk"),
        ("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dkim=none; dmarc=bestguesspass"
         " action=none header.from=example.org;compauth=pass reason=109", UNNAMED),
        ("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dkim=pass (signature was verified)"
         " header.d=example.org;dmarc=pass action=none header.from=example.org", UNNAMED),
        ("mx.b.net; dmarc=none header.from=example.org; spf=pass smtp.mailfrom=bounces.example.org", "b.net"),
        ("mx.google.com; dkim=pass header.i=@evil.test; spf=pass smtp.mailfrom=evil.test", ""),
        ("mx.google.com; dkim=pass header.i=@evil.test; dmarc=fail (p=NONE) header.from=example.org", ""),
        ("mx.google.com; dmarc=pass header.from=evil.test", ""),
        ("mx.google.com; dkim=pass header.d=org", ""),
        ("mx.google.com; dkim=pass", ""),
        ("mx.google.com; (dmarc=pass header.from=example.org)", ""),
        ("mx.google.com; none", ""),
        ("", ""),
        (";;;=;", ""),
        ("(" * 50_000, ""),
    ],
)  # fmt: skip
def test_the_first_verdict_tells_whose_server_vouches_for_the_sender(text: str, by: str) -> None:
    assert verdict(text) == by


def test_a_later_verdict_is_a_strangers() -> None:
    ours, theirs = b" mx.google.com; dmarc=fail", b" mx.google.com; dmarc=pass header.from=example.org"
    named = [("authentication-results", ours), ("authentication-results", theirs), FROM]
    assert vouched_by(named) == ""


def test_two_senders_and_none_are_nobody() -> None:
    passed = "mx.google.com; dmarc=pass header.from=example.org"
    assert verdict(passed) == "google.com"
    assert verdict(passed, FROM, FROM) == ""
    assert verdict(passed, ("from", b" a@example.org, b@evil.test")) == ""
    assert verdict(passed, ("to", b" a@example.org")) == ""
