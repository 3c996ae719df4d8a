"""Bytes by their SHA-256, compressed, in a folder of the home or in S3.

Order is the guarantee: the bytes are written and on disk before a row names them, and they are removed only while the
row is locked and nobody holds it.  A crash in between leaves bytes without a row, or a row that nobody holds: the next
`put` or collection mends both.  What a message or a submission holds is always there.
"""

import errno
import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, cast

import obstore
import zstandard
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from yizhan.store import lane
from yizhan.store.durable_files import sync_file
from yizhan.store.errors import BlobDamaged, BlobMissing, BlobTooLarge, DiskFull
from yizhan.store.home import blob_url, home
from yizhan.store.limits import BATCH_ROWS, BLOB_GRACE_S, MAX_BLOB_BYTES, MAX_STORED_BYTES, PIECE_BYTES
from yizhan.store.models import Blob, DraftFile, LibraryFile, Message, Submission

if TYPE_CHECKING:
    from obstore import ReadableFile  # a name of its stubs only

_LEVEL = 3  # zstd's own default: mail shrinks to half or a third, at several hundred MB/s


def put(data: bytes) -> Blob:
    """Keep these bytes, once; the row may be named by others from now on.  Outside a transaction.

    Raises `BlobTooLarge`.
    """
    _outside_transaction()
    if len(data) > MAX_BLOB_BYTES:
        raise BlobTooLarge(f"{len(data):,} bytes are more than the {MAX_BLOB_BYTES:,} of the largest blob")
    name = hashlib.sha256(data).hexdigest()
    stored = zstandard.ZstdCompressor(level=_LEVEL).compress(data)
    kept = _kept_size(name)
    if kept is None:
        _write(name, stored)
    blob = _name(name, len(data), kept or len(stored))
    if _stored_size(name) != blob.stored_size:  # collected between our look and our row
        _write(name, stored)
        blob = _name(name, len(data), len(stored))
    return blob


def put_file(file: IO[bytes]) -> Blob:
    """As `put`, for bytes that are not in memory and never are as a whole; `file` is read from its beginning.

    What breaks off in the middle is not kept.  Raises `BlobTooLarge`.
    """
    _outside_transaction()
    name, size_bytes = _measure(file)
    kept = _kept_size(name)
    if kept is not None:
        blob = _name(name, size_bytes, kept)
        if _stored_size(name) == blob.stored_size:
            return blob
    with TemporaryFile() as packed:
        file.seek(0)
        zstandard.ZstdCompressor(level=_LEVEL).copy_stream(file, packed, size=size_bytes)
        stored_size = packed.tell()
        _write(name, packed)
        blob = _name(name, size_bytes, stored_size)
        if _stored_size(name) != stored_size:  # collected between our look and our row
            _write(name, packed)
            blob = _name(name, size_bytes, stored_size)
    return blob


def put_anew(data: bytes) -> Blob:
    """As `put`, and whatever the store had of these bytes is written over: what was lost or damaged is whole again."""
    _outside_transaction()
    if len(data) <= MAX_BLOB_BYTES:
        _write(hashlib.sha256(data).hexdigest(), zstandard.ZstdCompressor(level=_LEVEL).compress(data))
    return put(data)


def get(name: str) -> bytes:
    """The bytes of that hash; raises `BlobMissing`, or `BlobDamaged` when they are not the ones that were put."""
    row = Blob.objects.filter(pk=name).first()
    if row is None:
        raise BlobMissing(f"no blob {name}")
    try:
        found = obstore.get(_store(), _path(name))
    except FileNotFoundError:
        raise BlobMissing(f"the blob store has lost {name}") from None
    data = _unpack(bytes(found.bytes()), row.size_bytes) if found.meta["size"] <= MAX_STORED_BYTES else None
    if data is None or hashlib.sha256(data).hexdigest() != name:
        raise BlobDamaged(f"blob {name} has other bytes than those that were put")
    return data


def pieces(name: str) -> Iterator[bytes]:
    """The same bytes in pieces of at most `PIECE_BYTES`; raises as `get`, of damage before the last piece is given."""
    row = Blob.objects.filter(pk=name).first()
    if row is None:
        raise BlobMissing(f"no blob {name}")
    try:
        reader = obstore.open_reader(_store(), _path(name))
    except FileNotFoundError:
        raise BlobMissing(f"the blob store has lost {name}") from None
    digest, size, last = hashlib.sha256(), 0, b""
    try:
        with zstandard.ZstdDecompressor().stream_reader(cast(IO[bytes], _Bytes(reader))) as unpacked:
            while size <= row.size_bytes and (piece := unpacked.read(PIECE_BYTES)):
                if last:
                    yield last
                digest.update(piece)
                size, last = size + len(piece), piece
    except zstandard.ZstdError:
        size = -1
    if size != row.size_bytes or digest.hexdigest() != name:
        raise BlobDamaged(f"blob {name} has other bytes than those that were put")
    if last:
        yield last


class _Bytes:
    """obstore's reader gives its own kind of buffer; zstandard wants bytes."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        return bytes(self._reader.read(size))


def which_are_here(names: Iterable[str]) -> set[str]:
    """Those of these blobs that are still kept; a few hundred at most."""
    return set(Blob.objects.filter(pk__in=set(names)).values_list("pk", flat=True))


def hold(name: str) -> bool:
    """Inside the transaction that is about to name it: keep the blob from being collected; False when it is gone."""
    return Blob.objects.select_for_update().filter(pk=name).values_list("pk", flat=True).first() is not None


def free(names: Iterable[str]) -> int:
    """Remove those of these blobs that nobody holds; how many went.  Outside a transaction."""
    _outside_transaction()
    wanted = list(names)
    batches = [wanted[start : start + BATCH_ROWS] for start in range(0, len(wanted), BATCH_ROWS)]
    return sum(_drop(list(_unheld().filter(pk__in=batch).values_list("pk", flat=True))) for batch in batches)


def collect_unheld(grace: float = BLOB_GRACE_S) -> int:
    """Remove every blob that nobody holds and nobody put within `grace` seconds; how many went."""
    _outside_transaction()
    before = timezone.now() - timedelta(seconds=grace)
    gone = 0
    while names := list(_unheld().filter(touched_at__lte=before).values_list("pk", flat=True)[:BATCH_ROWS]):
        dropped = _drop(names)
        gone += dropped
        if not dropped:  # all of them found a holder just now
            break
    return gone


def collect_strays(grace: float = BLOB_GRACE_S) -> int:
    """Remove bytes that no row names, left by a crash before the row; how many went."""
    _outside_transaction()
    before = timezone.now() - timedelta(seconds=grace)
    gone = 0
    for batch in obstore.list(_store(), chunk_size=BATCH_ROWS):
        old = {Path(each["path"]).name: each["path"] for each in batch if each["last_modified"] <= before}
        known = set(Blob.objects.filter(pk__in=old).values_list("pk", flat=True))
        strays = [path for name, path in old.items() if name not in known]
        if strays:
            obstore.delete(_store(), strays)
        gone += len(strays)
    return gone + _remove_half_written(before.timestamp())


def _remove_half_written(before: float) -> int:
    """A process killed while it wrote leaves `NAME#1` beside `NAME`, which obstore makes and does not list."""
    if blob_url() is not None:
        return 0
    left = [path for path in _folder().glob("*/*/*#*") if path.stat().st_mtime <= before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _unpack(stored: bytes, size_bytes: int) -> bytes | None:
    """The bytes if they are as many as the row says; a frame that claims more is not even begun."""
    try:
        if zstandard.frame_content_size(stored) != size_bytes:
            return None
        return zstandard.ZstdDecompressor().decompress(stored)
    except zstandard.ZstdError:
        return None


@lane.writes
def _name(name: str, size_bytes: int, stored_size: int) -> Blob:
    row = Blob(hash=name, size_bytes=size_bytes, stored_size=stored_size, touched_at=timezone.now())
    # One statement: between a look and an insert the row may come or go.
    fields = ["size_bytes", "stored_size", "touched_at"]
    Blob.objects.bulk_create([row], update_conflicts=True, unique_fields=["hash"], update_fields=fields)
    return row


@lane.writes
def _drop(names: list[str]) -> int:
    """Rows and bytes in one transaction: whoever puts the same bytes meanwhile waits, and then looks again."""
    locked = list(Blob.objects.select_for_update().filter(pk__in=names).order_by("pk").values_list("pk", flat=True))
    # Asked again once they are locked: somebody may have come to hold one in between.
    unheld = list(_unheld().filter(pk__in=locked).values_list("pk", flat=True))
    Blob.objects.filter(pk__in=unheld).delete()
    for name in unheld:
        _remove(name)
    return len(unheld)


def held() -> list[str]:
    """The blobs that something names."""
    return list(Blob.objects.exclude(pk__in=_unheld().values("pk")).order_by("pk").values_list("pk", flat=True))


def _unheld() -> QuerySet[Blob]:
    """What no message, submission, draft or file of the library names."""
    unheld = Blob.objects.all()
    for holder in (Message, Submission, DraftFile, LibraryFile):
        unheld = unheld.exclude(Exists(holder.objects.filter(blob_id=OuterRef("pk"))))
    return unheld


def _measure(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest, size_bytes = hashlib.sha256(), 0
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
        size_bytes += len(piece)
        if size_bytes > MAX_BLOB_BYTES:
            raise BlobTooLarge(f"there are more than the {MAX_BLOB_BYTES:,} bytes of the largest blob")
    return digest.hexdigest(), size_bytes


def _kept_size(name: str) -> int | None:
    """The stored size if the bytes are there for good; without a row they may be what a power cut left of a write."""
    row = Blob.objects.filter(pk=name).first()
    return row.stored_size if row is not None and _stored_size(name) == row.stored_size else None


def _stored_size(name: str) -> int | None:
    try:
        return int(obstore.head(_store(), _path(name))["size"])
    except FileNotFoundError:
        return None


def _write(name: str, stored: bytes | IO[bytes]) -> None:
    store = _store()
    try:
        if isinstance(stored, bytes):
            obstore.put(store, _path(name), stored)
        else:
            stored.seek(0)
            obstore.put(store, _path(name), stored, chunk_size=PIECE_BYTES * 5, max_concurrency=1)
        if isinstance(store, LocalStore):  # S3 has it for good when it answers; a file system only after fsync
            sync_file(_folder() / _path(name), _folder())
    except (OSError, BaseError) as error:
        if getattr(error, "errno", None) != errno.ENOSPC and f"os error {errno.ENOSPC}" not in str(error):
            raise
        raise DiskFull("the disk that the messages are on is full; nothing was written") from error


def _remove(name: str) -> None:
    try:
        obstore.delete(_store(), _path(name))
    except FileNotFoundError:
        return  # gone is what was wanted


def _path(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}/{name}"


def _folder() -> Path:
    return home() / "blobs"


def _store() -> ObjectStore:
    url = blob_url()
    return _open_folder(_folder()) if url is None else _open_url(url)


@lru_cache(maxsize=4)
def _open_folder(folder: Path) -> ObjectStore:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(prefix=folder)


@lru_cache(maxsize=4)
def _open_url(url: str) -> ObjectStore:
    return from_url(url)


def _outside_transaction() -> None:
    if connection.in_atomic_block:
        raise RuntimeError("blobs are put and removed outside transactions: a file must not wait inside one")
