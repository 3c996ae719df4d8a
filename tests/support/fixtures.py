"""Fixtures: real servers are started when the first test asks, one of each a worker process, and stopped at the end."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support.browser import Pages, running_browser
from tests.support.certificates import Authority
from tests.support.dovecot import DOMAIN, Dovecot, DovecotOptions, start_dovecot
from tests.support.home import Home, new_home
from tests.support.mailhost import MailHost, Person, add_person, start_mailhost
from tests.support.places import given_file
from tests.support.planted import planted_word

_numbers = count(1)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The certificate authority of all private servers."""
    return Authority()


@pytest.fixture(scope="session")
def stranger() -> Authority:
    """An authority whom nobody trusts."""
    return Authority()


@pytest.fixture(scope="session")
def planted_secret() -> str:
    """A word that may stand in what a test hands in as a secret, and nowhere else in the whole run."""
    return planted_word()


@pytest.fixture
def secret_file(planted_secret: str) -> Path:
    """A file with the planted secret, as `--secret-file` takes it."""
    return given_file(f"{planted_secret}\n")


@pytest.fixture(scope="session")
def dovecot(authority: Authority) -> Iterator[Dovecot]:
    """IMAP alone, without root; everybody's for the session, so take `imap_person`."""
    running = start_dovecot(authority)
    yield running
    running.stop()


@pytest.fixture
def start_dovecot_with(authority: Authority) -> Iterator[Callable[[DovecotOptions], Dovecot]]:
    """A Dovecot that differs from a modern one, for this test only."""
    started = []

    def start(options: DovecotOptions) -> Dovecot:
        started.append(start_dovecot(authority, options))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def imap_person(dovecot: Dovecot) -> Person:
    """Somebody with an empty account on `dovecot`, this test's own."""
    return add_person(dovecot, f"person{next(_numbers)}@{DOMAIN}")


@pytest.fixture(scope="session")
def mailhost(authority: Authority) -> Iterator[MailHost]:
    """Dovecot and Postfix together; needs root."""
    running = start_mailhost(authority)
    yield running
    running.stop()


@pytest.fixture
def alice(mailhost: MailHost) -> Person:
    """Somebody at `mailhost`, this test's own, whose mailbox is empty."""
    return mailhost.new_person("alice")


@pytest.fixture
def bob(mailhost: MailHost) -> Person:
    """Somebody else at `mailhost`."""
    return mailhost.new_person("bob")


@pytest.fixture
def home() -> Iterator[Home]:
    """An empty YIZHAN_HOME on SQLite; what a test leaves there must be consistent."""
    opened = new_home()
    yield opened
    assert opened.inconsistencies() == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium a worker process."""
    async with running_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Opens pages (`await pages.open(language="ru", width=390, dark=True)`) and fails if one complains."""
    opened = Pages(browser)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(pages: Pages) -> Page:
    """One page, in English, 1280 by 800, light."""
    return await pages.open()
