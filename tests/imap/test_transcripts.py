"""Every recorded dialogue gives the same events, however the network cuts it."""

from pathlib import Path

import pytest

from tests.transcripts.reading import Cut, byte_by_byte, glued, play, read_transcript, transcripts, whole


@pytest.mark.parametrize("cut", [whole, byte_by_byte, glued], ids=lambda cut: cut.__name__)
@pytest.mark.parametrize("path", transcripts(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_transcript_gives_its_events_however_it_is_cut(path: Path, cut: Cut) -> None:
    transcript = read_transcript(path)
    assert play(transcript, cut) == transcript.events
