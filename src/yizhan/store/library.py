"""Files that are attached often."""

from django.db.models import QuerySet

from yizhan.base.errors import NotFound
from yizhan.store import blobs, lane
from yizhan.store.errors import BlobMissing, NameTaken
from yizhan.store.models import Blob, LibraryFile
from yizhan.store.scope import Scope
from yizhan.store.text import storable

MAX_NAME_CHARS = 255


def list_all(scope: Scope) -> list[LibraryFile]:
    """By name."""
    return list(_mine(scope).order_by("name"))


def get(scope: Scope, file_id: int) -> LibraryFile:
    """Raises `NotFound`."""
    row = _mine(scope).filter(pk=file_id).first()
    if row is None:
        raise NotFound("no such file")
    return row


@lane.keeps
def add(scope: Scope, name: str, blob: Blob) -> int:
    """One more; its number.  Raises `NameTaken`, and `BlobMissing` for bytes that were not put just before."""
    name = storable(name, MAX_NAME_CHARS)
    if _mine(scope).filter(name=name).exists():
        raise NameTaken(f"there is a file named {name!r}")
    if not blobs.hold(blob.pk):
        raise BlobMissing(f"blob {blob.pk} was collected meanwhile; put it again")
    return LibraryFile.objects.create(workspace_id=scope.workspace_id, name=name, blob=blob).pk


@lane.keeps
def rename(scope: Scope, file_id: int, name: str) -> None:
    """Raises `NotFound`, `NameTaken`."""
    row, name = get(scope, file_id), storable(name, MAX_NAME_CHARS)
    if _mine(scope).filter(name=name).exclude(pk=file_id).exists():
        raise NameTaken(f"there is a file named {name!r}")
    row.name = name
    row.save(update_fields=["name"])


@lane.keeps
def remove(scope: Scope, file_id: int) -> None:
    """Drafts that it was put into keep it; raises `NotFound`."""
    get(scope, file_id).delete()


def _mine(scope: Scope) -> QuerySet[LibraryFile]:
    return LibraryFile.objects.select_related("blob").filter(workspace_id=scope.workspace_id)
