"""The facts that checks look at, read together; and the hour where a message goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yizhan.base.errors import NotFound
from yizhan.mime.addresses import read_typed
from yizhan.providers.entries import Provider
from yizhan.services.catalogue.known import domain_of, provider_by_id
from yizhan.services.outbox.senders import from_is_login
from yizhan.services.writing.checking import Facts, first_people
from yizhan.services.writing.content import Content, account_of
from yizhan.services.writing.identities import sender_of
from yizhan.services.writing.zones import good_times, zone_of_domain
from yizhan.store import accounts, cards
from yizhan.store.models import Account
from yizhan.store.scope import Scope

_LISTS = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class TheirTime:
    """Where the first recipient is whose place is known: `guessed` by their domain, or said by their card.

    `mornings` are good times to write to them, aware, in their zone.
    """

    zone: str
    guessed: bool
    now: datetime
    mornings: tuple[datetime, ...]


def gather(scope: Scope, content: Content, files: Sequence[tuple[str, int]], pictures: Sequence[int]) -> Facts:
    """What is known of this message now; `files` and `pictures` as `Facts` has them."""
    typed = [read_typed(content[name]) for name in _LISTS]
    people = tuple(dict.fromkeys(address for each in typed for _, address in each.people))
    account = _account(scope, content)
    provider = provider_by_id(account.provider) if account and account.provider else None
    limits = provider.limits if provider else None
    return Facts(
        content=content,
        people=people,
        wrong=tuple(first_people(piece for each in typed for piece in each.wrong)),
        files=tuple(files),
        pictures=tuple(pictures),
        sender=_sender(scope, content, account),
        login=account.address if account else "",
        must_be_login=account is not None and from_is_login(account),
        most_bytes=limits.size_bytes if limits else None,
        most_people=limits.recipients_a_message if limits else None,
    )


def find_their_time(scope: Scope, people: Sequence[str], now: datetime) -> TheirTime | None:
    """None where nobody's place is known."""
    looked_at = first_people(people)
    said = cards.zones(scope, looked_at)
    for address in looked_at:
        zone = said.get(address) or zone_of_domain(domain_of(address))
        if zone:
            return TheirTime(zone, address not in said, now, tuple(good_times(zone, now)))
    return None


def sent_copy(scope: Scope, content: Content) -> tuple[Provider | None, bool | None]:
    """The provider, and whether it files what is sent by itself; None while that is not known."""
    account = _account(scope, content)
    if account is None:
        return None, None
    provider = provider_by_id(account.provider) if account.provider else None
    told = provider.files_sent_copy if provider else None
    return provider, told if account.files_copy is None else account.files_copy


def _account(scope: Scope, content: Content) -> Account | None:
    account_id = account_of(content)
    try:
        return None if account_id is None else accounts.get(scope, account_id)
    except NotFound:
        return None


def _sender(scope: Scope, content: Content, account: Account | None) -> str:
    if content["identity"] is None:
        return account.address if account else ""
    try:
        return sender_of(scope, content["identity"])[1][1]
    except NotFound:
        return ""
