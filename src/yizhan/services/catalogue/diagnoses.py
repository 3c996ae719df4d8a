"""A diagnosis as it is kept, as a person reads it in their language, and as it is asked for line by line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yizhan.base.errors import BadInput, YizhanError
from yizhan.providers.causes import Cause
from yizhan.providers.diagnosis import Diagnosis, diagnose, observe_words
from yizhan.providers.evidence import strike_out
from yizhan.providers.stages import Stage
from yizhan.providers.words import SecretNoun, words_of

PROTOCOLS = ("imap", "smtp", "pop3", "tls", "tcp", "dns", "proxy", "oauth")
MAX_LINE = 64 * 1024  # bytes of one line to diagnose; a refusal is cut at 2,000 characters anyway
# The words of a recorded refusal for which a probe has two stages: the first is IMAP's, the second SMTP's.
_TWO_STAGES = {
    "auth": (Stage.LOGIN, Stage.SMTP_AUTH),
    "tls": (Stage.TLS, Stage.SMTP_TLS),
    "connect": (Stage.CONNECT, Stage.SMTP_CONNECT),
}
REFERENCE = "docs/reference/errors.md"


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
        "candidates": [cause.value for cause in diagnosis.candidates],
    }


def diagnose_recipient(said: str, host: str, provider: str) -> dict[str, Any]:
    """The kept form of what a server said of one recipient of a message that others got."""
    return kept_form(diagnose(observe_words(Stage.RCPT_TO, said, "smtp", host=host, provider=provider)))


def shape_of(
    kept: Mapping[str, Any] | None, language: str, provider: SecretNoun | None = None
) -> dict[str, Any] | None:
    """cli.md's diagnosis shape, with its words in `language` and in the provider's nouns; None stays None.

    Beside the contract's fields: `explanation`, `steps` (the remedy as a list), `candidates` (causes to try in order,
    each with its title, where the server's words fit several), `docs` (where the reference tells of the cause) and
    `guide` (the provider's page, or empty).
    """
    if kept is None:
        return None
    cause = Cause(kept["cause"])
    words = words_of(cause, language, provider)
    return {
        "stage": kept["stage"],
        "cause": cause.value,
        "title": words.title,
        "explanation": words.explanation,
        "evidence": kept["evidence"],
        "remedy": words.remedy,
        "steps": list(words.steps),
        "candidates": [
            {"cause": name, "title": words_of(Cause(name), language, provider).title}
            for name in kept.get("candidates", ())
        ],
        "retry": kept["retry"],
        "retry_after_s": kept["retry_after_s"],
        "docs": f"{REFERENCE}#{cause.value}",
        "guide": provider.guide if provider else "",
    }


_REPORT = {
    "zh-hans": "驿站诊断报告|服务商|阶段|原因|服务器原话|说明|要做的事|自动重试",
    "en": "Yizhan diagnosis report|Provider|Stage|Cause|The server said|What it means|What to do|Retry",
    "ru": "Отчёт диагностики Yizhan|Сервис|Этап|Причина|Ответ сервера|Что это значит|Что делать|Повтор",
}


def report(kept: Mapping[str, Any], language: str, provider: SecretNoun | None = None) -> str:
    """The text behind "copy report", for a friend or an administrator: no address, no secret, nothing that looks so."""
    shape = shape_of(kept, language, provider) or {}
    head, who, stage, cause, said, meaning, steps, retry = _REPORT[language].split("|")
    wait = f" ({shape['retry_after_s']} s)" if shape["retry_after_s"] else ""
    lines = [
        head,
        *([f"{who}: {provider.provider}"] if provider and provider.provider else []),
        f"{stage}: {shape['stage']}",
        f"{cause}: {shape['title']} ({shape['cause']})",
        f"{said}: {strike_out(shape['evidence'])}",
        f"{meaning}: {shape['explanation']}",
        f"{steps}:",
        *(f"  {number}. {step}" for number, step in enumerate(shape["steps"], 1)),
        f"{retry}: {shape['retry']}{wait}",
    ]
    return "\n".join(lines) + "\n"


def diagnose_lines(lines: Iterable[bytes], language: str) -> Iterator[dict[str, Any]]:
    """An answer for each line, in order; a line that cannot be used gives an error with its number, and it goes on.

    A line is JSON with `protocol`, `stage` and `raw`, and `provider` or `host` if they are known.
    """
    for number, line in enumerate(lines, 1):
        try:
            answer = _diagnose_line(line, language)
        except BadInput as error:
            answer = {"error": {"code": error.code, "title": f"line {number}: {error.detail}", "line": number}}
        yield answer


def _diagnose_line(line: bytes, language: str) -> dict[str, Any]:
    record = _read_line(line)
    stage = _read_stage(record["stage"], record["protocol"])
    seen = observe_words(
        stage,
        record["raw"],
        record["protocol"],
        host=record.get("host") or "",
        provider=record.get("provider") or "",
    )
    shape = shape_of(kept_form(diagnose(seen)), language) or {}
    asked = ("cause", "retry", "retry_after_s", "title", "remedy", "explanation", "candidates", "docs")
    return {name: shape[name] for name in asked}


def _read_line(line: bytes) -> dict[str, str]:
    """The record of one line; raises `BadInput`."""
    if len(line) > MAX_LINE:
        raise BadInput(f"longer than {MAX_LINE} bytes")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput("not JSON") from None
    if not isinstance(record, dict):
        raise BadInput("not a JSON object")
    for name in ("protocol", "stage", "raw"):
        if not isinstance(record.get(name), str):
            raise BadInput(f"{name} is missing or no text")
    for name in ("provider", "host"):
        if not isinstance(record.get(name) or "", str):
            raise BadInput(f"{name} is no text")
    if record["protocol"] not in PROTOCOLS:
        raise BadInput(f"protocol is none of {' '.join(PROTOCOLS)}")
    return record


def _read_stage(word: str, protocol: str) -> Stage:
    if word in _TWO_STAGES:
        return _TWO_STAGES[word][protocol == "smtp"]
    try:
        return Stage(word)
    except ValueError:
        known = " ".join((*_TWO_STAGES, *(stage.value for stage in Stage)))
        raise BadInput(f"stage is none of {known}") from None
