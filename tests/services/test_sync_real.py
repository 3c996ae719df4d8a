"""Whatever happens at a real server, and wherever the line breaks: in the end we hold what it has."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest

from tests.services.mirrors import Mirror, change_at_random, mirror
from tests.support.cutting import Fault, cutting
from tests.support.cyrus import Cyrus, start_cyrus
from tests.support.dovecot import Dovecot, DovecotOptions
from tests.support.fixtures import add_person
from yizhan.base.secret import Secret
from yizhan.services.sync.engine import Synced
from yizhan.store import blobs
from yizhan.store.models import Account, Mailbox, Message
from yizhan.store.scope import Scope, scope_of_home

pytestmark = pytest.mark.real
ROUNDS = 8
_numbers = count(1)
MIXED = (
    b"From: a@example.test\r\nSubject: with a file\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
    b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n--b--\r\n"
)
LETTER = b"From: a@example.test\r\nSubject: %d\r\n\r\nhello\r\n"


@pytest.fixture(
    params=[frozenset(), frozenset({"QRESYNC"}), frozenset({"QRESYNC", "CONDSTORE", "LIST-STATUS", "ESEARCH"})],
    ids=["qresync", "condstore", "plain"],
)
def dovecot_mirror(
    request: pytest.FixtureRequest,
    sqlite: object,
    start_dovecot_with: Callable[[DovecotOptions], Dovecot],
) -> Iterator[Mirror]:
    server = start_dovecot_with(DovecotOptions(without=request.param))
    person = add_person(server, "mirrored@example.test")
    client = partial(server.client, person.address)
    with mirror(scope_of_home(), client, person.address, Secret(person.secret), server.starttls_port) as made:
        yield made


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    running = start_cyrus()
    yield running
    running.stop()


@contextmanager
def cyrus_mirror(scope: Scope, cyrus: Cyrus, secret: str) -> Iterator[Mirror]:
    """Somebody with an empty account there."""
    login = f"mirrored{next(_numbers)}"
    cyrus.add_user(login, secret)
    with mirror(scope, partial(cyrus.client, login), login, Secret(secret), cyrus.port) as made:
        yield made


def check_it_ends_equal(made: Mirror, seed: int) -> None:
    """Rounds of changes there and syncs here; what differs after one is the failure."""
    dice = random.Random(seed)
    for number in range(ROUNDS):
        with made.client() as client:
            change_at_random(client, dice, 6)
        made.sync()
        assert made.ours() == made.theirs(), f"after round {number} of {seed}"
    assert made.sync() == Synced()


def test_after_each_sync_we_hold_what_dovecot_has_by_every_strategy(dovecot_mirror: Mirror) -> None:
    check_it_ends_equal(dovecot_mirror, 20261124)


@pytest.mark.root
def test_after_each_sync_we_hold_what_cyrus_has(home: object, scope: Scope, cyrus: Cyrus, planted_secret: str) -> None:
    with cyrus_mirror(scope, cyrus, planted_secret) as made:
        check_it_ends_equal(made, 7)


@pytest.mark.root
def test_a_mailbox_that_was_renamed_keeps_its_messages_where_the_server_has_a_name_of_its_own_for_it(
    home: object, scope: Scope, cyrus: Cyrus, planted_secret: str
) -> None:
    with cyrus_mirror(scope, cyrus, planted_secret) as made:
        with made.client() as client:
            client.create("Clients")
            client.append("Clients", None, None, LETTER % 1)
        made.sync()
        before = Message.objects.get(mailbox__name="Clients").pk
        with made.client() as client:
            client.rename("Clients", "Customers")
        made.sync()
        assert Message.objects.get(mailbox__name="Customers").pk == before


def test_a_line_that_is_cut_at_any_byte_is_healed_by_the_next_sync(dovecot_mirror: Mirror) -> None:
    server_port = dovecot_mirror.port
    with cutting("127.0.0.1", server_port) as proxy:
        dovecot_mirror.port = proxy.port
        dice = random.Random(11)
        for _ in range(25):
            with dovecot_mirror.client() as client:
                change_at_random(client, dice, 2)
            proxy.fault = Fault(cut_after=dice.randint(1, 6_000))
            dovecot_mirror.sync_or_break()
        proxy.fault = Fault()
        dovecot_mirror.sync()
    assert proxy.lines > 25
    assert dovecot_mirror.ours() == dovecot_mirror.theirs()


def test_single_bytes_that_come_late_are_read_as_well(dovecot_mirror: Mirror) -> None:
    with dovecot_mirror.client() as client:
        change_at_random(client, random.Random(3), 10)
    with cutting("127.0.0.1", dovecot_mirror.port) as proxy:
        proxy.fault = Fault(chop=1, pause=0.0001)
        dovecot_mirror.port = proxy.port
        dovecot_mirror.sync()
    assert dovecot_mirror.ours() == dovecot_mirror.theirs()


def test_a_range_is_kept_widened_and_narrowed_here_and_never_at_the_server(dovecot_mirror: Mirror) -> None:
    now = datetime.now(UTC)
    with dovecot_mirror.client() as client:
        for days in range(0, 50, 10):
            client.append("INBOX", None, f'"{now - timedelta(days=days):%d-%b-%Y %H:%M:%S} +0000"', LETTER % days)
    account = Account.objects.filter(pk=dovecot_mirror.account_id)
    held = []
    for days in (15, 45, None, 25):
        account.update(sync_days=days)
        dovecot_mirror.sync()
        held.append(Message.objects.filter(mailbox__role="inbox").count())
    assert held == [2, 5, 5, 3]
    assert len(dovecot_mirror.theirs()["INBOX"]) == 5


def test_attachments_are_counted_by_what_the_server_says_of_the_parts(dovecot_mirror: Mirror) -> None:
    with dovecot_mirror.client() as client:
        client.append("INBOX", None, None, LETTER % 1)
        client.append("INBOX", None, None, MIXED)
    dovecot_mirror.sync()
    held = Message.objects.filter(account_id=dovecot_mirror.account_id, blob=None).order_by("uid")
    assert list(held.values_list("attachments", flat=True)) == [0, 1]


def test_a_mailbox_that_is_not_followed_is_forgotten_here_only(dovecot_mirror: Mirror) -> None:
    with dovecot_mirror.client() as client:
        client.append("Junk", None, None, LETTER % 1)
    dovecot_mirror.sync()
    junk = Mailbox.objects.filter(account_id=dovecot_mirror.account_id, role="junk")
    junk.update(follow=Mailbox.Follow.NEVER)
    dovecot_mirror.sync()
    assert (dovecot_mirror.ours()["Junk"], len(dovecot_mirror.theirs()["Junk"])) == ({}, 1)
    junk.update(follow=Mailbox.Follow.AUTO)
    dovecot_mirror.sync()
    assert dovecot_mirror.ours() == dovecot_mirror.theirs()


def test_a_copy_of_the_same_bytes_is_not_fetched_again_from_cyrus(
    sqlite: object, cyrus: Cyrus, planted_secret: str
) -> None:
    with cyrus_mirror(scope_of_home(), cyrus, planted_secret) as made:
        with made.client() as client:
            client.create("Labelled")
            for number in range(3):
                client.append("INBOX", None, None, LETTER % number)
            client.select("INBOX")
            client.copy("1:2", "Labelled")
        made.sync()
        assert made.fetch_bodies() == 3
        held = Message.objects.filter(account_id=made.account_id)
        assert held.count() == 5
        assert [each.subject for each in held if each.subject.encode() not in blobs.get(each.blob_id)] == []
        assert len({each.server_id for each in held}) == 3
