"""The XML that Thunderbird began and draft-ietf-mailmaint-autoconfig describes: `clientConfig`."""

from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from yizhan.base.errors import BadInput
from yizhan.net.endpoints import Endpoint, Security, parse_endpoint
from yizhan.providers.autodiscover.found import AnswerUnusable, Found, NothingFound, Question, Source, server_name
from yizhan.providers.autodiscover.limits import MAX_SERVERS, MAX_XML_DEPTH

_SECURITY = {"SSL": Security.TLS, "STARTTLS": Security.STARTTLS}
_MAX_NAME = 100


def read_config(source: Source, body: bytes, question: Question) -> Found:
    """The servers to use; raises `AnswerUnusable`, or `NothingFound` if it has no IMAP."""
    provider = _root(body).find("emailProvider")
    if provider is None:
        raise AnswerUnusable("the answer is XML, and no mail configuration")
    imap, imap_login, imap_ways = _server(provider, "incomingServer", "imap", question)
    smtp, _, _ = _server(provider, "outgoingServer", "smtp", question)
    name = (provider.findtext("displayName") or "").strip()[:_MAX_NAME]
    return Found(source, imap, smtp, imap_login, _put_in(name, question), is_oauth_only=imap_ways == {"OAuth2"})


def _root(body: bytes) -> Any:
    """The `clientConfig` element; entities, which could read files or grow without end, are refused."""
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise AnswerUnusable("the answer is a web page, not a mail configuration")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise AnswerUnusable(f"the answer is no XML that can be read ({type(error).__name__})") from None
    if root.tag != "clientConfig" or _depth(root) > MAX_XML_DEPTH:
        raise AnswerUnusable("the answer is XML, and no mail configuration")
    return root


def _depth(root: Any) -> int:
    """How deep elements lie in one another, as far as it matters."""
    level, depth = [root], 0
    while level and depth <= MAX_XML_DEPTH:
        level, depth = [child for element in level for child in element], depth + 1
    return depth


def _server(provider: Any, tag: str, kind: str, question: Question) -> tuple[Endpoint, str, set[str]]:
    """The first encrypted server of the kind, TLS from the start before STARTTLS."""
    found = [each for each in list(provider.iter(tag))[:MAX_SERVERS] if each.get("type") == kind]
    if not found:
        raise NothingFound(f"the configuration names no {kind.upper()} server")
    usable = sorted(_usable(found, question), key=lambda each: each[0].security is not Security.TLS)
    if not usable:
        raise AnswerUnusable(f"the configuration offers {kind.upper()} without encryption only")
    return usable[0]


def _usable(elements: list[Any], question: Question) -> Iterator[tuple[Endpoint, str, set[str]]]:
    for element in elements:
        security = _SECURITY.get((element.findtext("socketType") or "").strip().upper())
        if security is not None:
            ways = {(each.text or "").strip() for each in element.findall("authentication")}
            login = _put_in((element.findtext("username") or "").strip(), question) or question.address
            yield _endpoint(element, security, question), login, ways


def _endpoint(element: Any, security: Security, question: Question) -> Endpoint:
    host = server_name(_put_in(element.findtext("hostname") or "", question))
    try:
        return parse_endpoint(f"{host}:{(element.findtext('port') or '').strip()}/{security.value}")
    except BadInput as error:
        raise AnswerUnusable(f"the answer names no port that can be used: {error.detail}") from None


def _put_in(text: str, question: Question) -> str:
    local = question.address.rpartition("@")[0]
    values = {"%EMAILADDRESS%": question.address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": question.domain}
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
