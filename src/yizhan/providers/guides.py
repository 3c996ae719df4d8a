"""What a page says about a provider, in one language: made from its file and from our own words."""

from collections.abc import Mapping
from typing import Any

from yizhan.providers.catalogue import guide_words
from yizhan.providers.entries import Provider, Quirk, SecretKind, endpoint_for
from yizhan.providers.match import unicode_domain
from yizhan.providers.spacing import space_chinese

MANY_DOMAINS = 8  # more than that are not listed one by one
MEGABYTE = 1024 * 1024
LIMITS = ("connections", "messages_a_day", "recipients_a_day", "recipients_a_message")


def say(kind: str, key: str, language: str, **values: object) -> list[str]:
    """Our own words with the values put in."""
    texts = [text.format(**values) for text in guide_words()[kind][key][language]]
    return [space_chinese(text) for text in texts] if language == "zh-hans" else texts


def named(provider: Provider, language: str) -> dict[str, str]:
    """The values that most words need."""
    return {"name": provider.names[language], "noun": provider.secret.noun[language]}


def secret_shape(provider: Provider, language: str) -> dict[str, Any]:
    """The field for the secret: what it is called, what stands below it, what the secret looks like."""
    rule = provider.secret
    (hint,) = say("hint", rule.kind.value, language, **named(provider, language))
    return field_shape(rule.kind.value, rule.noun[language], hint, _looks(provider, language))


def warning_of(provider: Provider, language: str) -> str:
    """Which kind of secret it is, said so that nobody types another one, and what it looks like."""
    (text,) = say("warning", provider.secret.kind.value, language, **named(provider, language))
    looks = _looks(provider, language)
    if looks is None:
        return text
    return f"{text}{looks}。" if language == "zh-hans" else f"{text} {looks[:1].upper()}{looks[1:]}."


def unknown_secret(language: str) -> dict[str, Any]:
    """The field when nobody told what the provider wants."""
    (noun,), (hint,) = say("noun", "unknown", language), say("hint", "unknown", language)
    return field_shape(SecretKind.PASSWORD.value, noun, hint, None)


def field_shape(kind: str, noun: str, hint: str, looks: str | None) -> dict[str, Any]:
    """`noun` as it stands in a sentence, `label` as it stands above a field."""
    return {"kind": kind, "noun": noun, "label": noun[:1].upper() + noun[1:], "hint": hint, "shape": looks}


def steps_of(provider: Provider, language: str) -> list[dict[str, Any]]:
    """From the provider's page back to ours; none where no secret helps."""
    values = named(provider, language)
    if Quirk.OAUTH_ONLY in provider.quirks:
        return []
    steps = []
    for step in provider.steps:
        title, text = say("step", step.act, language, **values)
        note = step.note.get(language, "")
        path = list(step.paths[language])
        text = text if path or text[-1] not in ":：" else ""
        shown = max(path[-2:], key=len, default="")  # the drawing's one word: what is found, rather than "on" or "save"
        told = {"title": title, "text": text, "path": path, "shown": shown, "url": step.url, "note": note}
        steps.append({"act": step.act, **told})
    title, text = say("step", "paste", language, **values)
    return [*steps, {"act": "paste", "title": title, "text": text, "path": [], "shown": "", "url": "", "note": ""}]


def needs_of(provider: Provider, language: str) -> list[str]:
    """What has to be so before anything works."""
    return [say("need", need, language, **named(provider, language))[0] for need in provider.prerequisites]


def questions_of(provider: Provider, language: str) -> list[dict[str, str]]:
    """What people ask, and the answer."""
    found = []
    for each in provider.questions:
        if each.about:
            question, answer = say("question", each.about, language, **named(provider, language))
        else:
            question, answer = each.question[language], each.answer[language]
        found.append({"question": question[:1].upper() + question[1:], "answer": answer})
    return found


def advice_of(provider: Provider, language: str) -> list[str]:
    """What is wise in any case."""
    return [say("advice", each, language, **named(provider, language))[0] for each in provider.advice]


def servers_of(provider: Provider) -> list[dict[str, Any]]:
    """The parameters: one row a server, the one to use first; `only_for` is the domain that has it."""
    domains = list(provider.domains) or ["example.com"]
    each_its_own = any("{domain}" in template for template in (*provider.imap, *provider.smtp))
    rows = []
    for domain in domains[:MANY_DOMAINS] if each_its_own else domains[:1]:
        for service, templates in (("imap", provider.imap), ("smtp", provider.smtp)):
            for place, template in enumerate(templates):
                endpoint = endpoint_for(template, domain)
                rows.append(
                    {
                        "service": service,
                        "host": endpoint.host,
                        "port": endpoint.port,
                        "security": endpoint.security.value,
                        "is_spare": place > 0,
                        "only_for": domain if each_its_own else "",
                    }
                )
    return rows


def facts_of(provider: Provider, language: str) -> list[dict[str, str]]:
    """Label and value of what is good to know; only what a source tells."""
    keys: list[tuple[str, Mapping[str, object]]] = [(f"login_{provider.login.value}", {})]
    keys += [(quirk.value, {}) for quirk in (Quirk.NO_IDLE, Quirk.FROM_IS_LOGIN) if quirk in provider.quirks]
    if provider.files_sent_copy is not None:
        keys.append(("sent_copy" if provider.files_sent_copy else "no_sent_copy", {}))
    for name in LIMITS:
        number = getattr(provider.limits, name)
        keys += [(name, {"number": f"{number:,}"})] if number else []
    if provider.limits.size_bytes:
        keys.append(("size_bytes", {"number": provider.limits.size_bytes // MEGABYTE}))
    pairs = [say("fact", key, language, **values) for key, values in keys]
    return [{"label": label, "value": value} for label, value in pairs]


def domains_of(provider: Provider) -> list[str]:
    """The domains as people read them."""
    return [unicode_domain(domain) for domain in provider.domains]


def _looks(provider: Provider, language: str) -> str | None:
    rule = provider.secret
    if rule.length is None:
        return None
    key = "length" if rule.groups is None else "letters" if rule.letters else "groups"
    (text,) = say("shape", key, language, length=rule.length, groups=rule.groups)
    return text
