"""Transcripts: bounded, readable, and never with a secret."""

from yizhan.base.secret import Secret
from yizhan.net.limits import ENTRIES, ENTRY_BYTES
from yizhan.net.transcripts import STRUCK, Transcript


def test_a_dialogue_reads_as_it_was() -> None:
    transcript = Transcript()
    transcript.received(b"* OK ready\r\n")
    transcript.sent(b"Y1 LOGIN li " + STRUCK + b"\r\n")
    assert transcript.text() == "S: * OK ready\nC: Y1 LOGIN li ******"


def test_a_secret_is_struck_out_before_a_line_is_cut() -> None:
    transcript = Transcript()
    transcript.strike(Secret("hunter2"))
    transcript.strike(Secret(""))
    transcript.received(b"x" * (ENTRY_BYTES - 3) + b"hunter2 and hunter2")
    assert "hun" not in transcript.text()


def test_any_bytes_stand_in_one_line() -> None:
    transcript = Transcript()
    transcript.received(b"\xff\xfe\r\nC: forged\r\n")
    assert transcript.text() == "S: \\xff\\xfe\\r\\nC: forged"


def test_a_long_dialogue_keeps_its_beginning_and_its_end() -> None:
    transcript = Transcript()
    for number in range(10 * ENTRIES):
        transcript.sent(b"%d " % number + b"x" * 10_000)
    lines = transcript.text().splitlines()
    assert len(transcript.text()) < 2 * ENTRIES * (ENTRY_BYTES + 40)
    assert (lines[0][:5], lines[-1][:6]) == ("C: 0 ", "C: 999")
    assert lines[ENTRIES] == f"... {8 * ENTRIES} lines left out ..."
