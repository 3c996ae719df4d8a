"""Files that are attached often: kept once, put into a draft by name."""

import mimetypes
from typing import IO, Any

from yizhan.base.ids import DraftId
from yizhan.mime.filenames import safe_filename
from yizhan.services.writing import drafts as writing
from yizhan.store import blobs, drafts, library
from yizhan.store.models import LibraryFile
from yizhan.store.scope import Scope


def list_files(scope: Scope) -> list[dict[str, Any]]:
    """`id name size_bytes content_type created_at`, by name."""
    return [_shape(row) for row in library.list_all(scope)]


def add(scope: Scope, name: str, data: bytes | IO[bytes]) -> int:
    """One more, kept whole or not at all; its number.  Raises `NameTaken`, `MessageTooLarge`."""
    blob = blobs.put(data) if isinstance(data, bytes) else blobs.put_file(data)
    writing.check_size([blob.size_bytes])
    return library.add(scope, safe_filename(name), blob)


def rename(scope: Scope, file_id: int, name: str) -> None:
    """Raises `NameTaken`, `NotFound`."""
    library.rename(scope, file_id, safe_filename(name))


def remove(scope: Scope, file_id: int) -> None:
    """Drafts that it was put into keep it; raises `NotFound`."""
    library.remove(scope, file_id)


def open_file(scope: Scope, file_id: int) -> tuple[dict[str, Any], bytes]:
    """A file and its bytes; raises `NotFound`."""
    row = library.get(scope, file_id)
    return _shape(row), blobs.get(row.blob_id)


def attach(scope: Scope, draft_id: DraftId, file_id: int) -> dict[str, Any]:
    """Put it into a draft, as `drafts.attach` does; raises `NotFound`, `TooManyFiles`, `MessageTooLarge`."""
    row = library.get(scope, file_id)
    writing.check_room(drafts.get(scope, draft_id), row.blob.size_bytes)
    made = drafts.add_file(scope, draft_id, row.blob_id, name=row.name, content_type=_type(row.name))
    return writing.file_shape(made)


def _shape(row: LibraryFile) -> dict[str, Any]:
    told = {"size_bytes": row.blob.size_bytes, "content_type": _type(row.name)}
    return {"id": row.pk, "name": row.name, "created_at": row.created_at, **told}


def _type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
