"""Every kind of response as a value; what is not as its rule says is refused."""

from datetime import UTC, datetime

import pytest
from imapclient import response_parser

from tests.imap.reading import frames, read, read_fetched
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.lexer import Lexer
from yizhan.imap.numset import NumSet
from yizhan.imap.types import (
    AppendUid,
    CapabilityData,
    CopyUid,
    Enabled,
    ESearch,
    Exists,
    Expunged,
    Fetched,
    Flags,
    Listed,
    Namespace,
    Namespaces,
    Quota,
    QuotaRoot,
    Recent,
    Response,
    SearchData,
    ServerId,
    Status,
    StatusData,
    Untagged,
    Vanished,
)

SET = NumSet.parse(b"1:3,7")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"* 23 EXISTS", Exists(23)),
        (b"* 5 RECENT", Recent(5)),
        (b"* 44 EXPUNGE", Expunged(44)),
        (b"* FLAGS (\\Seen $Work)", Flags(frozenset({"\\Seen", "$Work"}))),
        (b"* CAPABILITY IMAP4rev1 IDLE", CapabilityData(("IMAP4rev1", "IDLE"))),
        (b"* ENABLED CONDSTORE", Enabled(("CONDSTORE",))),
        (b"* ENABLED", Enabled(())),
        (b"* SEARCH", SearchData(())),
        (b"* SEARCH 5 3 4 ", SearchData((5, 3, 4))),
        (b"* SEARCH 2 5 (MODSEQ 917162500)", SearchData((2, 5), 917162500)),
        (b'* ESEARCH (TAG "A1") UID COUNT 17 ALL 1:3,7', ESearch("A1", True, total=17, all=SET)),
        (b'* ESEARCH (TAG "A1")', ESearch("A1", False)),
        (b"* ESEARCH UID MIN 7 MAX 9 MODSEQ 1236", ESearch("", True, 7, 9, mod_seq=1236)),
        (b"* ESEARCH UID PARTIAL (1:100 NIL)", ESearch("", True, partial_range="1:100", partial=NumSet())),
        (b"* ESEARCH UID PARTIAL (1:9 1:3,7)", ESearch("", True, partial_range="1:9", partial=SET)),
        (b"* VANISHED (EARLIER) 1:3,7", Vanished(SET, True)),
        (b"* VANISHED 1:3,7", Vanished(SET, False)),
        (b'* LIST (\\Noselect) "/" foo', Listed("foo", "foo", "/", frozenset({"\\noselect"}))),
        (b'* LIST () NIL "a b"', Listed("a b", "a b", "", frozenset())),
        (b'* LIST () "\\\\" {3}\r\nfoo', Listed("foo", "foo", "\\", frozenset())),
        (b'* LIST (\\Sent) "/" inbox', Listed("INBOX", "inbox", "/", frozenset({"\\sent"}))),
        (b'* LSUB () "." "#news.comp"', Listed("#news.comp", "#news.comp", ".", frozenset())),
        (b"* STATUS blurdybloop ()", StatusData("blurdybloop", "blurdybloop")),
        (b"* STATUS a (UIDNEXT 4 X-NEW (1 2) UNSEEN 0)", StatusData("a", "a", uid_next=4, unseen=0)),
        (b"* STATUS a (APPENDLIMIT NIL SIZE 9999999999)", StatusData("a", "a", size=9999999999)),
        (b'* NAMESPACE (("" "/")) NIL NIL', Namespaces((Namespace("", "", "/"),), (), ())),
        (
            b'* NAMESPACE (("" NIL "X-PARAM" ("A"))) NIL (("&U,BTFw-" "."))',
            Namespaces((Namespace("", "", ""),), (), (Namespace("台北", "&U,BTFw-", "."),)),
        ),
        (b'* QUOTA "" (STORAGE 10 512)', Quota("", (("STORAGE", 10, 512),))),
        (b"* QUOTA root ()", Quota("root", ())),
        (b'* QUOTAROOT INBOX ""', QuotaRoot("INBOX", ("",))),
        (b"* QUOTAROOT x", QuotaRoot("x", ())),
        (b'* ID ("name" "Cyrus" "os" NIL)', ServerId((("name", "Cyrus"),))),
        (b"* ID NIL", ServerId(())),
        (b"* METADATA x (/a b)", Untagged("METADATA", None, (b"x", [b"/a", b"b"]))),
        (b"* 5 XNEW a", Untagged("XNEW", 5, (b"a",))),
    ],
)
def test_a_response_is_this_value(line: bytes, value: Response) -> None:
    assert read(line) == value


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"* OK [UIDVALIDITY 3857529045] valid", Status(b"", "OK", "UIDVALIDITY", b"3857529045", b"valid", 3857529045)),
        (b"* OK [PERMANENTFLAGS ()] none", Status(b"", "OK", "PERMANENTFLAGS", b"()", b"none", frozenset())),
        (b"* BYE [UNAVAILABLE] later", Status(b"", "BYE", "UNAVAILABLE", b"", b"later")),
        (b"* PREAUTH hi", Status(b"", "PREAUTH", "", b"", b"hi")),
        (b"A1 ok done", Status(b"A1", "OK", "", b"", b"done")),
        (b"A1 NO [NEW-CODE x y] no", Status(b"A1", "NO", "NEW-CODE", b"x y", b"no")),
        (
            b"A1 NO [BADCHARSET (UTF-8 KOI8-R)] no",
            Status(b"A1", "NO", "BADCHARSET", b"(UTF-8 KOI8-R)", b"no", frozenset({"UTF-8", "KOI8-R"})),
        ),
        (
            b"A1 OK [APPENDUID 38505 3955] ok",
            Status(b"A1", "OK", "APPENDUID", b"38505 3955", b"ok", AppendUid(38505, NumSet.of([3955]))),
        ),
        (
            b"A1 OK [COPYUID 1 3,1 7:8] ok",
            Status(b"A1", "OK", "COPYUID", b"1 3,1 7:8", b"ok", CopyUid(1, ((3, 3), (1, 1)), ((7, 8),))),
        ),
        (b"A1 OK [MODIFIED 1:3,7] some", Status(b"A1", "OK", "MODIFIED", b"1:3,7", b"some", SET)),
        (b"A1 OK [COPYUID x] broken", Status(b"A1", "OK", "COPYUID", b"x", b"broken")),
        (b"A1 OK [HIGHESTMODSEQ] broken", Status(b"A1", "OK", "HIGHESTMODSEQ", b"", b"broken")),
        (b"A1 OK [unclosed", Status(b"A1", "OK", "", b"", b"[unclosed")),
        (b"A1 BAD \xb4\xed\xce\xf3", Status(b"A1", "BAD", "", b"", b"\xb4\xed\xce\xf3")),
    ],
)
def test_a_status_has_its_code_its_value_and_its_words(line: bytes, value: Status) -> None:
    assert read(line) == value


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"*",
        b"* ",
        b"* 99999999999 EXISTS",
        b"* 5000000000 EXISTS",
        b"* LIST () x",
        b"* LIST",
        b"* LIST () NIL",
        b'* LIST () "/" (a)',
        b"* STATUS a",
        b"* STATUS a (MESSAGES)",
        b"* STATUS a (MESSAGES x)",
        b"* STATUS a (MESSAGES 99999999999999999999)",
        b"* SEARCH a",
        b"* SEARCH 4294967296",
        b"* SEARCH 1 (X)",
        b"* ESEARCH ALL 0",
        b"* ESEARCH COUNT (1)",
        b"* VANISHED",
        b"* VANISHED 1:*",
        b"* VANISHED (EARLIER) x",
        b"* NAMESPACE NIL NIL",
        b"* NAMESPACE ((a)) NIL NIL",
        b"* QUOTA a (STORAGE 1)",
        b"* QUOTA a (STORAGE -1 5)",
        b"* CAPABILITY (a)",
        b'* X "unclosed',
        b"* X (unclosed",
        b"* X closed)",
        b"* X [unclosed",
    ],
)
def test_what_is_no_response_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        read(line)


def test_every_item_of_a_fetch_has_its_place() -> None:
    fetched = read_fetched(
        b'* 3 FETCH (UID 9 FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 +0000" RFC822.SIZE 44 MODSEQ (65402) '
        b'BODY[HEADER.FIELDS ("Date" From)] "x" body[1.mime]<0> NIL RFC822.TEXT "t" BINARY[1.2] ~{3}\r\na\0b '
        b'BINARY.SIZE[1] 77 EMAILID (M1) THREADID NIL PREVIEW "hi" SAVEDATE " 1-Jan-2020 00:00:00 +0000" '
        b'X-GM-MSGID 12 X-GM-THRID 13 X-GM-LABELS (\\Inbox "a b") X-NEW (1 2))'
    )
    assert fetched == Fetched(
        number=3,
        uid=9,
        flags=frozenset({"\\Seen"}),
        internal_date=datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC),
        size=44,
        mod_seq=65402,
        sections={
            'BODY[HEADER.FIELDS ("DATE" FROM)]': b"x",
            "BODY[1.MIME]": None,
            "RFC822.TEXT": b"t",
            "BINARY[1.2]": b"a\0b",
        },
        binary_sizes={"BINARY.SIZE[1]": 77},
        email_id="M1",
        preview=b"hi",
        save_date=datetime(2020, 1, 1, tzinfo=UTC),
        gmail_message=12,
        gmail_thread=13,
        gmail_labels=(b"\\Inbox", b"a b"),
        others={"X-NEW": [b"1", b"2"]},
    )


def test_under_uidonly_the_number_is_the_uid() -> None:
    assert read(b"* 25996 UIDFETCH (FLAGS ())") == Fetched(uid=25996, flags=frozenset())


@pytest.mark.parametrize(
    ("line", "uid"),
    [
        (b"* 1 FETCH (UID 7 INTERNALDATE x)", 7),
        (b'* 1 FETCH (INTERNALDATE "yesterday" UID 7)', 7),
        (b"* 1 FETCH (UID x)", None),
        (b"* 1 FETCH (FLAGS", None),
        (b"* 1 FETCH", None),
        (b"* 1 FETCH (MODSEQ 5 UID 8)", 8),
        (b"* 1 FETCH (BODY[] (a) UID 9)", 9),
    ],
)
def test_a_message_that_cannot_be_read_is_named_and_closes_nothing(line: bytes, uid: int | None) -> None:
    fetched = read_fetched(line)
    assert fetched.defect != ""
    assert fetched.uid == uid


@pytest.mark.parametrize(
    "line",
    [
        b'1 (A "b\\"c" NIL (D (E "f g")) 5)',
        b'1 (UID 7 FLAGS (\\Seen $X) BODY[HEADER.FIELDS (A B)] "x")',
        b'1 (A () B (() NIL ""))',
        b'1 (A "\xe9\xa1\xb9" B \\*)',
    ],
)
def test_values_are_those_that_imapclient_reads(line: bytes) -> None:
    def bare(value: object) -> object:
        """Lists and tuples alike, and numbers as they stood there."""
        if isinstance(value, list | tuple):
            return tuple(map(bare, value))
        return b"%d" % value if isinstance(value, int) else value

    [frame] = frames(b"* X " + line + b"\r\n")
    assert bare(Lexer(frame, 4).values()) == bare(response_parser.parse_response([line]))


def test_pairs_of_a_copyuid_follow_the_wire_and_nothing_is_made_up() -> None:
    assert CopyUid(1, ((3, 3), (1, 2)), ((9, 9), (5, 6))).pairs() == {3: 9, 1: 5, 2: 6}
    assert CopyUid(1, ((1, 2),), ((5, 5),)).pairs() == {}


def test_utf8_names_are_not_decoded_twice() -> None:
    assert read(b'* LIST () "/" "A&Jjo-"', utf8=True) == Listed("A&Jjo-", "A&Jjo-", "/", frozenset())
    assert read(b'* LIST () "/" "A&Jjo-"') == Listed("A☺", "A&Jjo-", "/", frozenset())
