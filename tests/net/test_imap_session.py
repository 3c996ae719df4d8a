"""Every extension that the real Dovecot has, through `ImapSession`."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tests.net.sessions import dialer, letter, signed_in
from tests.support.dovecot import Dovecot, DovecotOptions
from tests.support.mailhost import Person, add_person
from yizhan.base.secret import Secret
from yizhan.imap.commands import Resync
from yizhan.imap.encoder import astring, words
from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.imap.sasl import Login, Mechanism, Plain, ScramSha256
from yizhan.imap.states import State
from yizhan.imap.types import Exists, StatusData, Vanished
from yizhan.net.imap import ImapSession
from yizhan.net.imap_news import News
from yizhan.net.tls import client_context

T = TypeVar("T")


async def test_starttls_forgets_what_was_said_before_it(dovecot: Dovecot, imap_person: Person) -> None:
    stream = await dialer().dial(dovecot.host, dovecot.starttls_port)
    session = ImapSession(stream)
    await session.greeting()
    before = session.capabilities
    await session.starttls(client_context(dovecot.authority.ca_pem), "localhost")
    assert "STARTTLS" in before
    assert "STARTTLS" not in session.capabilities
    await session.login(imap_person.address, Secret(imap_person.secret))
    assert session.state is State.AUTHENTICATED
    await session.logout()


@pytest.mark.parametrize("mechanism", [Plain, Login, ScramSha256])
async def test_each_mechanism_signs_in(dovecot: Dovecot, imap_person: Person, mechanism: type[Mechanism]) -> None:
    more = {ScramSha256: [secrets.token_urlsafe(18)]}.get(mechanism, [])
    stream = await dialer().dial(dovecot.host, dovecot.starttls_port)
    session = ImapSession(stream)
    await session.greeting()
    await session.authenticate(mechanism(imap_person.address, Secret(imap_person.secret), *more))
    assert session.state is State.AUTHENTICATED
    assert session.capabilities.has("UIDPLUS")
    await session.logout()


@pytest.mark.parametrize("mechanism", [Plain, Login, ScramSha256])
async def test_a_wrong_secret_is_refused_with_the_servers_code(
    dovecot: Dovecot, imap_person: Person, mechanism: type[Mechanism]
) -> None:
    more = {ScramSha256: [secrets.token_urlsafe(18)]}.get(mechanism, [])
    stream = await dialer().dial(dovecot.host, dovecot.starttls_port)
    session = ImapSession(stream)
    await session.greeting()
    with pytest.raises(CommandRefused) as refused:
        await session.authenticate(mechanism(imap_person.address, Secret("wrong"), *more))
    assert refused.value.response_code == "AUTHENTICATIONFAILED"
    assert session.state is State.NOT_AUTHENTICATED
    await session.close()


async def test_a_transcript_shows_no_secret(dovecot: Dovecot, imap_person: Person) -> None:
    lines: list[tuple[str, bytes]] = []
    async with signed_in(dovecot, imap_person, trace=lambda who, line: lines.append((who, line))) as session:
        await session.noop()
    assert ("C", b"Y1 LOGIN person") in [(who, line[:15]) for who, line in lines]
    assert any(b" ******" in line for _, line in lines)
    assert not any(imap_person.secret.encode() in line for _, line in lines)


async def test_both_sides_say_who_they_are(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        server = await session.identify({"name": "Yizhan", "version": '0.1 "beta"'})
        assert ("name", "Dovecot") in server.facts
        assert (await session.identify({})).facts == server.facts


async def test_mailboxes_are_made_named_and_removed(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        wire = session.wire_name("项目 & Счета/2026")
        await session.create(wire)
        await session.subscribe(wire)
        names = {each.name for each in await session.list_mailboxes()}
        assert "项目 & Счета/2026" in names
        assert wire in {each.wire_name for each in await session.list_subscribed()}
        await session.rename(wire, session.wire_name("归档"))
        await session.unsubscribe(wire)
        await session.delete(session.wire_name("归档"))
        assert {each.name for each in await session.list_mailboxes("*2026*")} == set()


async def test_one_list_gives_roles_and_counts(dovecot: Dovecot, imap_person: Person) -> None:
    dovecot.deliver(imap_person.address, letter("one"), letter("two"))
    async with signed_in(dovecot, imap_person) as session:
        listed = await session.list_mailboxes(returning=["SPECIAL-USE", "STATUS (MESSAGES UNSEEN SIZE)"])
        by_name = {each.name: each for each in listed}
        assert "\\sent" in by_name["Sent"].attributes
        assert by_name["INBOX"].status == StatusData(
            "INBOX", "INBOX", messages=2, unseen=2, size=2 * len(letter("one"))
        )


async def test_namespaces_have_a_prefix_and_a_delimiter(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        namespaces = await session.namespace()
        assert [(each.prefix, each.delimiter) for each in namespaces.personal] == [("", "/")]


async def test_uidplus_says_where_a_message_went(dovecot: Dovecot, imap_person: Person) -> None:
    at = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)
    async with signed_in(dovecot, imap_person) as session:
        appended = await session.append("INBOX", letter("kept"), ["\\Seen"], at=at)
        assert appended is not None
        selected = await session.select("INBOX")
        assert appended.uid_validity == selected.uid_validity
        [fetched] = await session.fetch(appended.uids, "(UID FLAGS INTERNALDATE)", uid=True)
        assert (fetched.internal_date, fetched.flags) == (at, frozenset({"\\Seen", "\\Recent"}))
        copied = await session.copy(appended.uids, "Archive")
        assert copied is not None
        assert list(copied.pairs()) == appended.uids.numbers()
        await session.store(appended.uids, "+FLAGS.SILENT", ["\\Deleted"])
        assert len(await session.expunge(appended.uids)) == 1
        assert (await session.status("INBOX", "MESSAGES")).messages == 0


async def test_a_move_names_its_target_and_leaves_nothing(dovecot: Dovecot, imap_person: Person) -> None:
    uids = dovecot.deliver(imap_person.address, letter("one"), letter("two"))
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        moved = await session.move(NumSet.of(uids), "Archive")
        assert moved is not None
        assert list(moved.pairs()) == uids
        assert await session.search([words("ALL")]) == NumSet()
        await session.unselect()
        assert (await session.status("Archive", "MESSAGES")).messages == 2


async def test_search_finds_what_people_write(dovecot: Dovecot, imap_person: Person) -> None:
    text = b"Subject: =?utf-8?B?6K+i5Lu3?=\r\nMessage-ID: <q@test>\r\n\r\nx\r\n"
    sent_on = b"Resent-Message-ID: <on@test>\r\n" + letter("other")
    [uid, other] = dovecot.deliver(imap_person.address, text, sent_on)
    async with signed_in(dovecot, imap_person) as session:
        await session.examine("INBOX")
        assert await session.search([words("SUBJECT "), astring("询价")]) == NumSet.of([uid])
        assert await session.search_message_id("<q@test>") == [uid]
        assert await session.search_message_id("<on@test>") == [other]
        assert await session.search_message_id("<nobody@test>") == []
        found = await session.esearch([words("ALL")], "MIN", "MAX", "COUNT")
        assert (found.min, found.max, found.total) == (uid, other, 2)


async def test_a_fetch_gives_envelope_structure_and_bytes(dovecot: Dovecot, imap_person: Person) -> None:
    [uid] = dovecot.deliver(imap_person.address, letter("hello"))
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        items = "(UID ENVELOPE BODYSTRUCTURE RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (SUBJECT)] PREVIEW)"
        [fetched] = await session.fetch(str(uid), items, uid=True)
    assert fetched.envelope is not None
    assert fetched.envelope.subject == b"hello"
    assert fetched.envelope.from_[0].mailbox == b"alice"
    assert fetched.structure is not None
    assert fetched.structure.content_type == "text/plain"
    assert fetched.size == len(letter("hello"))
    assert fetched.sections["BODY[]"] == letter("hello")
    assert fetched.sections["BODY[HEADER.FIELDS (SUBJECT)]"] == b"Subject: hello\r\n\r\n"
    assert fetched.preview == b"Body of hello"


async def test_binary_decodes_a_part_on_the_server(dovecot: Dovecot, imap_person: Person) -> None:
    raw = b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8AIQ==\r\n"
    [uid] = dovecot.deliver(imap_person.address, raw)
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        [fetched] = await session.fetch(str(uid), "(UID BINARY.PEEK[1] BINARY.SIZE[1])", uid=True)
    assert fetched.sections["BINARY[1]"] == b"hello\0!"
    assert fetched.binary_sizes["BINARY.SIZE[1]"] == 7


async def test_condstore_refuses_to_overwrite_what_others_changed(dovecot: Dovecot, imap_person: Person) -> None:
    [uid] = dovecot.deliver(imap_person.address, letter("one"))
    async with signed_in(dovecot, imap_person) as session:
        selected = await session.select("INBOX", condstore=True)
        assert selected.highest_mod_seq is not None
        stored = await session.store(str(uid), "+FLAGS", ["\\Flagged", "$Work"])
        assert (stored.fetched[0].mod_seq or 0) > selected.highest_mod_seq
        late = await session.store(str(uid), "+FLAGS", ["\\Seen"], unchanged_since=selected.highest_mod_seq)
        assert late.modified == NumSet.of([uid])
        changed, _ = await session.fetch_changes("1:*", "(UID FLAGS)", selected.highest_mod_seq, vanished=False)
        assert [each.flags for each in changed] == [frozenset({"\\Flagged", "$Work", "\\Recent"})]


async def test_qresync_tells_at_select_what_changed_and_what_went(dovecot: Dovecot, imap_person: Person) -> None:
    first, second, third = dovecot.deliver(imap_person.address, letter("one"), letter("two"), letter("three"))
    async with signed_in(dovecot, imap_person) as session:
        assert await session.enable("QRESYNC") == {"QRESYNC"}
        before = await session.select("INBOX")
        assert before.highest_mod_seq is not None
        await session.store(str(first), "+FLAGS.SILENT", ["\\Deleted"])
        assert await session.expunge() == [Vanished(NumSet.of([first]), earlier=False)]
        await session.store(str(third), "+FLAGS.SILENT", ["\\Seen"])
        await session.unselect()
        resync = Resync(before.uid_validity, before.highest_mod_seq, NumSet.of([first, second, third]))
        after = await session.select("INBOX", resync=resync)
        assert after.vanished == NumSet.of([first])
        assert [each.uid for each in after.changed] == [third]
        _, gone = await session.fetch_changes("1:*", "(UID FLAGS)", before.highest_mod_seq, vanished=True)
        assert gone == NumSet.of([first])


async def test_compression_carries_both_directions(dovecot: Dovecot, imap_person: Person) -> None:
    body = letter("deflate") + b"all work and no play\r\n" * 5000
    async with signed_in(dovecot, imap_person) as session:
        await session.compress()
        appended = await session.append("INBOX", body)
        assert appended is not None
        await session.select("INBOX")
        [fetched] = await session.fetch(appended.uids, "(UID BODY.PEEK[])", uid=True)
        assert fetched.sections["BODY[]"] == body


async def test_idle_tells_of_a_new_message(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        async with session.idle(20) as news:
            await asyncio.to_thread(dovecot.deliver, imap_person.address, letter("new"))
            told = [one async for one in first_of(news, Exists)]
        assert told == [Exists(1)]
        assert await session.search([words("ALL")])


async def test_idle_ends_when_its_time_is_up(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        async with session.idle(0.1) as news:
            assert [one async for one in news if isinstance(one, Exists)] == []
        await session.noop()
        assert session.state is State.SELECTED


async def test_a_cancelled_idle_leaves_the_session_usable(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")

        async def wait() -> list[object]:
            async with session.idle(60) as news:
                return [one async for one in news]

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await session.status("INBOX", "MESSAGES")).messages == 0


async def test_notify_tells_of_mailboxes_that_are_not_selected(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        await session.notify("SET (PERSONAL (MessageNew MessageExpunge))")
        await asyncio.to_thread(dovecot.deliver, imap_person.address, letter("new"), mailbox="Archive")
        told = [one async for one in first_of(session.news(20), StatusData)]
        assert [each.name for each in told] == ["Archive"]


async def test_many_tasks_share_one_session(dovecot: Dovecot, imap_person: Person) -> None:
    dovecot.deliver(imap_person.address, *(letter(f"n{number}") for number in range(20)))
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        fetches = [session.fetch(str(uid), "(UID ENVELOPE)", uid=True) for uid in range(1, 21)]
        counts = [session.status(name, "MESSAGES") for name in ("INBOX", "Sent", "Drafts", "Archive")]
        fetched, numbers = await asyncio.gather(asyncio.gather(*fetches), asyncio.gather(*counts))
    assert [each.uid for answer in fetched for each in answer] == list(range(1, 21))
    assert [(each.name, each.messages) for each in numbers] == [
        ("INBOX", 20),
        ("Sent", 0),
        ("Drafts", 0),
        ("Archive", 0),
    ]


async def test_a_refused_select_leaves_no_mailbox_selected(dovecot: Dovecot, imap_person: Person) -> None:
    async with signed_in(dovecot, imap_person) as session:
        await session.select("INBOX")
        with pytest.raises(CommandRefused) as refused:
            await session.select("Nowhere")
        assert b"Nowhere" in refused.value.text
        assert session.state is State.AUTHENTICATED


QUOTA = """
mail_plugins = zlib quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M
}
protocol imap {
  mail_plugins = zlib imap_zlib quota imap_quota
}
"""


async def test_a_quota_has_usage_and_limit(start_dovecot_with: Callable[[DovecotOptions], Dovecot]) -> None:
    server = start_dovecot_with(DovecotOptions(extra=QUOTA))
    person = add_person(server, "full@example.test")
    async with signed_in(server, person) as session:
        [quota] = await session.quota("INBOX")
    assert (quota.root, quota.resources) == ("User quota", (("STORAGE", 0, 10240),))


async def first_of(news: News, kind: type[T]) -> AsyncIterator[T]:
    """Up to and with the first of this kind."""
    async for one in news:
        if isinstance(one, kind):
            yield one
            return
