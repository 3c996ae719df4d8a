"""What a page asks of the engine, asked from a test: in this process, on the home of the programs under test."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.store.databases import using
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.base.ids import RequestId
from yizhan.base.secret import Secret
from yizhan.services.accounts.asking import ask_bind, read_asked
from yizhan.services.accounts.forms import BindForm
from yizhan.store.scope import Scope, scope_of_home
from yizhan.store.vault import open_vault

ANSWER_SECONDS = 40.0


@contextmanager
def door(home: Home) -> Iterator[Scope]:
    """The home opened as the web process opens it."""
    assert home.cli("accounts", "list").code == 0  # makes the home whole
    with using(home.env):
        open_vault()
        yield scope_of_home()


def form(mailhost: MailHost, person: Person, secret: str | None = None, **fields: Any) -> BindForm:
    servers = {"imap": mailhost.imap, "smtp": mailhost.smtp, "ca_pem": mailhost.ca_pem}
    return BindForm(person.address, Secret(secret or person.secret), **{**servers, **fields})


def answer_of(scope: Scope, request_id: RequestId, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """The request when it is answered."""
    until = time.monotonic() + seconds
    while True:
        asked = read_asked(scope, request_id, "en")
        if asked["state"] in ("done", "failed"):
            return asked
        assert time.monotonic() < until, asked
        time.sleep(0.05)


def bind(scope: Scope, mailhost: MailHost, person: Person, **fields: Any) -> dict[str, Any]:
    return answer_of(scope, ask_bind(scope, form(mailhost, person, **fields)))
