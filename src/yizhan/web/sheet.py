"""What the page on which one writes is filled with: an empty sheet, an answer, or a draft."""

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import DraftId, MessageId
from yizhan.services.messages import reading
from yizhan.services.writing import drafts
from yizhan.services.writing.answering import Answer, Prefill, prefill
from yizhan.services.writing.content import plain_words
from yizhan.web.pages import language_of, scope

MAX_DIGITS = 19  # of a number that SQL can hold
# The words of the address, and what is done with the message that they name.
_WAYS = {"reply": "reply", "forward": "forward", "attached": "forward_attached", "redirect": "redirect"}


@dataclass(slots=True)
class Sheet:
    """The form as it is filled in; `sender` is `ACCOUNT` or `ACCOUNT:IDENTITY`, `kept` the parts that go along."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    reply_to: str = ""
    subject: str = ""
    text: str = ""
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that is answered or sent on, if any, how, and the words of the address that say so."""

    message_id: MessageId | None = None
    act: str = ""
    query: str = ""
    filled: Prefill | None = None


def find_origin(request: HttpRequest) -> Origin:
    """What the address names; raises `Http404` for a message that is not there."""
    for word, act in _WAYS.items():
        number = request.GET.get(word, "")
        if not is_number(number):
            continue
        if act == "reply" and request.GET.get("all") == "1":
            act, query = "reply_all", f"?{word}={number}&all=1"
        else:
            query = f"?{word}={number}"
        answer = Answer(act) if act in list(Answer) else Answer.FORWARD
        try:
            filled = prefill(
                scope(request), MessageId(int(number)), answer, language_of(request), timezone.get_current_timezone()
            )
        except NotFound:
            raise Http404 from None
        return Origin(MessageId(int(number)), act, query, filled)
    return Origin()


def first_sheet(request: HttpRequest, origin: Origin) -> Sheet:
    """As a person finds it who has not written yet."""
    filled = origin.filled
    if filled is None:
        account = request.GET.get("from", "")
        return Sheet(sender=account if is_number(account) else "", to=request.GET.get("to", "")[:1000])
    quoted = origin.act in ("reply", "reply_all", "forward")
    return Sheet(
        sender=str(filled.account_id),
        to=", ".join(filled.typed_to),
        cc=", ".join(filled.typed_cc),
        subject=_subject(request, origin),
        text=f"\n\n{filled.text}\n" if quoted else "",
        kept=[part for part, _name, _size in filled.parts] if origin.act == "forward" else [],
    )


def _subject(request: HttpRequest, origin: Origin) -> str:
    """Of an answer with its `Re:`; what is sent on as it is keeps its own."""
    if origin.act == "redirect" and origin.message_id is not None:
        return str(reading.open_message(scope(request), origin.message_id)["subject"])
    return origin.filled.subject if origin.filled else ""


def read_sheet(request: HttpRequest) -> Sheet:
    """As the form was sent without a script."""
    typed = request.POST
    names = ("to", "cc", "bcc", "reply_to", "subject", "text")
    return Sheet(
        sender=typed.get("from", ""), kept=typed.getlist("kept"), **{name: typed.get(name, "") for name in names}
    )


def find_draft(request: HttpRequest, draft_id: int) -> dict[str, Any]:
    """Raises `Http404`."""
    try:
        return drafts.find(scope(request), DraftId(draft_id))
    except NotFound:
        raise Http404 from None


def sheet_of(content: dict[str, Any]) -> Sheet:
    """A draft as the form shows it; without a script, in plain words."""
    sender = str(content["from"] or "") + (f":{content['identity']}" if content["identity"] else "")
    names = ("to", "cc", "bcc", "reply_to", "subject")
    return Sheet(sender=sender, text=plain_words(content), **{name: content[name] for name in names})


def plain_content(content: dict[str, Any], sheet: Sheet) -> dict[str, Any]:
    """A draft's content with what the form says, as plain text."""
    account, _colon, identity = sheet.sender.partition(":")
    names = ("to", "cc", "bcc", "reply_to", "subject", "text")
    return content | {
        "from": int(account) if is_number(account) else None,
        "identity": int(identity) if is_number(identity) else None,
        "plain": True,
        "html": "",
        **{name: getattr(sheet, name).replace("\r\n", "\n") for name in names},
    }


def is_number(typed: str) -> bool:
    return typed.isdecimal() and len(typed) < MAX_DIGITS
