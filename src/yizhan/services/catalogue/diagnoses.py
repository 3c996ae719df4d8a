"""A diagnosis as it is kept, and as a person reads it in their language."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from yizhan.base.errors import YizhanError
from yizhan.providers import words
from yizhan.providers.catalogue import find_provider
from yizhan.providers.diagnosis import Cause, Diagnosis


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """What went wrong, in one language; `retry_after_s` is seconds, or None."""

    stage: str
    cause: str
    title: str
    explanation: str
    evidence: str
    remedy: str
    retry: str
    retry_after_s: int | None

    def shape(self) -> dict[str, Any]:
        """cli.md's diagnosis shape."""
        return asdict(self)


class Refused(YizhanError):
    """A lawful no from outside, with what it means and what to do."""

    code = "refused"

    def __init__(self, diagnosis: DiagnosisView) -> None:
        super().__init__(f"{diagnosis.title} ({diagnosis.stage})")
        self.diagnosis = diagnosis
        self.diagnosis_shape = diagnosis.shape()


def kept_form(diagnosis: Diagnosis) -> dict[str, Any]:
    """What the store keeps: no words of any language but the server's own."""
    return {
        "stage": diagnosis.stage.value,
        "cause": diagnosis.cause.value,
        "evidence": diagnosis.evidence,
        "retry": diagnosis.retry.value,
        "retry_after_s": diagnosis.retry_after_s,
    }


def view_of(kept: Mapping[str, Any] | None, language: str, provider: str = "") -> DiagnosisView | None:
    """The kept form in `language`, with the provider's own noun for the secret; None stays None."""
    if kept is None:
        return None
    cause = Cause(kept["cause"])
    known = find_provider(provider)
    return DiagnosisView(
        stage=kept["stage"],
        cause=cause.value,
        title=words.title(cause, language, known),
        explanation=words.explanation(cause, language, known),
        evidence=kept["evidence"],
        remedy=words.remedy_text(cause, language, known),
        retry=kept["retry"],
        retry_after_s=kept["retry_after_s"],
    )
