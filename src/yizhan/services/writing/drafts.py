"""Drafts: kept as they are typed, never written over by another window, and gone only when they went out.

Who saves on top of another version than the newest loses nothing: what they wrote becomes a draft of its own, with the
same files, and they are told of both.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import DraftId, MessageId
from yizhan.mime.filenames import image_type, safe_filename
from yizhan.services.outbox.submitting import MAX_MESSAGE_BYTES, MessageTooLarge
from yizhan.services.writing.content import Content, account_of, name_pictures, read_content
from yizhan.store import blobs, drafts
from yizhan.store.models import Draft, DraftFile
from yizhan.store.scope import Scope

MAX_FILES = 100  # of one draft, its pictures included: each costs an entry and a part of the message
_TYPE_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/")  # RFC 6838 §4.2


class DraftMovedOn(BadInput):
    """Somebody else saved it meanwhile; what was written here is the draft `draft_id` now.  `newest` is its shape."""

    code = "draft_moved_on"

    def __init__(self, draft_id: DraftId, newest: dict[str, Any]) -> None:
        super().__init__(f"the draft was changed elsewhere; what was written here is draft {draft_id} now")
        self.draft_id = draft_id
        self.newest = newest


class NotADraft(BadInput):
    """The message does not lie in Drafts."""

    code = "not_a_draft"


class TooManyFiles(BadInput):
    """More files than one message takes."""

    code = "too_many_files"


def create(
    scope: Scope,
    content: object,
    *,
    clock: Clock,
    origin: MessageId | None = None,
    act: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
) -> dict[str, Any]:
    """A new draft, as `shape` gives it.  Raises `BadInput`, and `NotFound` for what is not of this workspace."""
    read = read_content(content)
    made = drafts.create(
        scope,
        read,
        clock.now(),
        account_id=account_of(read),
        origin=origin,
        act=act,
        in_reply_to=in_reply_to,
        references=references,
    )
    return _shape(made)


def save(scope: Scope, draft_id: DraftId, version: int, content: object, clock: Clock) -> dict[str, Any]:
    """The draft with these words, as its next version.  Saving the same words twice saves them once.

    Raises `DraftMovedOn` when `version` is not the newest or it was handed in, `BadInput`, `NotFound`.
    """
    found = drafts.get(scope, draft_id)
    words = _named(found, read_content(content))
    return _saved(scope, draft_id, version, words, clock.now())


def find(scope: Scope, draft_id: DraftId) -> dict[str, Any]:
    """One draft; raises `NotFound`."""
    return _shape(drafts.get(scope, draft_id))


def list_drafts(scope: Scope) -> list[dict[str, Any]]:
    """Those that wait for their writer, the newest first."""
    return [_shape(row) for row in drafts.list_open(scope)]


def count_drafts(scope: Scope) -> int:
    return drafts.count_open(scope)


def discard(scope: Scope, draft_id: DraftId, clock: Clock) -> None:
    """It and its files are gone, at the server too; raises `NotFound`, also when it was handed in."""
    drafts.remove(scope, draft_id, clock.now())


def attach(
    scope: Scope, draft_id: DraftId, name: str, content_type: str, data: bytes | IO[bytes], cid: str = ""
) -> dict[str, Any]:
    """One more file, kept whole or not at all: `id name size_bytes content_type cid`.

    A file that is not in memory is never read into it as a whole.  Raises `NotFound`, `TooManyFiles`, and
    `MessageTooLarge` when all files together are more than a message may have.
    """
    found = drafts.get(scope, draft_id)
    check_room(found, 0)
    blob = blobs.put(data) if isinstance(data, bytes) else blobs.put_file(data)
    check_room(found, blob.size_bytes)
    kind = _file_type(content_type)
    row = drafts.add_file(scope, draft_id, blob, name=safe_filename(name, kind), content_type=kind, cid=clean_cid(cid))
    return file_shape(row)


def detach(scope: Scope, draft_id: DraftId, file_id: int) -> None:
    """The file does not go along; raises `NotFound`."""
    drafts.remove_file(scope, draft_id, file_id)


def open_file(scope: Scope, draft_id: DraftId, file_id: int) -> tuple[dict[str, Any], bytes, str]:
    """A file, its bytes, and its type if it is a bitmap that a page may show; raises `NotFound`."""
    row = drafts.get_file(scope, draft_id, file_id)
    data = blobs.get(row.blob_id)
    return file_shape(row), data, image_type(data) or ""


def check_room(found: Draft, size_bytes: int) -> None:
    """Raises `TooManyFiles` or `MessageTooLarge` if one more file of so many bytes is too much for this draft."""
    held = list(found.files.all())
    if len(held) >= MAX_FILES:
        raise TooManyFiles(f"at most {MAX_FILES} files go with one message")
    check_size([*(each.blob.size_bytes for each in held), size_bytes])


def check_size(sizes: Sequence[int]) -> None:
    """Raises `MessageTooLarge` if files of so many bytes, in base64 with its line ends, fill more than a message."""
    encoded = sum(encoded_size(each) for each in sizes)
    if encoded > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(
            f"the files have {encoded:,} bytes as mail carries them; {MAX_MESSAGE_BYTES:,} is the most"
        )


def encoded_size(size_bytes: int) -> int:
    """The bytes of a file in base64: four for three, and a line end every 76 (RFC 2045 §6.8)."""
    letters = (size_bytes + 2) // 3 * 4
    return letters + (letters + 75) // 76 * 2


def _saved(scope: Scope, draft_id: DraftId, version: int, words: Content, at: datetime) -> dict[str, Any]:
    found = drafts.get(scope, draft_id)
    if found.content != words and not drafts.save(scope, draft_id, version, words, at, account_of(words)):
        found = drafts.get(scope, draft_id)
        if found.content != words:
            raise DraftMovedOn(drafts.copy(scope, draft_id, words, at, account_of(words)), _shape(found))
    return _shape(drafts.get(scope, draft_id))


def _named(found: Draft, content: Content) -> Content:
    return name_pictures(content, {each.pk: each.cid for each in found.files.all()})


def _shape(row: Draft) -> dict[str, Any]:
    """`id version content files saved_at account_id origin act submission_id state`."""
    return {
        "id": row.pk,
        "version": row.version,
        "content": row.content,
        "files": [file_shape(each) for each in sorted(row.files.all(), key=lambda each: each.pk)],
        "saved_at": row.updated_at,
        "account_id": row.account_id,
        "origin": row.origin_id,
        "act": row.act,
        "submission_id": row.submission_id,
        "state": "" if row.submission is None else row.submission.state,
    }


def file_shape(row: DraftFile) -> dict[str, Any]:
    """`id name size_bytes content_type cid`."""
    names = ("name", "content_type", "cid")
    return {"id": row.pk, "size_bytes": row.blob.size_bytes, **{name: getattr(row, name) for name in names}}


def _file_type(told: str) -> str:
    kind = told.partition(";")[0].strip().lower()
    fits = set(kind) <= _TYPE_CHARS and kind.count("/") == 1 and not kind.startswith(("multipart/", "/"))
    return (
        kind if fits and not kind.endswith("/") and len(kind) <= drafts.MAX_TYPE_CHARS else "application/octet-stream"
    )


def clean_cid(cid: str) -> str:
    """A Content-ID without brackets; what else stands in one could leave its header."""
    kept = "".join(char for char in cid if char.isascii() and (char.isalnum() or char in "-_.@+"))
    return kept[: drafts.MAX_TYPE_CHARS]
