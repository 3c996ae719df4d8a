"""What the environment says: where the data live and how to reach them (cli.md "Environment")."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from yizhan.base.errors import BadInput

LANGUAGES = ("zh-hans", "en", "ru")
LOGS = ("warning", "info", "debug")
Network = IPv4Network | IPv6Network


class BadSetting(BadInput):
    """An environment variable cannot be used as it is."""

    code = "bad_setting"


@dataclass(frozen=True, slots=True)
class Environment:
    """One process's settings, read once."""

    home: Path
    database_url: str | None
    blob_url: str | None
    language: str | None
    allow_networks: tuple[Network, ...]
    nameserver: str | None
    log: str

    @property
    def sqlite_path(self) -> Path:
        return self.home / "yizhan.sqlite3"

    def databases(self) -> dict[str, dict[str, object]]:
        """Django's DATABASES."""
        if self.database_url is None:
            return {"default": _sqlite(self.sqlite_path)}
        return {"default": _postgresql(self.database_url)}


def read_environment(env: Mapping[str, str] = os.environ) -> Environment:
    """The settings in `env`; raises `BadSetting` that names the variable."""
    home = env.get("YIZHAN_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".local/share/yizhan")
    return Environment(
        home=Path(home).expanduser().absolute(),
        database_url=env.get("YIZHAN_DATABASE_URL") or None,
        blob_url=env.get("YIZHAN_BLOB_URL") or None,
        language=_language(env.get("YIZHAN_LANG") or None),
        allow_networks=_networks(env.get("YIZHAN_ALLOW_NETWORKS", "")),
        nameserver=env.get("YIZHAN_NAMESERVER") or None,
        log=_log(env.get("YIZHAN_LOG") or LOGS[0]),
    )


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise BadSetting(f"YIZHAN_LANG is {value!r}; it takes one of {', '.join(LANGUAGES)}")
    return value


def _log(value: str) -> str:
    if value not in LOGS:
        raise BadSetting(f"YIZHAN_LOG is {value!r}; it takes one of {', '.join(LOGS)}")
    return value


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word) for word in value.replace(",", " ").split())
    except ValueError as error:
        raise BadSetting(f"YIZHAN_ALLOW_NETWORKS takes networks such as 10.0.0.0/8: {error}") from None


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "yizhan.store.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    }


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise BadSetting("YIZHAN_DATABASE_URL takes postgresql://USER@HOST/NAME (without it, SQLite is used)")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
    }
