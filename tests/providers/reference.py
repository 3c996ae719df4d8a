"""The sections of `docs/reference/errors.md` that tell of each cause, made from the words that the product uses.

Write them again with `python -m tests.providers.reference`.
"""

from pathlib import Path

from yizhan.providers.causes import AFTER_S, RETRY_OF, STATUS_OF, Cause, Retry
from yizhan.providers.words import words_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "errors.md"
START = "<!-- causes, made from the words of the product -->"
_SAID = {Retry.NEVER: "not by itself", Retry.LATER: "by itself, with growing pauses", Retry.AFTER: "by itself, after"}


def section(cause: Cause) -> str:
    """What the reference says of one cause; its heading is the anchor that a diagnosis names."""
    words = words_of(cause, "en")
    retry = f"{_SAID[RETRY_OF[cause]]} {AFTER_S[cause]} s if no time is named" if cause in AFTER_S else ""
    status = STATUS_OF.get(cause)
    if cause is Cause.UNRECOGNISED:
        status, retry = "needs_action` or `unreachable", "not by itself if the answer was for good, else with pauses"
    lines = [
        f"### `{cause.value}`",
        "",
        f"{words.title}. {words.explanation}",
        "",
        *(f"{number}. {step}." for number, step in enumerate(words.steps, 1)),
        "",
        f"Account: {f'`{status}`' if status else 'stays as it is'}. Tried again: {retry or _SAID[RETRY_OF[cause]]}.",
    ]
    return "\n".join(lines)


def sections() -> str:
    return "\n\n".join(map(section, Cause)) + "\n"


if __name__ == "__main__":
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(START)
    PAGE.write_text(f"{head}{START}\n\n{sections()}", encoding="utf-8")
