"""A planted secret is searched for wherever the store leaves something."""

import base64
import logging

import pytest
from django.db import connection

from tests.store.databases import Home
from tests.store.making import NOON, bind
from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.store import accounts, changes, requests, vault
from yizhan.store.errors import AccountExists, KeyMissing
from yizhan.store.keys import read_keys
from yizhan.store.rotation import rotate
from yizhan.store.scope import Scope

PLANTED = "Geheim-7391-пароль-密码"
FORMS = [
    PLANTED.encode(),
    PLANTED.encode("utf-16-le"),
    base64.b64encode(PLANTED.encode())[:-4],
    PLANTED.encode().hex().encode(),
    ascii(PLANTED)[1:-1].encode(),
]


def live_with_it(scope: Scope) -> list[str]:
    """Use the secret in every way that the store knows; gives what was said meanwhile."""
    said: list[str] = []
    account = bind(scope, secret=PLANTED)
    with pytest.raises(AccountExists) as twice:
        bind(scope, secret=PLANTED)
    said.append(repr(twice.value))
    accounts.replace_secret(account.pk, Secret(PLANTED))
    accounts.note_refusal(account.pk, NOON)
    waiting = requests.leave(scope, "bind", None, {"address": "x@example.com"}, Secret(PLANTED.encode()))
    said.append(repr(requests.secret_of(waiting)) + repr(vars(waiting)))
    settled = requests.leave(scope, "bind", None, {}, Secret(PLANTED))
    requests.settle(settled.pk, False, {"error": {"code": "x"}})
    rotate()
    assert accounts.secret_of(account.pk) == Secret(PLANTED)
    said += [repr(change.payload) for change in changes.since(scope, 0)]
    return said


def database_text() -> bytes:
    with connection.cursor() as cursor:
        rows: list[object] = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [
                bytes(cell) if isinstance(cell, memoryview) else str(cell).encode() for row in cursor for cell in row
            ]
    return b"\0".join(bytes(cell) for cell in rows)  # type: ignore[call-overload]


def test_a_secret_is_found_nowhere(
    home: Home, scope: Scope, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = live_with_it(scope)
    out, err = capfd.readouterr()
    files = [path.read_bytes() for path in home.path.rglob("*") if path.is_file()]
    everything = [
        *files,
        database_text(),
        *(text.encode() for text in (*said, caplog.text, repr([vars(each) for each in caplog.records]), out, err)),
    ]
    assert len(files) >= 1
    assert [form for form in FORMS for text in everything if form in text] == []


def test_a_key_is_in_its_file_only(home: Home, scope: Scope) -> None:
    live_with_it(scope)
    ring = read_keys(home.path, {})
    assert ring is not None
    key = ring.newest.secret
    forms = [key, base64.b64encode(key), key.hex().encode()]
    files = [path.read_bytes() for path in home.path.rglob("*") if path.is_file() and path.name != "keys"]
    assert [form for form in forms for text in (*files, database_text()) if form in text] == []


def test_an_error_about_keys_shows_neither_key_nor_secret(home: Home, scope: Scope) -> None:
    bind(scope, secret=PLANTED)
    file = home.path / "keys"
    text = file.read_text()
    file.rename(home.path / "aside")
    errors: list[YizhanError] = []
    for call in (vault.open_vault, lambda: bind(scope, "b@example.com", PLANTED), rotate):
        with pytest.raises(KeyMissing) as refused:
            call()
        errors.append(refused.value)
    (home.path / "aside").rename(file)
    words = [line for line in text.splitlines() if not line.startswith("#")]
    assert [word for word in (*words, PLANTED) for error in errors if word in repr(error)] == []
