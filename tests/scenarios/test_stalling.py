"""A server that stalls gets its verdict within half a minute of the click, through the engine."""

import time

from tests.scenarios.asked import answer_of, door
from tests.support.faulty import serving, silence
from tests.support.home import Home
from yizhan.base.secret import Secret
from yizhan.services.accounts.asking import ask_bind
from yizhan.services.accounts.forms import BindForm

VERDICT_SECONDS = 30.0


def test_a_server_that_never_greets_gets_its_verdict_within_thirty_seconds(home: Home) -> None:
    with serving(silence) as server, door(home) as scope, home.engine():
        where = f"127.0.0.1:{server.port}/plain"
        begun = time.monotonic()
        asked = ask_bind(scope, BindForm("li@example.com", Secret("made-up"), imap=where, smtp=where))
        answer = answer_of(scope, asked, VERDICT_SECONDS)
        assert time.monotonic() - begun < VERDICT_SECONDS
        assert (answer["state"], answer["diagnosis"]["cause"]) == ("failed", "timeout")
        assert answer["diagnosis"]["stage"] == "greeting"
