"""DNS names the services (RFC 6186, RFC 8314 §5.1)."""

from yizhan.net.dns import SrvRecord
from yizhan.net.endpoints import Endpoint, Security
from yizhan.net.errors import NetError
from yizhan.providers.autodiscover.found import Found, NothingFound, Question, Source, server_name

_IMAP = (("_imaps._tcp", Security.TLS), ("_imap._tcp", Security.STARTTLS))
_SMTP = (("_submissions._tcp", Security.TLS), ("_submission._tcp", Security.STARTTLS))


async def ask(question: Question) -> Found:
    """Encrypted services first.  Without DNSSEC the answer may be forged, so the person is asked."""
    imap = await _service(question, _IMAP)
    smtp = await _service(question, _SMTP)
    return Found(Source.SRV, imap, smtp, question.address)


async def _service(question: Question, ways: tuple[tuple[str, Security], ...]) -> Endpoint:
    for name, security in ways:
        for record in await _records(question, f"{name}.{question.domain}"):
            return Endpoint(server_name(record.host), record.port, security)
    raise NothingFound(f"{question.domain} has no {ways[0][0]} record")


async def _records(question: Question, name: str) -> list[SrvRecord]:
    """Empty where there is none, and where "." says that the service is not offered (RFC 6186 §3.4)."""
    try:
        return await question.resolver.srv(name)
    except NetError:
        return []
