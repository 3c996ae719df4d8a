import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.store.errors import KeyMissing, SealBroken
from yizhan.store.sealing import Key, Keyring, Place, make_key, seal, unseal

KEY = make_key()
RING = Keyring([make_key(), KEY], "the test")
PLACE = Place("credential", 7, "secret")


@given(plain=st.binary(max_size=200))
def test_what_is_sealed_opens(plain: bytes) -> None:
    assert unseal(RING, seal(KEY, plain, PLACE), PLACE) == plain


@given(where=st.integers(0, 40), bit=st.integers(0, 7))
def test_one_bit_changed_anywhere_and_it_does_not_open(where: int, bit: int) -> None:
    sealed = bytearray(seal(KEY, b"opensesame", PLACE))
    sealed[where % len(sealed)] ^= 1 << bit
    with pytest.raises((SealBroken, KeyMissing)):
        unseal(RING, bytes(sealed), PLACE)


@given(garbage=st.binary(max_size=60))
def test_what_we_did_not_seal_does_not_open(garbage: bytes) -> None:
    with pytest.raises((SealBroken, KeyMissing)):
        unseal(RING, garbage, PLACE)


@pytest.mark.parametrize(
    "other", [Place("request", 7, "secret"), Place("credential", 8, "secret"), Place("credential", 7, "x")]
)
def test_it_opens_in_its_own_place_only(other: Place) -> None:
    with pytest.raises(SealBroken):
        unseal(RING, seal(KEY, b"opensesame", PLACE), other)


def test_equal_secrets_look_different() -> None:
    assert seal(KEY, b"same", PLACE) != seal(KEY, b"same", PLACE)


def test_another_key_is_named_by_its_id_and_shown_never() -> None:
    stranger = make_key()
    with pytest.raises(KeyMissing, match=stranger.id):
        unseal(RING, seal(stranger, b"opensesame", PLACE), PLACE)
    assert stranger.secret.hex() not in repr(stranger)
    assert repr(stranger.secret) not in repr(Keyring([stranger], "x"))


def test_a_key_of_another_length_is_no_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Key(b"short")
