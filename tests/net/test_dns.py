"""Names to addresses and records: in order, bounded, and a clear refusal where there is nothing."""

import pytest

from tests.support.nameserver import Zone, answering
from tests.support.ports import free_port
from yizhan.net.deadlines import deadline
from yizhan.net.dns import NameserverResolver, SrvRecord, SystemResolver
from yizhan.net.errors import DeadlineMissed, NameNotResolved
from yizhan.net.limits import MAX_RECORDS

ZONE: Zone = {
    "example.test": {
        "A": ["127.0.0.1", "127.0.0.2"],
        "AAAA": ["::1"],
        "MX": ["20 second.example.test.", "10 first.example.test.", "30 third.example.test."],
        "TXT": ['"v=spf1 " "-all"', '"two"'],
    },
    "null.test": {"MX": ["0 ."]},
    "_imaps._tcp.example.test": {
        "SRV": ["10 5 993 light.example.test.", "10 90 993 Heavy.example.test.", "0 0 1993 best.example.test."]
    },
    "_pop3s._tcp.example.test": {"SRV": ["0 0 0 ."]},
    "xn--80a1acny.xn--p1ai": {"A": ["127.0.0.9"], "MX": ["1 mx.xn--80a1acny.xn--p1ai."]},
    "many.test": {"TXT": [f'"{number}"' for number in range(90)]},
    "alias.test": {"CNAME": ["example.test."]},
}


async def test_a_name_has_its_addresses() -> None:
    with answering(ZONE) as server:
        found = await NameserverResolver(server.address).addresses("example.test")
    assert sorted(found) == ["127.0.0.1", "127.0.0.2", "::1"]


async def test_the_best_mail_host_comes_first() -> None:
    with answering(ZONE) as server:
        found = await NameserverResolver(server.address).mx("example.test")
    assert found == ["first.example.test", "second.example.test", "third.example.test"]


async def test_services_come_by_priority_and_then_by_weight() -> None:
    with answering(ZONE) as server:
        found = await NameserverResolver(server.address).srv("_imaps._tcp.example.test")
    assert found == [
        SrvRecord("best.example.test", 1993, 0, 0),
        SrvRecord("heavy.example.test", 993, 10, 90),
        SrvRecord("light.example.test", 993, 10, 5),
    ]


async def test_a_text_in_pieces_is_one_text() -> None:
    with answering(ZONE) as server:
        found = await NameserverResolver(server.address).txt("example.test")
    assert sorted(found) == ["two", "v=spf1 -all"]


async def test_a_root_for_a_host_says_that_there_is_none() -> None:
    with answering(ZONE) as server:
        resolver = NameserverResolver(server.address)
        assert (await resolver.mx("null.test"), await resolver.srv("_pop3s._tcp.example.test")) == ([], [])


async def test_an_international_name_is_asked_for_as_dns_writes_it() -> None:
    with answering(ZONE) as server:
        resolver = NameserverResolver(server.address)
        assert await resolver.addresses("почта.рф") == ["127.0.0.9"]
        assert await resolver.mx("Почта.рф") == ["mx.xn--80a1acny.xn--p1ai"]


async def test_an_answer_is_cut_to_what_any_name_needs() -> None:
    with answering(ZONE) as server:
        assert len(await NameserverResolver(server.address).txt("many.test")) == MAX_RECORDS


@pytest.mark.parametrize("method", ["addresses", "mx", "srv", "txt"])
@pytest.mark.parametrize("name", ["nowhere.test", "alias.test", "null..test", "a" * 64 + ".test", "x" * 300, ""])
async def test_what_has_no_answer_is_named(method: str, name: str) -> None:
    with answering({**ZONE, "alias.test": {"HINFO": ['"a" "b"']}}) as server, pytest.raises(NameNotResolved):
        await getattr(NameserverResolver(server.address), method)(name)


async def test_an_address_is_asked_of_nobody() -> None:
    with answering(ZONE) as server:
        resolver = NameserverResolver(server.address)
        assert await resolver.addresses("0x7f000001") == ["127.0.0.1"]
        assert await resolver.addresses("::1") == ["::1"]
        assert server.asked == []


async def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    with pytest.raises((NameNotResolved, DeadlineMissed)):
        async with deadline(1.0, "looking up"):
            await NameserverResolver(f"127.0.0.1:{free_port()}").mx("example.test")


async def test_the_system_knows_its_own_names_and_reads_numbers() -> None:
    resolver = SystemResolver()
    assert {"127.0.0.1", "::1"} & set(await resolver.addresses("localhost"))
    assert await resolver.addresses("2130706433") == ["127.0.0.1"]


async def test_what_the_system_cannot_look_up_is_named() -> None:
    with pytest.raises(NameNotResolved):
        await SystemResolver().addresses("a" * 64 + ".localhost")
