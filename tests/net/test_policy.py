"""Which addresses may be spoken to, in every spelling."""

import socket
from ipaddress import IPv4Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.net.errors import AddressForbidden, NameNotResolved
from yizhan.net.names import ascii_host, literal_address
from yizhan.net.policy import AddressPolicy, is_loopback

PRIVATE_V4 = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "100.127.255.255",
    "168.63.129.16",  # Azure's
    "169.254.0.1",
    "169.254.169.254",  # metadata of most
    "169.254.170.2",  # of Amazon's containers
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.192",  # Oracle's
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
PRIVATE_V6 = (
    "::",
    "fc00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "fd20:ce::254",  # Google's
    "fdff:ffff::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "2001:db8::1",
    "2001:10::1",
    "3fff::1",
    "4000::1",
    "64:ff9b:1::1",
    "5f00::1",
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.1", "192.167.1.1")
PUBLIC_V6 = ("2606:4700:4700::1111", "2a00:1450:4001::1", "2400:3200::1")
# How an IPv4 address can be written into an IPv6 one that something on the way takes it out of again.
CARRIERS = {
    "mapped": lambda v4: f"::ffff:{v4}",
    "compatible": lambda v4: f"::{v4}",
    "translated": lambda v4: f"::ffff:0:{v4}",
    "nat64": lambda v4: f"64:ff9b::{v4}",
    "6to4": lambda v4: f"2002:{_hex(v4)}::1",
    "teredo": lambda v4: f"2001:0:808:808::{_hex('.'.join(str(255 - int(part)) for part in v4.split('.')))}",
}


def _hex(v4: str) -> str:
    packed = socket.inet_aton(v4)
    return f"{packed[:2].hex()}:{packed[2:].hex()}"


def allowed(address: str, *networks: str) -> bool:
    try:
        AddressPolicy([ip_network(network) for network in networks]).check(address)
    except AddressForbidden:
        return False
    return True


@pytest.mark.parametrize("address", PRIVATE_V4 + PRIVATE_V6)
def test_what_is_not_the_public_internet_is_refused(address: str) -> None:
    assert not allowed(address)


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_V6)
def test_the_public_internet_is_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("address", PRIVATE_V4)
def test_a_private_address_inside_another_is_refused(address: str, carrier: str) -> None:
    assert not allowed(CARRIERS[carrier](address))


@pytest.mark.parametrize("carrier", ["mapped", "nat64", "6to4"])
def test_a_public_address_inside_another_is_allowed(carrier: str) -> None:
    assert allowed(CARRIERS[carrier]("8.8.8.8"))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_always_allowed(address: str) -> None:
    assert allowed(address)
    assert is_loopback(address)


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS) - {"mapped"}))
def test_loopback_of_some_gateway_is_not_this_machine(carrier: str) -> None:
    assert not allowed(CARRIERS[carrier]("127.0.0.1"))
    assert not is_loopback(CARRIERS[carrier]("127.0.0.1"))


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.0.0.0/8", "10.1.2.3", "192.168.0.1"),
        ("192.168.7.0/24", "192.168.7.9", "192.168.8.9"),
        ("192.168.7.0/24", "::ffff:192.168.7.9", "::ffff:192.168.8.9"),
        ("fd00::/8", "fd12::1", "fc12::1"),
        ("169.254.169.254/32", "169.254.169.254", "169.254.169.253"),
    ],
)
def test_a_named_network_is_opened_and_no_other(network: str, inside: str, outside: str) -> None:
    assert allowed(inside, network)
    assert not allowed(outside, network)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_what_it_maps(address: object) -> None:
    assert allowed(f"::ffff:{address}") is allowed(str(address))


@given(st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"]), st.data())
def test_no_address_of_a_private_network_slips_through(network: str, data: st.DataObject) -> None:
    known = IPv4Network(network)
    address = known[data.draw(st.integers(0, known.num_addresses - 1))]
    assert not allowed(str(address))


@pytest.mark.parametrize(
    ("spelling", "address"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("167772161", "10.0.0.1"),
        ("0xa9fea9fe", "169.254.169.254"),
        ("::ffff:10.0.0.1", "::ffff:a00:1"),
        ("FD00::1", "fd00::1"),
        ("256.0.0.1", None),
        ("1.2.3.4.5", None),
        ("mail.example.test", None),
        ("0x7f000001.example.test", None),
        ("127.0.0.1 example.test", None),
        ("", None),
    ],
)
def test_a_number_is_the_address_that_the_c_library_reads_in_it(spelling: str, address: str | None) -> None:
    assert literal_address(spelling) == address


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("IMAP.Example.TEST.", "imap.example.test"),
        ("почта.пример.рф", "xn--80a1acny.xn--e1afmkfd.xn--p1ai"),
        ("邮箱.例子.测试", "xn--c0zu34b.xn--fsqu00a.xn--0zwm56d"),
        ("straße.example.test", "xn--strae-oqa.example.test"),  # IDNA 2008, not the "ss" of 2003
        ("_imaps._tcp.example.test", "_imaps._tcp.example.test"),
    ],
)
def test_a_name_is_looked_up_as_dns_writes_it(typed: str, name: str) -> None:
    assert ascii_host(typed) == name


@pytest.mark.parametrize("typed", ["почта..рф", "пример\u2028рф", "☃︎" * 80])
def test_what_is_no_name_is_named_as_such(typed: str) -> None:
    with pytest.raises(NameNotResolved):
        ascii_host(typed)


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("LOCALHOST.", True), ("localhost.example", False)]
)
def test_this_machine_is_known_by_name(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
