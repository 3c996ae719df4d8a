"""What answers and forwards put before a subject, in the languages of the people who write to one another."""

import re

_ANSWER = r"re|回复|回覆|答复|答覆|ответ|отв|aw|sv|antw|odp|rif|res"
_FORWARD = r"fwd?|转发|轉發|轉寄|пересл|wg|tr|rv|vs"
_BEFORE_SUBJECT = re.compile(
    rf"\s*(?:{_ANSWER}|{_FORWARD})\s*(?:\[\d{{1,3}}\]|\(\d{{1,3}}\))?\s*[:：]\s*", re.IGNORECASE
)


def answer_subject(subject: str) -> str:
    """`Re:` once, in whatever language it stood before (RFC 5322 §3.6.5)."""
    return f"Re: {bare_subject(subject)}"


def forward_subject(subject: str) -> str:
    """`Fwd:` once."""
    return f"Fwd: {bare_subject(subject)}"


def bare_subject(subject: str) -> str:
    """The subject without any of it."""
    while match := _BEFORE_SUBJECT.match(subject):
        subject = subject[match.end() :]
    return subject.strip()
