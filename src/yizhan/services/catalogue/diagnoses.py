"""A diagnosis as it is kept, and as a person reads it in their language."""

from collections.abc import Mapping
from typing import Any

from yizhan.base.errors import YizhanError
from yizhan.providers import words
from yizhan.providers.diagnosis import Cause, Diagnosis


class Refused(YizhanError):
    """A lawful no from outside, with what it means and what to do."""

    code = "refused"

    def __init__(self, shape: dict[str, Any]) -> None:
        super().__init__(f"{shape['title']} ({shape['stage']})")
        self.diagnosis_shape = shape
        self.retry = shape["retry"]
        self.help_lines = (shape["evidence"], shape["remedy"])


def kept_form(diagnosis: Diagnosis) -> dict[str, Any]:
    """What the store keeps: no words of any language but the server's own."""
    return {
        "stage": diagnosis.stage.value,
        "cause": diagnosis.cause.value,
        "evidence": diagnosis.evidence,
        "retry": diagnosis.retry.value,
        "retry_after_s": diagnosis.retry_after_s,
    }


def shape_of(kept: Mapping[str, Any] | None, language: str) -> dict[str, Any] | None:
    """cli.md's diagnosis shape, with title and remedy in `language`; None stays None."""
    if kept is None:
        return None
    cause = Cause(kept["cause"])
    return {
        "stage": kept["stage"],
        "cause": cause.value,
        "title": words.title(cause, language),
        "evidence": kept["evidence"],
        "remedy": words.remedy(cause, language),
        "retry": kept["retry"],
        "retry_after_s": kept["retry_after_s"],
    }
