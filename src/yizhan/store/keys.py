"""Where the keys are kept: the environment, a systemd credential, or a file made at first start.

They are read anew at every use: it costs some 30 µs, and a rotation is known to every process at once.
"""

import base64
import binascii
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from yizhan.base.ids import make_token
from yizhan.store.durable_files import sync_directory
from yizhan.store.errors import KeysExposed, KeysUnreadable
from yizhan.store.limits import MAX_KEY_FILE_BYTES
from yizhan.store.sealing import KEY_BYTES, Key, Keyring, make_key

ENVIRONMENT, CREDENTIAL, FILE = "YIZHAN_KEY", "the systemd credential yizhan.key", "the key file"
_HEAD = (
    "# Yizhan's keys, the newest last.  Without this file nobody can open the mailbox secrets in the database:\n"
    "# keep a copy, apart from the database's.\n"
)


def key_file(home: Path) -> Path:
    return home / "keys"


def read_keys(home: Path, env: Mapping[str, str] = os.environ) -> Keyring | None:
    """The keys at hand, or None when there are none; raises `KeysExposed` or `KeysUnreadable`."""
    if env.get("YIZHAN_KEY"):
        return Keyring(_parse_words([env.get("YIZHAN_KEY_OLD", ""), env["YIZHAN_KEY"]], ENVIRONMENT), ENVIRONMENT)
    credentials = Path(env.get("CREDENTIALS_DIRECTORY") or os.devnull)
    if (credentials / "yizhan.key").is_file():
        texts = [
            _read(credentials / name) for name in ("yizhan.key.old", "yizhan.key") if (credentials / name).is_file()
        ]
        return Keyring(_parse_words(texts, CREDENTIAL), CREDENTIAL)
    try:
        return Keyring(_parse_words([_read_guarded(key_file(home))], str(key_file(home))), FILE)
    except FileNotFoundError:
        return None


def make_key_file(home: Path) -> None:
    """Make a key, unless somebody else is faster: then theirs stays."""
    draft = _write_draft(home, [make_key()])
    try:
        os.link(draft, key_file(home))
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync_directory(home)


def write_keys(home: Path, keys: Sequence[Key]) -> None:
    """Put these keys in the place of those in the file, at one stroke."""
    os.replace(_write_draft(home, keys), key_file(home))
    sync_directory(home)


def remove_drafts(home: Path) -> None:
    """Remove what a crash left of a key file that was being written."""
    for draft in home.glob("keys.*.draft"):
        draft.unlink()


def _write_draft(home: Path, keys: Sequence[Key]) -> Path:
    draft = home / f"keys.{make_token(6)}.draft"
    lines = [base64.b64encode(key.secret).decode() + "\n" for key in keys]
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(_HEAD + "".join(lines))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _read_guarded(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeysExposed(f"{path} may be read by others (mode {mode:04o}); run: chmod 600 {path}")
    return _read(path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_KEY_FILE_BYTES + 1)
    if len(data) > MAX_KEY_FILE_BYTES:
        raise KeysUnreadable(f"{path} is too large to be a key file")
    return data.decode("ascii", "replace")


def _parse_words(texts: Sequence[str], source: str) -> list[Key]:
    lines = [line for text in texts for line in text.splitlines() if not line.lstrip().startswith("#")]
    words = [word for line in lines for word in line.replace(",", " ").split()]
    if not words:
        raise KeysUnreadable(f"{source} holds no key")
    return [_parse(word, source) for word in words]


def _parse(word: str, source: str) -> Key:
    try:
        secret = base64.b64decode(word, validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        # The word itself is not shown: it may be a key with one letter lost.
        raise KeysUnreadable(f"{source} does not hold {KEY_BYTES} bytes in base64 (make some: openssl rand -base64 32)")
    return Key(secret)
