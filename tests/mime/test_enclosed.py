"""What parts hold inside themselves, what a message says of its protection, and invitations."""

import struct
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from yizhan.mime.cms import signed_content
from yizhan.mime.enclosed import enclosed, find_leaf, is_message
from yizhan.mime.invitations import read_invitation
from yizhan.mime.limits import MAX_CALENDAR_CHARS, MAX_ENCLOSED_DEPTH
from yizhan.mime.structure import parse_message
from yizhan.mime.summary import attached_files
from yizhan.mime.tnef import read_tnef


def letter(text: str, *inner: EmailMessage) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = text
    made.set_content(text)
    for each in inner:
        made.add_attachment(each)
    return made


def property_(name: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(value)) + value + bytes(-len(value) % 4)


def attribute(name: int, value: bytes) -> bytes:
    return b"\x01" + struct.pack("<II", name, len(value)) + value + bytes(2)


def winmail() -> bytes:
    properties = (
        struct.pack("<I", 2) + struct.pack("<HHI", 3, 0x3705, 1) + property_(0x3707, 31, "报价.pdf".encode("utf-16le"))
    )
    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(0x2800C, b"Hello\0")
        + attribute(0x69002, bytes(14))
        + attribute(0x18010, b"BAOJIA~1.PDF\0")
        + attribute(0x6800F, b"%PDF-1.4")
        + attribute(0x69005, properties)
    )


def garbled(data: bytes, at: int) -> bytes:
    """Every 31st byte behind the signature turned round."""
    return data[:6] + bytes(each ^ 0xFF if place % 31 == at % 31 else each for place, each in enumerate(data[6:]))


def opaque(content: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anna")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    built = built.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    certificate = built.sign(key, hashes.SHA256())
    signing = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return signing.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def test_a_message_inside_has_its_own_head_and_its_files_have_a_way() -> None:
    inner = letter("inner")
    inner.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    parsed = parse_message(letter("outer", letter("middle", inner)).as_bytes())
    found = [(way, each.header("subject")) for way, _, each in enclosed(parsed)]
    assert found == [("2", "middle"), ("2:2", "inner")]
    leaf = find_leaf(parsed, "2:2:2")
    assert leaf is not None
    assert leaf.filename == "a.pdf"


@pytest.mark.parametrize("way", ["", "9", "1:1", "2:9", "2:2:2:2:2:2:2:2", ":", "2:", "x"])
def test_a_way_that_leads_nowhere_finds_nothing(way: str) -> None:
    assert find_leaf(parse_message(letter("outer", letter("inner")).as_bytes()), way) is None


def test_messages_inside_messages_end_at_a_depth() -> None:
    made = letter("0")
    for at in range(1, 12):
        made = letter(str(at), made)
    assert len(list(enclosed(parse_message(made.as_bytes())))) == MAX_ENCLOSED_DEPTH


def test_winmail_gives_its_files_and_its_text() -> None:
    found = read_tnef(winmail())
    assert found is not None
    assert (found.text, [(file.name, file.data) for file in found.files]) == ("Hello", [("报价.pdf", b"%PDF-1.4")])


@pytest.mark.parametrize("cut", range(0, len(winmail()), 7))
def test_winmail_that_is_cut_or_altered_never_raises(cut: int) -> None:
    whole = winmail()
    read_tnef(whole[:cut])
    altered = read_tnef(garbled(whole, cut))
    assert altered is not None


def test_an_opaque_signature_shows_what_it_signs_and_claims_nothing() -> None:
    wrapped = EmailMessage()
    wrapped.set_content(opaque(letter("signed words").as_bytes()), maintype="application", subtype="pkcs7-mime")
    parsed = parse_message(wrapped.as_bytes())
    body = parsed.body("text/plain")
    assert body is not None
    assert body.text().strip() == "signed words"
    assert parsed.protection == "smime_signed"


def test_a_signature_around_a_signature_is_taken_off_once() -> None:
    wrapped = letter("core").as_bytes()
    for _ in range(3):
        outer = EmailMessage()
        outer.set_content(opaque(wrapped), maintype="application", subtype="pkcs7-mime", cte="base64")
        wrapped = outer.as_bytes()
    assert [leaf.content_type for leaf in parse_message(wrapped).leaves] == ["application/pkcs7-mime"]


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80" * 5000, b"\x30\x84\xff\xff\xff\xff", bytes(100), b"\xff" * 50]
)
def test_what_is_no_signed_data_is_none(data: bytes) -> None:
    assert signed_content(data) is None


@pytest.mark.parametrize("cut", range(1, 400, 13))
def test_signed_data_that_is_cut_never_raises(cut: int) -> None:
    assert signed_content(opaque(b"x" * 300)[:cut]) is None


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        ('multipart/signed; protocol="application/pgp-signature"; boundary=b', "", "pgp_signed"),
        ('multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "", "smime_signed"),
        ('multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b', "", "pgp_encrypted"),
        ("application/pkcs7-mime; smime-type=enveloped-data", "MIAG", "smime_encrypted"),
        ("text/plain", "-----BEGIN PGP MESSAGE-----", "pgp_encrypted"),
        ("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----", "pgp_signed"),
        ("text/plain", "Hello", ""),
    ],
)
def test_a_message_says_how_it_is_protected(head: str, body: str, said: str) -> None:
    assert parse_message(f"Content-Type: {head}\r\n\r\n{body}".encode()).protection == said


def test_a_signature_is_no_file_of_the_person() -> None:
    raw = (
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
        b"--b\r\nContent-Type: application/pgp-signature; name=s.asc\r\n\r\nx\r\n--b--\r\n"
    )
    assert attached_files(parse_message(raw)) == []
    assert message_from_bytes(raw).is_multipart()


CALENDAR = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:出运会议
LOCATION:宁波
DTSTART;TZID=China Standard Time:20261201T090000
DTEND;TZID=Asia/Shanghai:20261201T100000
ORGANIZER;CN=Анна:mailto:anna@example.com
ATTENDEE;CN="Li, Wei";PARTSTAT=ACCEPTED:mailto:li@example.cn
ATTENDEE:MAILTO:boris@example.org
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_says_what_when_where_and_who() -> None:
    found = read_invitation(CALENDAR)
    assert found is not None
    assert (found.method, found.title, found.place, found.repeats) == ("REQUEST", "出运会议", "宁波", True)
    assert found.start == datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert [(each.name, each.address, each.status) for each in found.attendees] == [
        ("Li, Wei", "li@example.cn", "ACCEPTED"),
        ("", "boris@example.org", ""),
    ]
    assert found.organiser is not None
    assert found.organiser.name == "Анна"


def test_an_event_of_a_whole_day_is_a_day() -> None:
    found = read_invitation("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261201\nEND:VEVENT\nEND:VCALENDAR")
    assert found is not None
    assert found.start == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "BEGIN:VCALENDAR",
        "BEGIN:VCALENDAR\nEND:VEVENT",
        "\0",
        "x" * (MAX_CALENDAR_CHARS + 1),
        "BEGIN:VEVENT\n" * 3000,
    ],
)
def test_a_calendar_without_an_event_is_none_and_never_raises(text: str) -> None:
    assert read_invitation(text) is None


def test_an_event_whose_time_is_nonsense_has_none() -> None:
    found = read_invitation(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:99999999T999999\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR"
    )
    assert found is None or found.start is None


def test_only_messages_are_messages() -> None:
    parsed = parse_message(letter("outer", letter("inner")).as_bytes())
    assert [is_message(leaf) for leaf in parsed.leaves] == [False, True]
