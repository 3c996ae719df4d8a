"""What a sync and the model server said to one another, kept as a transcript among those of real servers.

`RECORD=1 pytest tests/services/test_sync_oddities.py` writes them anew; what has changed is then to be looked at.
"""

import os

from tests.services.copies import Copy
from tests.transcripts.reading import FOLDER, play, read_transcript, whole

ODDITIES = FOLDER / "model"


def check_dialogue(copy: Copy, name: str, about: str, talk: int = -1) -> None:
    """The dialogue of that connection is the transcript of this name, and gives the events that stand there."""
    path = ODDITIES / f"{name}.txt"
    lines = [f"# The model server: {about}", *copy.talks[talk].lines]
    if os.environ.get("RECORD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        events = play(read_transcript(path), whole)
        path.write_text("\n".join([*lines, *(f"E: {event}" for event in events)]) + "\n", encoding="utf-8")
    kept = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in kept if not line.startswith("E: ")] == lines
