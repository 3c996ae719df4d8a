"""What every answer carries, and who is refused: over HTTP, as a browser or an attacker would ask."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.web.serving import serving

POLICY = "Content-Security-Policy"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as found:
        yield found


def get(address: str, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """One answer, read whole; redirections are not followed."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.body = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
    connection.close()
    return answer


@pytest.mark.parametrize("path", ["/signin", "/nothing/here", "/static/shell.js", "/guides"])
def test_every_answer_forbids_what_is_not_ours(address: str, path: str) -> None:
    policy = get(address, path).headers[POLICY]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_answers_are_neither_sniffed_nor_cached_nor_told_elsewhere(address: str) -> None:
    headers = get(address, "/signin").headers
    told = (headers["X-Content-Type-Options"], headers["Referrer-Policy"], "no-store" in headers["Cache-Control"])
    assert told == ("nosniff", "same-origin", True)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "10.0.0.1:80"])
def test_a_name_that_is_not_ours_is_refused(address: str, host: str) -> None:
    answer = get(address, "/signin", Host=host)
    assert (answer.status, answer.headers["Set-Cookie"]) == (400, None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_served_by_each_of_its_names(address: str, host: str) -> None:
    assert get(address, "/signin", Host=f"{host}:{urlsplit(address).port}").status == 200


@pytest.mark.parametrize("path", ["/", "/accounts", "/accounts/add", "/settings", "/two-step/", "/accounts/export.csv"])
def test_a_stranger_is_sent_to_sign_in(address: str, path: str) -> None:
    answer = get(address, path)
    assert (answer.status, answer.headers["Location"].partition("?")[0]) == (302, "/signin")


def test_a_stranger_gets_no_news_and_is_told_to_stop_asking(address: str) -> None:
    assert get(address, "/events").status == 204


@pytest.mark.parametrize("path", ["/signup/", "/password/reset/", "/email/", "/admin/", "/setup/guessed-token"])
def test_there_is_no_other_way_in(address: str, path: str) -> None:
    assert get(address, path).status in (404, 410)


@pytest.mark.parametrize(
    ("wish", "language"), [("zh-CN,en;q=0.5", "zh-hans"), ("ru-RU", "ru"), ("en-GB", "en"), ("de-DE", "en")]
)
def test_a_page_speaks_the_browsers_language_or_the_homes(address: str, wish: str, language: str) -> None:
    assert get(address, "/signin", Accept_Language=wish).headers["Content-Language"] == language


def test_a_form_from_elsewhere_is_refused(address: str) -> None:
    assert get(address, "/language", "POST", Origin="https://evil.example").status == 403


def test_a_file_that_is_named_with_its_mark_is_kept_by_browsers_and_any_other_is_asked_for(address: str) -> None:
    page = get(address, "/signin").body  # type: ignore[attr-defined]
    marked = page.partition('href="/static/tokens.css')[2].partition('"')[0]
    assert "immutable" in get(address, f"/static/tokens.css{marked}").headers["Cache-Control"]
    assert "immutable" not in get(address, "/static/tokens.css?v=older").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/../jinja.py", "/static/%2e%2e/jinja.py", "/static/absent.js"])
def test_only_files_of_the_static_folder_are_served(address: str, path: str) -> None:
    assert get(address, path).status in (400, 404)


def test_cookies_are_for_https_alone_once_the_answer_goes_over_it(address: str) -> None:
    answer = get(address, "/signin", X_Forwarded_Proto="https")
    assert "Secure" in (answer.headers["Set-Cookie"] or "Secure")
