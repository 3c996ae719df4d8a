"""Where the domain's mail goes tells who runs its servers: a strong hint, not a proof."""

from collections.abc import Iterator
from dataclasses import replace

from yizhan.base.errors import YizhanError
from yizhan.providers.autodiscover.config_xml import read_config
from yizhan.providers.autodiscover.found import Found, NothingFound, Question, Source, is_under
from yizhan.providers.autodiscover.ispdb import BASE
from yizhan.providers.autodiscover.limits import MAX_MX
from yizhan.providers.catalogue import Catalogue
from yizhan.providers.entries import LoginForm, Quirk
from yizhan.providers.match import find_by_mx

# Below these nobody owns the next label, so that `mx.firm.com.cn` belongs to `firm.com.cn` and not to `com.cn`.
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "ltd", "net", "ne", "or", "org", "plc"})


async def ask(question: Question, catalogue: Catalogue) -> Found:
    """The provider that takes the mail: from the catalogue, else from the database under its name."""
    hosts = (await question.resolver.mx(question.domain))[:MAX_MX]
    if not hosts:
        raise NothingFound(f"{question.domain} takes no mail")
    provider = find_by_mx(catalogue, hosts)
    if provider is None:
        return await _from_database(question, hosts[0].lower().rstrip("."))
    imap, smtp = provider.endpoints(question.domain)
    local = question.address.rpartition("@")[0]
    login = local if provider.login is LoginForm.LOCAL_PART else question.address
    oauth = Quirk.OAUTH_ONLY in provider.quirks
    return Found(Source.MX, imap, smtp, login, provider.names["en"], provider.id, is_oauth_only=oauth)


async def _from_database(question: Question, host: str) -> Found:
    for name in _owners(host):
        if is_under(question.domain, name):
            continue  # its own servers: the other sources ask the domain itself
        try:
            answer = await question.get(BASE + name)
            return replace(read_config(Source.ISPDB, answer.body, question), source=Source.MX)
        except NothingFound:
            continue
        except YizhanError as error:
            raise NothingFound(f"mail goes to {host}; {error.detail}") from None
    raise NothingFound(f"mail goes to {host}, which nobody knows")


def _owners(host: str) -> Iterator[str]:
    """The name without its first label, then the domain that somebody registered."""
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    seen = dict.fromkeys((".".join(labels[1:]), ".".join(labels[-keep:])))
    yield from (name for name in seen if name.count(".") >= keep - 1)
