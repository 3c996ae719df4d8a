import hashlib
import io
import os
import random
from pathlib import Path

import pytest
import zstandard

from tests.store.databases import Home
from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from tests.store.threads import at_once
from yizhan.store import blobs, lane, messages
from yizhan.store.errors import BlobDamaged, BlobMissing, BlobTooLarge
from yizhan.store.limits import MAX_BLOB_BYTES
from yizhan.store.models import Blob
from yizhan.store.scope import Scope

ROUNDS, WORKERS = 30, 4


def file_of(home: Home, name: str) -> Path:
    return home.path / "blobs" / name[:2] / name[2:4] / name


@pytest.mark.parametrize("data", [b"", b"x", b"Subject: \xff\x00\r\n" * 5000, os.urandom(300_000)])
def test_bytes_come_back_as_they_went_in(home: Home, data: bytes) -> None:
    blob = blobs.put(data)
    assert (blob.pk, blob.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert file_of(home, blob.pk).stat().st_size == blob.stored_size
    assert blobs.get(blob.pk) == data


def test_the_same_bytes_are_kept_once(home: Home) -> None:
    assert blobs.put(b"twice").pk == blobs.put(b"twice").pk
    assert Blob.objects.count() == 1


def test_damaged_bytes_are_never_given_out(home: Home) -> None:
    data = random.Random(1).randbytes(3000)
    blob = blobs.put(data)
    file = file_of(home, blob.pk)
    stored = file.read_bytes()
    for damage in (stored[:-1], b"", b"not zstd", stored[:40] + bytes([stored[40] ^ 1]) + stored[41:]):
        file.write_bytes(damage)
        with pytest.raises(BlobDamaged):
            blobs.get(blob.pk)
    file.write_bytes(zstandard.ZstdCompressor().compress(b"other" * 1000))
    with pytest.raises(BlobDamaged):
        blobs.get(blob.pk)
    file.write_bytes(zstandard.ZstdCompressor().compress(b"\0" * 50_000_000))
    with pytest.raises(BlobDamaged):
        blobs.get(blob.pk)
    file.write_bytes(stored)


def test_lost_bytes_are_named_and_put_again(home: Home) -> None:
    blob = blobs.put(b"lost")
    file_of(home, blob.pk).unlink()
    with pytest.raises(BlobMissing):
        blobs.get(blob.pk)
    with pytest.raises(BlobMissing):
        blobs.get("0" * 64)
    blobs.put(b"lost")
    assert blobs.get(blob.pk) == b"lost"


def test_what_a_power_cut_left_of_a_write_is_written_anew(home: Home) -> None:
    name = hashlib.sha256(b"whole").hexdigest()
    file_of(home, name).parent.mkdir(parents=True)
    file_of(home, name).write_bytes(b"")
    assert blobs.get(blobs.put(b"whole").pk) == b"whole"


def test_a_file_does_not_wait_inside_a_transaction(home: Home) -> None:
    with lane.transaction():
        for call in (lambda: blobs.put(b"x"), blobs.collect_unheld, blobs.collect_strays, lambda: blobs.free([])):
            with pytest.raises(RuntimeError):
                call()


def test_more_than_the_largest_is_refused(home: Home) -> None:
    with pytest.raises(BlobTooLarge):
        blobs.put(b"\0" * (MAX_BLOB_BYTES + 1))


def test_only_what_nobody_holds_and_nobody_put_lately_is_collected(home: Home, scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    held, loose = blobs.put(b"held"), blobs.put(b"loose")
    messages.attach_blob(messages.list_newest(scope)[0].pk, held.pk)
    assert blobs.collect_unheld() == 0
    assert blobs.collect_unheld(grace=0) == 1
    assert blobs.get(held.pk) == b"held"
    assert not file_of(home, loose.pk).exists()
    assert blobs.free([held.pk, loose.pk]) == 0


def test_bytes_without_a_row_are_collected_as_well(home: Home) -> None:
    named = blobs.put(b"named")
    stray = file_of(home, hashlib.sha256(b"stray").hexdigest())
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"stray")
    assert blobs.collect_strays() == 0
    assert blobs.collect_strays(grace=-1) == 1
    assert not stray.exists()
    assert blobs.get(named.pk) == b"named"


def test_what_a_killed_writer_left_half_written_is_collected_as_well(home: Home) -> None:
    named = blobs.put(b"named")
    half = file_of(home, named.pk).with_name(f"{named.pk}#1")
    half.write_bytes(b"na")
    assert blobs.collect_strays() == 0
    assert blobs.collect_strays(grace=-1) == 1
    assert not half.exists()
    assert blobs.get(named.pk) == b"named"


def test_whoever_puts_what_others_collect_has_it_in_the_end(home: Home) -> None:
    def work(number: int) -> list[bytes]:
        dice, got = random.Random(number), []
        for _ in range(ROUNDS):
            data = b"shared %d" % dice.randrange(3)
            name = blobs.put(data).pk if number else ""
            blobs.free([hashlib.sha256(data).hexdigest()] if not number else [])
            got.append(name.encode())
        return got

    at_once(WORKERS, work)
    for number in range(3):
        assert blobs.get(blobs.put(b"shared %d" % number).pk) == b"shared %d" % number


@pytest.mark.parametrize("data", [b"", b"Subject: \xff\x00\r\n" * 5000, os.urandom(7_000_000)])
def test_a_file_is_kept_as_the_same_bytes_in_memory_would_be(home: Home, data: bytes) -> None:
    blob = blobs.put_file(io.BytesIO(data))
    assert (blob.pk, blob.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert file_of(home, blob.pk).stat().st_size == blob.stored_size
    assert blobs.get(blob.pk) == data
    assert (blobs.put(data).pk, blobs.put_file(io.BytesIO(data)).pk, Blob.objects.count()) == (blob.pk, blob.pk, 1)
