"""Sending: what a server's answer, or a line that breaks, makes of a submission."""

from datetime import datetime, timedelta

import pytest

from tests.services.sendings import Sending, picky
from tests.store.making import NOON
from tests.support.faulty import Line, Script, serving, smtp
from yizhan.services.outbox import listing
from yizhan.services.outbox.recovery import judge_cut_short
from yizhan.store import accounts, lane, submissions
from yizhan.store.scope import Scope


def test_messages_go_over_one_connection_in_the_order_of_their_handing_in(scope: Scope) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        ids = [post.hand_in(f"person{number}@example.test") for number in range(4)]
        post.send()
        heard = server.heard.decode()
    assert [post.state(each) for each in ids] == [("sent", True)] * 4
    assert (len(server.lines), heard.count("AUTH"), heard.count("QUIT")) == (1, 1, 1)
    places = [heard.index(f"RCPT TO:<person{number}@") for number in range(4)]
    assert places == sorted(places)


def test_who_is_put_off_is_tried_again_alone_and_who_has_it_never(scope: Scope) -> None:
    verdicts = {"slow@example.test": ["450 4.7.1 Greylisted"], "nobody@example.test": ["550 5.1.1 User unknown"]}
    with serving(picky(verdicts)) as server:
        post = Sending(scope, server)
        number = post.hand_in("good@example.test", "slow@example.test", "nobody@example.test")
        post.send()
        told = post.told(number)
        assert (post.row(number).state, post.row(number).sent_at) == ("queued", NOON)
        assert {who: state for who, (state, _) in told.items()} == {
            "good@example.test": "accepted",
            "slow@example.test": "",
            "nobody@example.test": "refused",
        }
        assert told["slow@example.test"][1].startswith("450")
        post.send()
        assert post.row(number).state == "queued"
        post.later(number)
        post.send()
        heard = server.heard.decode()
    assert (post.row(number).state, post.row(number).sent_at) == ("sent", NOON)
    assert [heard.count(f"RCPT TO:<{who}@") for who in ("good", "slow", "nobody")] == [1, 2, 1]


def test_a_refusal_of_everybody_ends_it_only_if_it_is_for_good(scope: Scope) -> None:
    verdicts = {"a@example.test": ["550 5.1.1 User unknown"], "b@example.test": ["450 4.2.1 later"]}
    with serving(picky({name: list(said) for name, said in verdicts.items()})) as server:
        post = Sending(scope, server)
        gone, both = post.hand_in("a@example.test"), post.hand_in("b@example.test")
        post.send()
    assert (post.state(gone), post.state(both)) == (("failed", False), ("queued", False))
    assert post.row(gone).diagnosis["cause"] == "user_unknown"
    assert post.row(both).not_before == NOON + timedelta(seconds=30)


async def _vanish(line: Line) -> None:
    line.reset()


# Longer than what the sockets of both sides hold: it cannot be written whole to a server that has stopped reading.
LONG = b"Subject: hi\r\n\r\n" + (b"x" * 996 + b"\r\n") * 16_000
_ANSWERS = {"EHLO": ["250-hi", "250 AUTH PLAIN"], "AUTH": ["235 welcome"], "DATA": ["354 go on"]}


def _cut_at(verb: str) -> Script:
    """Takes everything until that command, and is gone then."""

    async def script(line: Line) -> None:
        await line.say("220 hi")
        in_text = False
        while not (said := (await line.hear()).upper()).startswith(verb):
            if not in_text:
                await line.say(*_ANSWERS.get(said.split(" ")[0], ["250 ok"]))
            in_text = in_text or said == "DATA"
        line.reset()

    return script


@pytest.mark.parametrize("verb", ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "SUBJECT"])
def test_a_line_that_breaks_before_the_final_dot_leaves_it_queued(scope: Scope, verb: str) -> None:
    with serving(_cut_at(verb)) as server:
        post = Sending(scope, server)
        number = post.hand_in(raw=LONG)
        post.send()
    assert post.row(number).state == "queued"
    assert post.row(number).not_before is not None
    assert post.row(number).diagnosis["retry"] == "later"


def test_a_line_that_breaks_after_the_final_dot_leaves_it_uncertain_and_nothing_sends_it_again(scope: Scope) -> None:
    with serving(smtp(at_dot=_vanish)) as server:
        post = Sending(scope, server)
        number = post.hand_in()
        post.send()
        assert post.state(number) == ("uncertain", True)
        post.clock.move(days=30)
        post.send()
        assert server.heard.count(b"MAIL FROM") == 1
    assert post.row(number).state == "uncertain"


@pytest.mark.parametrize(
    ("answers", "state", "cause"),
    [
        ({".": "452 4.3.1 Insufficient system storage"}, "queued", "server_storage_full"),
        ({".": "554 5.7.1 Message rejected as spam"}, "failed", "spam_rejected"),
        ({"DATA": "451 4.7.1 Greylisted"}, "queued", "greylisted"),
        ({"MAIL": "552 5.3.4 Message size exceeds fixed limit"}, "failed", "message_too_large"),
    ],
)
def test_a_refusal_waits_or_ends_it_by_its_cause(scope: Scope, answers: dict[str, str], state: str, cause: str) -> None:
    with serving(smtp(answers)) as server:
        post = Sending(scope, server)
        number = post.hand_in()
        post.send()
    row = post.row(number)
    assert (row.state, row.diagnosis["cause"]) == (state, cause)


def test_a_server_that_puts_off_for_days_has_refused(scope: Scope) -> None:
    with serving(smtp({"RCPT": "450 4.2.1 later"})) as server:
        post = Sending(scope, server)
        number = post.hand_in()
        for _ in range(3):
            post.send()
            post.later(number)
        assert post.row(number).retries == 3
        post.clock.move(days=5)
        post.send()
    assert post.row(number).state == "failed"


def test_a_message_larger_than_the_server_takes_is_not_uploaded(scope: Scope) -> None:
    with serving(smtp(extensions=("SIZE 1000", "AUTH PLAIN"))) as server:
        post = Sending(scope, server)
        number = post.hand_in(raw=b"Subject: hi\r\n\r\n" + b"x" * 2_000)
        post.send()
        assert b"MAIL" not in server.heard
    assert (post.row(number).state, post.row(number).diagnosis["cause"]) == ("failed", "message_too_large")


def test_a_kept_connection_that_has_died_is_opened_once_more(scope: Scope) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        first = post.hand_in()
        later: list[int] = []

        def between() -> None:
            server.hang_up()
            later.append(post.hand_in())

        post.send_twice(between)
        assert len(server.lines) == 2
    assert [post.state(first), post.state(later[0])] == [("sent", True)] * 2  # type: ignore[arg-type]
    assert post.row(later[0]).retries == 0  # type: ignore[arg-type]


def test_what_is_over_a_limit_waits_until_it_ends(scope: Scope) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        accounts.update(scope, post.account.pk, caps={"a_minute": 2, "gap_s": 0})
        ids = [post.hand_in() for _ in range(3)]
        rest = post.send()
        assert (rest.until, [post.row(each).state for each in ids]) == (
            NOON + timedelta(minutes=1),
            ["sent", "sent", "queued"],
        )
        shape = listing.find_submission(scope, ids[2], "en", post.clock)
        assert (shape["waits"], shape["not_before"]) == ("cap", NOON + timedelta(minutes=1))
        post.clock.move(seconds=60)
        assert post.send().until is None
    assert post.row(ids[2]).state == "sent"


def test_an_account_that_waits_for_a_person_sends_nothing_and_all_of_it_afterwards(scope: Scope) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        accounts.set_status(post.account.pk, "needs_credential", None, at=NOON, ok=False)
        number = post.hand_in()
        post.send()
        assert (server.lines, listing.find_submission(scope, number, "en", post.clock)["waits"]) == ([], "account")
        accounts.set_status(post.account.pk, "normal", None, at=NOON, ok=True)
        post.send()
    assert post.row(number).state == "sent"


def test_a_refused_secret_is_the_account_s_matter_and_the_message_waits_for_it(scope: Scope) -> None:
    with serving(smtp({"AUTH": "535 5.7.8 Error: authentication failed"})) as server:
        post = Sending(scope, server)
        first, second = post.hand_in(), post.hand_in()
        post.send()
        assert server.heard.count(b"AUTH") == 1
    shape = listing.find_submission(scope, first, "en", post.clock)
    assert (shape["state"], shape["waits"], shape["diagnosis"]["stage"]) == ("queued", "account", "smtp_auth")
    assert post.row(second).state == "queued"


def test_a_message_can_be_taken_back_until_its_seconds_are_over(scope: Scope) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        number, other = (post.hand_in(not_before=NOON + timedelta(seconds=10)) for _ in range(2))
        post.send()
        assert listing.find_submission(scope, number, "en", post.clock)["waits"] == "undo"
        listing.cancel(scope, number)
        post.clock.move(seconds=10)
        post.send()
        with pytest.raises(listing.TooLate):
            listing.cancel(scope, other)
    assert (post.row(number).state, post.row(other).state) == ("cancelled", "sent")


@pytest.mark.parametrize(("marked", "state"), [(NOON, "uncertain"), (None, "sent")])
def test_what_a_crash_cut_short_is_judged_by_its_mark(scope: Scope, marked: datetime | None, state: str) -> None:
    with serving(smtp()) as server:
        post = Sending(scope, server)
        number = post.hand_in()
        submissions.move(number, "queued", "sending", final_dot_at=marked)
        with lane.transaction():
            assert judge_cut_short(post.account.pk, post.lease) == 1  # type: ignore[arg-type]
        post.send()
    assert post.row(number).state == state


def test_a_large_message_says_how_far_it_is(scope: Scope) -> None:
    with serving(smtp(extensions=("AUTH PLAIN",))) as server:
        post = Sending(scope, server)
        number = post.hand_in(raw=b"Subject: hi\r\n\r\n" + (b"x" * 996 + b"\r\n") * 3_000)
        post.send()
    assert post.row(number).state == "sent"
    assert 0 < post.row(number).handed_bytes < 3_000_000
