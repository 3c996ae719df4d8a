"""Each quirk changes what it says and nothing while it is off."""

import pytest

from tests.imap.reading import read
from yizhan.imap import commands
from yizhan.imap.capabilities import Capabilities
from yizhan.imap.connection import Connection
from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.quirks import HIDDEN, Quirk, parse_quirks
from yizhan.imap.types import CopyUid, Status, Vanished

TRIED = {Quirk.APPEND_ENDS_WITH_CRLF, Quirk.COPYUID_PERMUTED, Quirk.STAR_IN_VANISHED, Quirk.MISSING_TEXT}


@pytest.mark.parametrize("quirk", HIDDEN)
def test_a_capability_that_is_not_to_be_used_is_not_there(quirk: Quirk) -> None:
    announced = ["IMAP4rev1", *HIDDEN.values()]
    assert Capabilities(announced) - Capabilities(announced, frozenset({quirk})) == {HIDDEN[quirk]}


def append(*quirks: Quirk, raw: bytes) -> bytes:
    connection = Connection(frozenset(quirks))
    connection.receive_data(b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n")
    connection.next_event()
    connection.send(commands.append("Sent", raw))
    return connection.bytes_to_send()


def test_a_message_is_given_its_last_line_end_only_where_it_must_have_one() -> None:
    assert append(raw=b"a").endswith(b"{1+}\r\na\r\n")
    assert append(Quirk.APPEND_ENDS_WITH_CRLF, raw=b"a").endswith(b"{3+}\r\na\r\n\r\n")
    assert append(Quirk.APPEND_ENDS_WITH_CRLF, raw=b"a\r\n").endswith(b"{3+}\r\na\r\n\r\n")


def test_pairs_in_disorder_are_trusted_for_one_message_only() -> None:
    several, single = b"A1 OK [COPYUID 1 1:2 8,7] done", b"A1 OK [COPYUID 1 1 8] done"
    trusted, doubted, sure = read(several), read(several, Quirk.COPYUID_PERMUTED), read(single, Quirk.COPYUID_PERMUTED)
    assert isinstance(trusted, Status)
    assert isinstance(doubted, Status)
    assert isinstance(sure, Status)
    assert trusted.value == CopyUid(1, ((1, 2),), ((8, 8), (7, 7)))
    assert doubted.value is None
    assert sure.value == CopyUid(1, ((1, 1),), ((8, 8),))


def test_a_clipped_vanished_is_read_only_if_asked() -> None:
    line = b"* VANISHED (EARLIER) 1:*"
    assert read(line, Quirk.STAR_IN_VANISHED) == Vanished(NumSet.from_(1), True)
    with pytest.raises(RemoteProtocolError):
        read(line)


def test_a_status_without_words_is_read_only_if_asked() -> None:
    assert read(b"A1 OK", Quirk.MISSING_TEXT) == Status(b"A1", "OK", "", b"", b"")
    assert read(b"A1 OK ") == Status(b"A1", "OK", "", b"", b"")
    with pytest.raises(RemoteProtocolError):
        read(b"A1 OK")


def test_every_quirk_is_tried_here() -> None:
    assert TRIED | set(HIDDEN) == set(Quirk)


def test_quirks_have_the_names_that_providers_files_use() -> None:
    assert parse_quirks(["no_sasl_ir", "no_qresync"]) == {Quirk.NO_SASL_IR, Quirk.NO_QRESYNC}
    with pytest.raises(LocalProtocolError):
        parse_quirks(["no_such_thing"])


def test_limits_and_mechanisms_are_read_from_the_words() -> None:
    found = Capabilities(
        ["IMAP4rev1", "AUTH=PLAIN", "auth=xoauth2", "APPENDLIMIT=35651584", "MESSAGELIMIT=1000", "LITERAL-"]
    )
    assert found.mechanisms == {"PLAIN", "XOAUTH2"}
    assert (found.append_limit, found.message_limit, found.literal_limit) == (35651584, 1000, 4096)
    assert (Capabilities(["APPENDLIMIT"]).append_limit, Capabilities().literal_limit) == (None, 0)
    assert Capabilities(["LITERAL+", "LITERAL-"]).literal_limit is None


def test_rev2_has_built_in_what_it_has_built_in() -> None:
    assert Capabilities(["IMAP4rev2"]).has("MOVE")
    assert not Capabilities(["IMAP4rev1"]).has("MOVE")
    assert not Capabilities(["IMAP4rev2"]).has("CONDSTORE")
