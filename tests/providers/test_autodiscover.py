"""What a domain tells of its servers, each source against servers on loopback."""

import base64
import hashlib
import json

import pytest

from tests.providers.town import Town, config, page, redirect, town
from tests.support.certificates import Authority
from tests.support.faulty import garbage, silence
from yizhan.providers.autodiscover import autoconfig, exchange, ispdb, mx, order, pacc, srv, txt
from yizhan.providers.autodiscover.found import AnswerUnusable, Found, NothingFound, Source
from yizhan.providers.catalogue import load_catalogue

OURS = load_catalogue()
ME = "li@firm.test"
AUTOCONFIG = "https://autoconfig.firm.test/mail/config-v1.1.xml"
WELL_KNOWN = "https://firm.test/.well-known/autoconfig/mail/config-v1.1.xml"
IN_THE_OPEN = "http://autoconfig.firm.test/mail/config-v1.1.xml"
DATABASE = "https://autoconfig.thunderbird.net/v1.1/"
GOOD = page(config("imap.firm.test", "smtp.firm.test"))
PACC = "https://ua-auto-config.firm.test/.well-known/user-agent-configuration.json"


def servers(found: Found) -> tuple[str, str]:
    return str(found.imap), str(found.smtp)


OWN_SERVERS = ("imap.firm.test:993/tls", "smtp.firm.test:465/tls")


@pytest.mark.parametrize("address", [AUTOCONFIG, WELL_KNOWN])
async def test_a_domains_own_configuration_is_read(authority: Authority, address: str) -> None:
    with town(authority, {address: GOOD}) as there:
        found = await autoconfig.ask(there.question(ME))
    assert servers(found) == OWN_SERVERS
    assert (found.login, found.name, found.is_in_the_open) == (ME, "Mail of firm.test", False)


async def test_an_answer_in_the_open_is_marked_and_the_address_is_not_told_there(authority: Authority) -> None:
    with town(authority, {IN_THE_OPEN: GOOD}) as there:
        found = await autoconfig.ask(there.question(ME))
    assert found.is_in_the_open
    assert b"li" not in there.open.heard.replace(b"application", b"")


@pytest.mark.parametrize(
    ("user", "login"), [("%EMAILLOCALPART%", "li"), ("%EMAILADDRESS%", ME), ("%EMAILLOCALPART%+x", "li+x"), ("", ME)]
)
async def test_the_login_is_made_as_the_configuration_says(authority: Authority, user: str, login: str) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.%EMAILDOMAIN%", "smtp.firm.test", user=user))}) as there:
        found = await autoconfig.ask(there.question(ME))
    assert (found.login, found.imap.host) == (login, "imap.firm.test")


async def test_a_configuration_with_oauth_only_says_so(authority: Authority) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.firm.test", "smtp.firm.test", way="OAuth2"))}) as there:
        assert (await autoconfig.ask(there.question(ME))).is_oauth_only


async def test_tls_from_the_start_is_taken_before_starttls(authority: Authority) -> None:
    both = config("old.firm.test", "smtp.firm.test", security="STARTTLS", port="143").replace(
        "</emailProvider>",
        "<incomingServer type='imap'><hostname>new.firm.test</hostname><port>993</port><socketType>SSL</socketType>"
        "</incomingServer></emailProvider>",
    )
    with town(authority, {AUTOCONFIG: page(both)}) as there:
        found = await autoconfig.ask(there.question(ME))
    assert str(found.imap) == "new.firm.test:993/tls"


async def test_the_public_database_is_told_the_domain_only(authority: Authority) -> None:
    with town(authority, {DATABASE + "firm.test": GOOD}) as there:
        found = await ispdb.ask(there.question(ME))
    assert (found.source, servers(found)) == (Source.ISPDB, OWN_SERVERS)
    assert there.secure.heard.startswith(b"GET /v1.1/firm.test HTTP/1.1")
    assert b"li@" not in there.secure.heard


async def test_mail_that_goes_to_a_known_provider_tells_its_servers(authority: Authority) -> None:
    with town(authority, records={"firm.test": {"MX": ["20 other.test.", "5 mxbiz1.qq.com."]}}) as there:
        found = await mx.ask(there.question(ME), OURS)
    assert (found.provider, str(found.imap)) == ("exmail", "imap.exmail.qq.com:993/tls")


@pytest.mark.parametrize(
    ("exchanger", "name"), [("mx1.mail.host.test.", "mail.host.test"), ("mx.host.com.cn.", "host.com.cn")]
)
async def test_the_database_is_asked_for_whoever_takes_the_mail(
    authority: Authority, exchanger: str, name: str
) -> None:
    records = {"firm.test": {"MX": [f"10 {exchanger}"]}}
    with town(authority, {DATABASE + name: page(config("imap.host.test", "smtp.host.test"))}, records) as there:
        found = await mx.ask(there.question(ME), OURS)
    assert (found.source, found.imap.host) == (Source.MX, "imap.host.test")
    assert b"GET /v1.1/com.cn " not in there.secure.heard


async def test_a_domain_that_takes_no_mail_has_no_provider(authority: Authority) -> None:
    with town(authority, records={"firm.test": {"MX": ["0 ."]}}) as there, pytest.raises(NothingFound, match="no mail"):
        await mx.ask(there.question(ME), OURS)


async def test_dns_names_encrypted_services_first(authority: Authority) -> None:
    records = {
        "_imaps._tcp.firm.test": {"SRV": ["10 0 993 imap.firm.test."]},
        "_imap._tcp.firm.test": {"SRV": ["0 0 143 old.firm.test."]},
        "_submissions._tcp.firm.test": {"SRV": ["0 0 0 ."]},
        "_submission._tcp.firm.test": {"SRV": ["5 0 587 smtp.firm.test."]},
    }
    with town(authority, records=records) as there:
        found = await srv.ask(there.question(ME))
    assert servers(found) == ("imap.firm.test:993/tls", "smtp.firm.test:587/starttls")


async def test_a_service_that_is_not_offered_is_not_found(authority: Authority) -> None:
    records = {"_imaps._tcp.firm.test": {"SRV": ["0 0 0 ."]}}
    with town(authority, records=records) as there, pytest.raises(NothingFound):
        await srv.ask(there.question(ME))


def user_agent_configuration(**changes: object) -> str:
    whole = {
        "protocols": {"imap": {"host": "imap.firm.test"}, "smtp": {"host": "smtp.firm.test"}},
        "authentication": {"oauth-public": {"issuer": "firm.test"}, "password": True},
        "info": {"provider": {"name": "Firm"}},
    }
    return json.dumps(whole | changes)


def digest_of(body: str) -> str:
    return base64.b64encode(hashlib.sha256(f"{body}\r\n".encode()).digest()).decode()


async def test_a_user_agent_configuration_is_taken_with_its_digest(authority: Authority) -> None:
    body = user_agent_configuration()
    records = {"_ua-auto-config.firm.test": {"TXT": ['"v=spf1"', f'"v=UAAC1; a=sha256; d={digest_of(body)}"']}}
    with town(authority, {PACC: page(body, "application/json")}, records) as there:
        found = await pacc.ask(there.question(ME))
    assert (servers(found), found.name, found.is_oauth_only) == (OWN_SERVERS, "Firm", False)


async def test_a_user_agent_configuration_with_another_digest_is_not_believed(authority: Authority) -> None:
    records = {"_ua-auto-config.firm.test": {"TXT": [f'"v=UAAC1; a=sha256; d={digest_of("{}")}"']}}
    pages = {PACC: page(user_agent_configuration(), "application/json")}
    with town(authority, pages, records) as there, pytest.raises(AnswerUnusable, match="digest"):
        await pacc.ask(there.question(ME))


@pytest.mark.parametrize("body", ["[]", "<html>", '{"protocols": {"imap": {"host": "10.0.0.1"}}}', "[" * 5000])
async def test_a_user_agent_configuration_that_is_none_is_refused(authority: Authority, body: str) -> None:
    records = {"_ua-auto-config.firm.test": {"TXT": [f'"v=UAAC1; a=sha256; d={digest_of(body)}"']}}
    with town(authority, {PACC: page(body)}, records) as there, pytest.raises((AnswerUnusable, NothingFound)):
        await pacc.ask(there.question(ME))


async def test_autodiscover_that_redirects_to_microsoft_tells_its_servers(authority: Authority) -> None:
    pages = {
        "http://autodiscover.firm.test/autodiscover/autodiscover.xml": redirect("http://autodiscover-s.outlook.com/x"),
        "http://autodiscover-s.outlook.com/x": page("<none/>"),
    }
    with town(authority, pages) as there:
        found = await exchange.ask(there.question(ME), OURS)
    assert (found.provider, found.is_oauth_only) == ("microsoft365", True)


async def test_autodiscover_in_dns_that_names_microsoft_tells_its_servers(authority: Authority) -> None:
    records = {"_autodiscover._tcp.firm.test": {"SRV": ["0 0 443 autodiscover.outlook.com."]}}
    with town(authority, records=records) as there:
        assert (await exchange.ask(there.question(ME), OURS)).imap.host == "outlook.office365.com"


async def test_autodiscover_that_leads_elsewhere_is_not_followed(authority: Authority) -> None:
    records = {"_autodiscover._tcp.firm.test": {"SRV": ["0 0 443 outlook.com.evil.test."]}}
    with town(authority, records=records) as there, pytest.raises(NothingFound):
        await exchange.ask(there.question(ME), OURS)


async def test_a_txt_record_may_name_the_configuration(authority: Authority) -> None:
    records = {"firm.test": {"TXT": ['"v=spf1 -all"', '"mailconf=https://conf.host.test/mail.xml"']}}
    with town(authority, {"https://conf.host.test/mail.xml": GOOD}, records) as there:
        found = await txt.ask(there.question(ME))
    assert (found.source, servers(found)) == (Source.TXT, OWN_SERVERS)


async def test_a_txt_record_that_names_no_https_address_is_refused(authority: Authority) -> None:
    records = {"firm.test": {"TXT": ['"mailconf=http://conf.host.test/mail.xml"']}}
    with town(authority, records=records) as there, pytest.raises(AnswerUnusable, match="no https address"):
        await txt.ask(there.question(ME))


async def test_the_first_source_in_the_order_of_trust_is_taken(authority: Authority) -> None:
    pages = {WELL_KNOWN: GOOD, DATABASE + "firm.test": page(config("imap.other.test", "smtp.other.test"))}
    with town(authority, pages, {"firm.test": {"A": ["127.0.0.1"], "MX": ["5 mx.yandex.net."]}}) as there:
        found, tried = await order.find_settings(there.question(ME), OURS)
    assert (found.source, tried) == (Source.AUTOCONFIG, [])


async def test_an_encrypted_answer_is_taken_before_one_in_the_open(authority: Authority) -> None:
    pages = {IN_THE_OPEN: page(config("imap.evil.test", "smtp.evil.test")), DATABASE + "firm.test": GOOD}
    with town(authority, pages) as there:
        found, _ = await order.find_settings(there.question(ME), OURS)
    assert (found.source, servers(found)) == (Source.ISPDB, OWN_SERVERS)


async def test_an_answer_in_the_open_is_still_better_than_a_guess(authority: Authority) -> None:
    with town(authority, {IN_THE_OPEN: GOOD}) as there:
        found, tried = await order.find_settings(there.question(ME), OURS)
    assert (found.source, found.is_in_the_open) == (Source.AUTOCONFIG, True)
    assert {each.source for each in tried} == set(Source) - {Source.AUTOCONFIG, Source.GUESS}


async def test_a_domain_that_tells_nothing_gets_a_guess_and_every_reason(authority: Authority) -> None:
    with town(authority) as there:
        found, tried = await order.find_settings(there.question(ME), OURS)
    assert (found.source, servers(found)) == (Source.GUESS, OWN_SERVERS)
    assert [each.source for each in tried] == [source for source in Source if source is not Source.GUESS]
    assert all(each.outcome for each in tried)


async def test_sources_that_do_not_answer_hold_up_no_other(authority: Authority) -> None:
    pages = {AUTOCONFIG: silence, WELL_KNOWN: silence, IN_THE_OPEN: silence}
    with town(authority, pages, {"firm.test": {"A": ["127.0.0.1"], "MX": ["5 mx.yandex.net."]}}) as there:
        found, tried = await order.find_settings(there.question(ME), OURS, seconds=1.0)
    assert (found.source, found.provider) == (Source.MX, "yandex-360")
    assert tried[0].outcome == "asking autoconfig: no answer within 1 s"


# ---- Bad input: each a clear message, and nothing lost ----

LOOP = "https://firm.test/.well-known/autoconfig/mail/config-v1.1.xml"


async def why_not(there: Town) -> str:
    with pytest.raises((AnswerUnusable, NothingFound)) as refused:
        await ispdb.ask(there.question(ME))
    return refused.value.detail


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><html><body>Welcome</body></html>", "a web page"),
        ("<html><body>Welcome</body></html>", "a web page"),
        ("welcome", "no XML that can be read (ParseError)"),
        ("", "no XML that can be read"),
        ("<rss><channel/></rss>", "XML, and no mail configuration"),
        ("<clientConfig version='1.1'/>", "XML, and no mail configuration"),
        ("<clientConfig>" + "<a>" * 40 + "</a>" * 40 + "</clientConfig>", "XML, and no mail configuration"),
        ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><clientConfig>&b;</clientConfig>", "DTDForbidden"),
        ("<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;&b;'>]><clientConfig>&c;</clientConfig>", "DTDForbidden"),
        (config("imap.firm.test", "smtp.firm.test", security="plain"), "IMAP without encryption only"),
        (config("imap.firm.test", "smtp.firm.test", port="99999"), "no port that can be used"),
        (config("imap.firm.test", "smtp.firm.test", port="x"), "no port that can be used"),
        (config("imap.firm.test", "smtp.firm.test").replace("'imap'", "'pop3'"), "names no IMAP server"),
        (config("192.168.1.5", "smtp.firm.test"), "'192.168.1.5' as a server"),
        (config("127.0.0.1", "smtp.firm.test"), "'127.0.0.1' as a server"),
        (config("localhost", "smtp.firm.test"), "'localhost' as a server"),
        (config("imap.firm.test", "[::1]"), "'[::1]' as a server"),
        (config("imap firm.test", "smtp.firm.test"), "no host name of the Internet"),
    ],
)
async def test_an_answer_that_is_no_configuration_is_named(authority: Authority, body: str, words: str) -> None:
    with town(authority, {DATABASE + "firm.test": page(body)}) as there:
        assert words in await why_not(there)


async def test_a_redirect_loop_is_named_and_the_next_source_answers(authority: Authority) -> None:
    with town(authority, {LOOP: redirect(LOOP), DATABASE + "firm.test": GOOD}) as there:
        found, [tried] = await order.find_settings(there.question(ME), OURS)
    assert found.source is Source.ISPDB
    assert "more than 3 redirects" in tried.outcome


async def test_a_hundred_megabytes_are_named_and_the_next_source_answers(authority: Authority) -> None:
    flood = garbage(100 << 20, b"HTTP/1.1 200 OK\r\n\r\n")
    with town(authority, {LOOP: flood, DATABASE + "firm.test": GOOD}) as there:
        found, [tried] = await order.find_settings(there.question(ME), OURS)
    assert found.source is Source.ISPDB
    assert "larger than 262144 bytes" in tried.outcome


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.1.1"])
async def test_a_source_inside_the_own_network_is_not_asked(authority: Authority, address: str) -> None:
    records = {"firm.test": {"A": [address]}, "autoconfig.firm.test": {"A": [address]}}
    with town(authority, {DATABASE + "firm.test": GOOD}, records) as there:
        found, [tried] = await order.find_settings(there.question(ME), OURS)
    assert found.source is Source.ISPDB
    assert f"{address} is in a private network" in tried.outcome


async def test_a_certificate_for_another_name_is_named(authority: Authority) -> None:
    records = {"autoconfig.firm.test": {"A": ["127.0.0.1"]}}
    with town(authority, {DATABASE + "firm.test": GOOD}, records) as there:
        _, [tried] = await order.find_settings(there.question(ME), OURS)
    assert "certificate" in tried.outcome
