"""A browser without a screen: cookies, forms by their fields, pages as text."""

import http.client
import re
from html import unescape
from urllib.parse import urlencode, urlsplit


class Browser:
    """Keeps the cookie, follows redirects, and sends the token of the page that it last saw."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.host = urlsplit(url).netloc
        self.language = language
        self.cookie = ""
        self.page = ""
        self.status = 0
        self.headers: dict[str, str] = {}

    def open(self, path: str) -> str:
        return self._ask("GET", path, "")

    def submit(self, path: str, **fields: str) -> str:
        token = re.search(r'name="token" value="([^"]*)"', self.page)
        assert token is not None, "the page has no form"
        return self._ask("POST", path, urlencode({"token": token[1], **fields}))

    def _ask(self, method: str, path: str, body: str) -> str:
        headers = {"Accept-Language": self.language, "Cookie": self.cookie}
        if method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self.host}"}
        self.status, self.headers, self.page = ask(self.host, method, path, body, headers)
        if "set-cookie" in self.headers:
            self.cookie = self.headers["set-cookie"].partition(";")[0]
        return self._ask("GET", self.headers["location"], "") if self.status == 303 else self.page

    @property
    def shown_secret(self) -> str:
        """The secret that the page shows, as a person would copy it."""
        match = re.search(r'<output[^>]*id="secret">([^<]+)<', self.page)
        assert match is not None, "the page shows no secret"
        return unescape(match[1])

    def read_code(self, address: str) -> str:
        """The newest code on the phone, read in another window."""
        phone = Browser(f"http://{self.host}").open("/phone")
        match = re.search(rf">{re.escape(address)}<.*?<code>(\d+)</code>", phone, re.DOTALL)
        assert match is not None, "no code for this address"
        return match[1]

    def solve_sum(self) -> str:
        """The answer to the human check."""
        match = re.search(r"(\d+) \+ (\d+) = \?", unescape(self.page))
        assert match is not None, "the page asks no question"
        return str(int(match[1]) + int(match[2]))


def ask(host: str, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """One request; the status, the headers in small letters and the page."""
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        connection.request(method, path, body.encode() if body else None, headers)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()
    finally:
        connection.close()
