"""Every transcript is run, and there is one for every kind of server that we say we know."""

from pathlib import Path

from tests.architecture.tree import files
from tests.transcripts.reading import FOLDER, REFUSALS, read_transcript, transcripts

SERVERS = {
    "courier",
    "cyrus",
    "dovecot",
    "exchange",
    "gmail",
    "icloud",
    "mailru",
    "netease",
    "qq",
    "yahoo",
    "yandex",
    "zoho",
}


def unrun(folder: Path) -> list[str]:
    """Files that no test plays: of another kind, or without a line of the server and an event."""
    played = {path for path in transcripts() if (read := read_transcript(path)).turns and read.events}
    others = [path for path in files(folder) if path.suffix != ".py" and REFUSALS not in path.parents]
    return [path.name for path in others if path not in played]


def test_every_transcript_is_run() -> None:
    assert unrun(FOLDER) == []


def test_there_is_a_transcript_of_every_kind_of_server() -> None:
    assert {path.parent.name for path in transcripts()} >= SERVERS


def test_a_file_that_nobody_plays_is_named(tmp_path: Path) -> None:
    (tmp_path / "lost.log").write_text("S: * OK hi\n")
    assert unrun(tmp_path) == ["lost.log"]
