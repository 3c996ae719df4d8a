"""Remote pictures: fetched by Yizhan when a person lets it, for one message or for a sender, and shown from here.

That a message was allowed is the request that was left for it; what was fetched is in the request's answer, as blobs
that nobody holds.  After an hour they are collected, and the pictures are as blocked as they were.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId, RequestId
from yizhan.mime.authentication import vouched_by
from yizhan.mime.filenames import image_type
from yizhan.mime.html import clean_html
from yizhan.mime.structure import parse_message
from yizhan.net.dialers import Dialer
from yizhan.net.errors import NetError
from yizhan.net.http import get
from yizhan.services.egress.dialers import DEMO, Egress
from yizhan.services.messages.limits import (
    MAX_PICTURE_BYTES,
    MAX_PICTURE_REDIRECTS,
    MAX_PICTURES,
    MAX_PICTURES_BYTES,
    PICTURE_SECONDS,
    PICTURES_AT_ONCE,
    PICTURES_SECONDS,
)
from yizhan.services.messages.reading import BodyNotHere, File, raw_message
from yizhan.store import blobs, imageconsents, messages, requests
from yizhan.store.errors import BlobDamaged, BlobMissing
from yizhan.store.lane import Lane
from yizhan.store.models import Message, Request
from yizhan.store.scope import Scope

IMAGES = "images"  # a request's kind; its payload is `{"address", "message_id"}`, its answer `{"pictures": {...}}`


@dataclass(frozen=True, slots=True)
class Pictures:
    """`state` is blocked, coming or here; `blobs` has the blob of each address that was fetched.

    `offers_always`: the sender can be let for good; `is_doubtful`: the sender is, and this message may not be theirs.
    """

    state: str
    request_id: int | None = None
    blobs: dict[str, str] = field(default_factory=dict)
    offers_always: bool = False
    is_doubtful: bool = False


def allow(scope: Scope, message_id: MessageId, *, always: bool) -> RequestId:
    """Have the pictures of this message fetched, and with `always` those of its sender from now on.

    For good only whom a server vouches for: anybody can write somebody's name.  Raises `NotFound`, `BodyNotHere`.
    """
    row = messages.get(scope, message_id)
    by = vouched_by(parse_message(raw_message(scope, message_id)).fields) if always else ""
    if by:
        imageconsents.give(scope, _sender(row), AccountId(row.account_id), by)
    return _ask(scope, row)


def find_pictures(scope: Scope, message_id: MessageId) -> Pictures:
    """What there is of a message's remote pictures."""
    request = requests.find_about(scope, IMAGES, "message_id", message_id)
    if request is None or request.state == Request.State.FAILED:
        return Pictures("blocked")
    if request.settled_at is None:
        return Pictures("coming", request.pk)
    found: dict[str, str] = (request.answer or {}).get("pictures", {})
    here = blobs.which_are_here(found.values())
    if len(here) < len(set(found.values())):  # collected meanwhile
        return Pictures("blocked")
    return Pictures("here", request.pk, found)


def open_pictures(scope: Scope, message_id: MessageId, by: str) -> Pictures:
    """The same for somebody who opens the message: a sender who may is asked without a word, if `by`, whose server
    vouches for the message (`reading.open_message`), is the one that did when the account's person let a sender.
    Raises `NotFound`.
    """
    found = find_pictures(scope, message_id)
    row = messages.get(scope, message_id)
    is_let, is_theirs = imageconsents.has(scope, _sender(row)), bool(by) and by == row.account.vouched_by
    if found.state == "blocked" and is_let and is_theirs and _has_pictures(scope, message_id):
        return Pictures("coming", _ask(scope, row))
    return replace(found, offers_always=bool(by) and not (is_let and is_theirs), is_doubtful=is_let and not is_theirs)


def read_picture(scope: Scope, message_id: MessageId, blob: str) -> File:
    """A picture that was fetched for this message, by its blob; raises `NotFound`."""
    if blob not in find_pictures(scope, message_id).blobs.values():
        raise NotFound("no such picture")
    try:
        data = blobs.get(blob)
    except (BlobMissing, BlobDamaged):
        raise NotFound("this picture is not here any more") from None
    return File("picture", image_type(data) or "application/octet-stream", data)


def list_senders(scope: Scope) -> list[dict[str, Any]]:
    """Whose pictures are fetched without asking: `id, address, since`."""
    return [
        {"id": each.pk, "address": each.address_key, "since": each.created_at} for each in imageconsents.list_all(scope)
    ]


def withdraw(scope: Scope, consent_id: int) -> None:
    """Ask again before that sender's pictures are fetched; raises `NotFound`."""
    if not imageconsents.withdraw(scope, consent_id):
        raise NotFound("no such sender")


async def fetch_pictures(scope: Scope, message_id: MessageId, *, egress: Egress, lane: Lane) -> dict[str, str]:
    """The blob of each picture that came, by its address, through the account's route; what does not come is missing.

    Raises `NotFound`, `BodyNotHere`, or `RouteUnknown`.
    """
    row = await lane.read(messages.get, scope, message_id)
    addresses = await lane.read(remote_addresses, scope, message_id)
    dialer = egress.dialer_for(await lane.read(lambda: row.account.route))
    fetched = await fetch_each(addresses, dialer)
    kept: dict[str, str] = {}
    for address, data in fetched.items():
        kept[address] = (await lane.read(blobs.put, data)).pk
    return kept


def remote_addresses(scope: Scope, message_id: MessageId) -> list[str]:
    """The addresses of a message's remote pictures, the first `MAX_PICTURES`, without those of a single pixel."""
    markup = parse_message(raw_message(scope, message_id)).body("text/html")
    if markup is None:
        return []
    wanted: dict[str, None] = {}

    def note(address: str) -> None:
        wanted.setdefault(address)

    clean_html(markup.text(), lambda _: None, lambda _: "", note)
    return list(wanted)[:MAX_PICTURES]


async def fetch_each(addresses: Sequence[str], dialer: Dialer) -> dict[str, bytes]:
    """The pictures that came in time and in bounds; whatever is no bitmap by its first bytes is dropped."""
    came: dict[str, bytes] = {}
    places = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def fetch(address: str) -> None:
        async with places:
            data = await _fetch_one(address, dialer)
        if data is not None and sum(map(len, came.values())) + len(data) <= MAX_PICTURES_BYTES:
            came[address] = data

    tasks = [asyncio.create_task(fetch(address)) for address in addresses]
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, timeout=PICTURES_SECONDS)
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return came


async def _fetch_one(address: str, dialer: Dialer) -> bytes | None:
    """None for whatever goes wrong: a picture that does not come stays blocked, and the person sees that."""
    url = f"https:{address}" if address.startswith("//") else address
    try:
        answer = await get(
            url,
            dialer,
            seconds=PICTURE_SECONDS,
            max_bytes=MAX_PICTURE_BYTES,
            max_redirects=MAX_PICTURE_REDIRECTS,
            to_outside=dialer.route != DEMO,  # that one leads to the sandbox on this machine, and to nobody else
        )
    except NetError:
        return None
    return answer.body if answer.status == 200 and image_type(answer.body) else None


def _ask(scope: Scope, row: Message) -> RequestId:
    payload = {"address": row.account.address, "message_id": row.pk}
    return RequestId(requests.leave(scope, IMAGES, None, payload).pk)


def _has_pictures(scope: Scope, message_id: MessageId) -> bool:
    try:
        return bool(remote_addresses(scope, message_id))
    except BodyNotHere:  # altered or gone: the reader says so itself
        return False


def _sender(row: Message) -> str:
    return str(row.senders[0]["address"]) if row.senders else ""
