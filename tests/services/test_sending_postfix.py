"""Sending to a real Postfix that limits sizes, puts off and refuses recipients one by one."""

from collections.abc import Iterator

import pytest

from tests.services.sendings import Sending
from tests.support.dovecot import Dovecot
from tests.support.postfix import Postfix, PostfixOptions, start_postfix
from yizhan.store.scope import Scope

pytestmark = [pytest.mark.root, pytest.mark.real]
ACCESS = """smtpd_recipient_restrictions = check_recipient_access inline:{
  { slow@example.test = 450 4.7.1 Greylisted, please try again in 300 seconds }
  { full@example.test = 452 4.3.1 Insufficient system storage } }
  reject_unlisted_recipient permit_sasl_authenticated reject"""


@pytest.fixture(scope="module")
def strict(dovecot: Dovecot) -> Iterator[Postfix]:
    running = start_postfix(dovecot, PostfixOptions(size_limit_bytes=20_000, extra=ACCESS))
    yield running
    running.stop()


def open_post(scope: Scope, dovecot: Dovecot, postfix: Postfix) -> Sending:
    where = {"smtp_port": postfix.tls_port, "smtp_security": "tls", "ca_pem": postfix.authority.ca_pem}
    post = Sending(scope, None, **where)
    dovecot.add_user(post.account.address, "opensesame")
    return post


def test_each_recipient_of_a_real_postfix_has_their_own_answer(scope: Scope, dovecot: Dovecot, strict: Postfix) -> None:
    post = open_post(scope, dovecot, strict)
    good = f"good.{post.account.address}"
    dovecot.add_user(good, "of no use")
    number = post.hand_in(good, "slow@example.test", "full@example.test", "nobody@example.test")
    large = post.hand_in(good, raw=b"Subject: large\r\n\r\n" + b"x\r\n" * 20_000)
    post.send()
    told = {who.partition("@")[0]: (state, said[:3]) for who, (state, said) in post.told(number).items()}
    assert told == {
        good.partition("@")[0]: ("accepted", ""),
        "slow": ("", "450"),
        "full": ("", "452"),
        "nobody": ("refused", "550"),
    }
    assert (post.row(number).state, post.row(large).state) == ("queued", "failed")
    assert post.row(large).diagnosis["cause"] == "message_too_large"
    post.later(number)
    post.send()
    assert post.told(number)[good] == ("accepted", "")
    post.hand_in(good, raw=b"Subject: last\r\n\r\nthe last")
    post.send()
    strict.server.wait_until(lambda: any(b"the last" in raw for raw in dovecot.messages(good)))
    assert len(dovecot.messages(good)) == 2
