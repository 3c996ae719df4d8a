import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.filenames import download_type, image_type, safe_filename
from yizhan.mime.limits import MAX_FILENAME_BYTES


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("报价 2026.pdf", "报价 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com1.txt", "_com1.txt"),
        (" .hidden. ", "hidden"),
        ("...", "part-3.bin"),
        ("", "part-3.bin"),
        ("half\ud83d", "half_"),
    ],
)
def test_names_are_made_fit(given_name: str, safe: str) -> None:
    assert safe_filename(given_name, "application/pdf", "3") == safe


def test_an_unnamed_part_is_named_by_its_type() -> None:
    assert safe_filename("", "message/rfc822", "2") == "part-2.eml"


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_filename("报" * 300 + ".xlsx")
    assert name.endswith(".xlsx")
    assert len(name.encode()) <= MAX_FILENAME_BYTES


@given(st.text(max_size=400))
def test_every_name_is_one_that_file_systems_take(name: str) -> None:
    safe = safe_filename(name)
    assert safe
    assert len(safe.encode()) <= MAX_FILENAME_BYTES + 8
    assert not set(safe) & set('/\\<>:"|?*\0\n\r\u202e')


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript", "x/y", ""]
)
def test_what_could_run_is_handed_over_as_bytes(content_type: str) -> None:
    assert download_type(content_type) == "application/octet-stream"


@pytest.mark.parametrize(
    "content_type",
    ["application/pdf", "image/png", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
)
def test_what_only_shows_keeps_its_type(content_type: str) -> None:
    assert download_type(content_type) == content_type


def test_a_picture_is_what_its_bytes_say() -> None:
    assert image_type(b"\x89PNG\r\n\x1a\n....") == "image/png"
    assert image_type(b"<svg onload=x>") is None
    assert image_type(b"") is None
