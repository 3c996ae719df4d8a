"""The user agent configuration of draft-ietf-mailmaint-pacc-02, taken only if DNS holds the digest of its bytes."""

import base64
import hashlib
import hmac
import json
from typing import Any

from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.autodiscover.found import AnswerUnusable, Found, NothingFound, Question, Source, server_name

_MAX_NAME = 100


async def ask(question: Question) -> Found:
    """The servers in the file; raises `AnswerUnusable` when the digest in DNS is not that of the file."""
    domain = question.domain
    digests = [each for record in await question.resolver.txt(f"_ua-auto-config.{domain}") for each in _digest(record)]
    if not digests:
        raise NothingFound(f"{domain} publishes no user agent configuration")
    answer = await question.get(f"https://ua-auto-config.{domain}/.well-known/user-agent-configuration.json")
    seen = hashlib.sha256(answer.body).digest()
    if not any(hmac.compare_digest(seen, digest) for digest in digests):
        raise AnswerUnusable("the user agent configuration is not the one whose digest DNS holds")
    return _read(answer.body, question)


def _digest(record: str) -> list[bytes]:
    """`v=UAAC1; a=sha256; d=<base64>`; empty for a record of another kind."""
    pairs = dict(part.strip().partition("=")[::2] for part in record.split(";") if "=" in part)
    if pairs.get("v") != "UAAC1" or pairs.get("a") != "sha256":
        return []
    try:
        return [base64.b64decode(pairs.get("d", ""), validate=True)]
    except ValueError:
        return []


def _read(body: bytes, question: Question) -> Found:
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        raise AnswerUnusable("the user agent configuration is no JSON") from None
    imap = server_name(str(_at(whole, "protocols", "imap", "host")))
    smtp = server_name(str(_at(whole, "protocols", "smtp", "host")))
    ways = whole.get("authentication") if isinstance(whole, dict) else None
    oauth = isinstance(ways, dict) and "oauth-public" in ways and not ways.get("password")
    return Found(
        Source.PACC,
        Endpoint(imap, 993, Security.TLS),
        Endpoint(smtp, 465, Security.TLS),
        question.address,
        _name(whole),
        is_oauth_only=oauth,
    )


def _name(whole: Any) -> str:
    try:
        return str(_at(whole, "info", "provider", "name"))[:_MAX_NAME]
    except NothingFound:
        return ""


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise NothingFound(f"the user agent configuration has no {'.'.join(keys)}")
        value = value[key]
    return value
