"""A page hears of all that became different since it was read, the moments in which it was drawn among them."""

from django.http import HttpRequest

from tests.store.databases import Home
from tests.store.making import bind
from yizhan.base.secret import Secret
from yizhan.services.owners.news import latest
from yizhan.services.owners.people import redeem
from yizhan.services.owners.setup import make_link
from yizhan.web import pages


def test_news_of_a_page_begin_before_what_it_shows_was_read(home: Home) -> None:
    request = HttpRequest()
    request.user = redeem(make_link(), "Li", "li@example.org", Secret("river stone lantern 17"), "en")
    read = pages.scope(request)
    before = latest(read)
    bind(read)
    assert latest(read) > before
    assert pages.news_seq(request) == str(before)
