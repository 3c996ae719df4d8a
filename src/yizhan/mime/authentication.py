"""Whether the server that took a message in says that it is from whom it says (RFC 8601).

Anybody can write such a field; that it is our server's is for the caller to know, by the name that stands in it.
"""

import re
from collections.abc import Iterator, Sequence

from yizhan.mime.headers import decode_header, read_addresses
from yizhan.mime.limits import MAX_VERDICTS

UNNAMED = "-"  # Exchange Online leaves its name out
_COMMENT = re.compile(r"\([^()]*\)")
_VERDICT = re.compile(r"\s*(dmarc|dkim|spf)\s*=\s*(\w+)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_UNDECIDED = {"none", "bestguesspass", "temperror", "permerror"}
_SHARED = {"ac", "co", "com", "edu", "gov", "net", "org"}  # below these of a country, names belong to people


def vouched_by(fields: Sequence[tuple[str, bytes]]) -> str:
    """Whose server says in the first verdict that the message is from its sender: the domain that its servers share,
    `UNNAMED` where it does not say, and nothing where it does not say so or there is no one sender.
    """
    senders = [read_addresses(decode_header(value)) for name, value in fields if name == "from"]
    verdicts = [value for name, value in fields if name == "authentication-results"]
    if len(senders) != 1 or len(senders[0]) != 1 or not verdicts:
        return ""
    domain = _domain(senders[0][0][1])
    first, *results = _without_comments(decode_header(verdicts[0])).split(";")[: MAX_VERDICTS + 1]
    if "=" in first:
        return UNNAMED if _is_from(domain, [first, *results]) else ""
    server = first.split()[0] if first.split() else ""
    return _shared_name(server) if _is_from(domain, results) else ""


def _is_from(domain: str, results: Sequence[str]) -> bool:
    """By DMARC where that was looked at, else by a signature or an envelope of the same domain (RFC 7489 §3.1)."""
    found = list(_verdicts(results))
    decided = [passed and _aligned(domain, of or domain) for method, passed, of in found if method == "dmarc"]
    if decided:
        return all(decided)
    return any(passed and _aligned(domain, of) for _, passed, of in found)


def _verdicts(results: Sequence[str]) -> Iterator[tuple[str, bool, str]]:
    """(method, whether it passed, the domain it speaks of); without a policy to look at there was no DMARC."""
    for result in results:
        if found := _VERDICT.match(result):
            method, said = found[1].lower(), found[2].lower()
            if method != "dmarc" or said not in _UNDECIDED:
                of = next((_domain(value) for _, value in _PROPERTY.findall(found[3])), "")
                yield method, said == "pass", of


def _aligned(domain: str, other: str) -> bool:
    """The same, or one below the other."""
    below = domain.endswith(f".{other}") or other.endswith(f".{domain}")
    return bool(other) and "." in other and (domain == other or below)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


def _shared_name(server: str) -> str:
    """`mx283.i.mail.ru` and `mx31.m.mail.ru` are servers of `mail.ru`."""
    labels = server.lower().rstrip(".").split(".")
    return ".".join(labels[-3 if len(labels) > 2 and labels[-2] in _SHARED else -2 :])


def _without_comments(text: str) -> str:
    """Comments nest (RFC 5322 §3.2.2); a few levels are all that anybody writes."""
    for _ in range(3):
        text = _COMMENT.sub(" ", text)
    return text
