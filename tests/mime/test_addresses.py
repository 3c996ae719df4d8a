"""Recipients as they are typed and pasted."""

import time

import pytest

from yizhan.mime.addresses import is_address, read_typed
from yizhan.mime.headers import write_address

ANNA, BORIS = ("Anna", "anna@example.com"), ("Борис", "boris@example.org")


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("anna@example.com", [("", "anna@example.com")]),
        ("Anna <anna@example.com>, Борис <boris@example.org>", [ANNA, BORIS]),
        ("Anna <anna@example.com>;Борис <boris@example.org>;", [ANNA, BORIS]),
        ("Anna <anna@example.com>，Борис <boris@example.org>；", [ANNA, BORIS]),
        ("张三 <a@example.com>、李四<b@example.com>", [("张三", "a@example.com"), ("李四", "b@example.com")]),
        ('"Doe, Jane" <jane@example.com>, b@x.org', [("Doe, Jane", "jane@example.com"), ("", "b@x.org")]),
        ("Doe, Jane <jane@example.com>; b@x.org", [("Doe, Jane", "jane@example.com"), ("", "b@x.org")]),
        (r'"a \"b\" c" <a@x.org>', [('a "b" c', "a@x.org")]),
        ("“张三” <a@x.org>", [("张三", "a@x.org")]),
        ("Anna\tanna@example.com\r\nБорис\tboris@example.org\r\n", [ANNA, BORIS]),
        ("anna@example.com boris@example.org", [("", "anna@example.com"), ("", "boris@example.org")]),
        ("anna@example.com (Anna)", [ANNA]),
        ("Friends: Anna <anna@example.com>, b@x.org; c@x.org", [ANNA, ("", "b@x.org"), ("", "c@x.org")]),
        ("undisclosed-recipients:;", []),
        ("mailto:anna@example.com", [("", "anna@example.com")]),
        ("<anna@example.com>", [("", "anna@example.com")]),
        ("anna＠example．com", [("", "anna@example.com")]),
        ("anna@example.com.", [("", "anna@example.com")]),
        ("\ufeffanna@exam\u200bple.com\u3000", [("", "anna@example.com")]),
        ("иван@почта.рф", [("", "иван@почта.рф")]),
        ('"a b"@x.org', [("", '"a b"@x.org')]),
        ("root@[192.0.2.1]", [("", "root@[192.0.2.1]")]),
        (" , ;\n", []),
    ],
)
def test_a_list_is_read_as_it_was_meant(typed: str, people: list[tuple[str, str]]) -> None:
    found = read_typed(typed)
    assert (found.people, found.wrong) == (people, [])


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("nobody", "nobody"),
        ("anna@example.com, nobody", "nobody"),
        ("anna, Борис <boris@example.org>", "anna"),
        ("a..b@x.org", "a..b@x.org"),
        ("a@b@x.org", "a@b@x.org"),
        ("Anna <anna@>", "Anna <anna@>"),
        ("Anna <>", "Anna <>"),
        ('"Anna <anna@example.com>', '"Anna <anna@example.com>'),
        ("Anna <a b@x.org>", "Anna <a b@x.org>"),
        (f"{'a' * 65}@x.org", f"{'a' * 65}@x.org"),
        (f"a@{'b' * 60}{'.c' * 100}", f"a@{'b' * 60}{'.c' * 100}"),
        ("anna@example.com\x01", "anna@example.com\x01"),
        ("anna@ex_ample,com", "com"),
    ],
)
def test_what_is_no_address_is_told_and_never_passed_over(typed: str, wrong: str) -> None:
    assert wrong in read_typed(typed).wrong


def test_what_a_form_shows_is_read_back_the_same() -> None:
    people = [('x "y", z', "a@x.org"), ("Doe, Jane", "b@x.org"), ("张，三", "c@x.org"), ("", "d@x.org")]
    assert read_typed(", ".join(write_address(*each) for each in people)).people == people


@pytest.mark.parametrize("piece", ['"\\', '"', "<", "(", "a@b.c,", "a:", '"a"@', "x@y <"])
def test_no_list_takes_long_to_read(piece: str) -> None:
    begun = time.process_time()
    found = read_typed(piece * 20_000)
    assert time.process_time() - begun < 10
    assert found.people or found.wrong


def test_five_thousand_addresses_are_counted_and_more_than_fits_is_not_read() -> None:
    assert len(read_typed("\n".join(f"n{n}@example.com" for n in range(5_000))).people) == 5_000
    assert read_typed("a@b.example," * 100_000).people == []


def test_an_address_is_judged_by_its_form() -> None:
    assert is_address("a+b@example.com")
    assert not is_address("a@")
