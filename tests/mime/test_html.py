import re
import time

import pytest

from tests.mime.hostile import HEAVY, HOSTILE
from yizhan.mime.html import BlockedImage, Cleaned, clean_html, html_to_text
from yizhan.mime.limits import MAX_BLOCKED_LISTED, MAX_HTML_CHARS

SECONDS = 10.0  # of processor time, on a slow machine under load; the worst takes two here


def clean(markup: str) -> Cleaned:
    return clean_html(markup, {"logo@x": "/own/2"}.get, lambda image: f"blocked {image.host}")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_keeps_nothing_that_runs_or_loads(name: str) -> None:
    shown = clean(HOSTILE[name]).html
    tags = re.findall(r"<[^<>]*>", shown)
    names = [re.sub(r'"[^"]*"', "", tag) for tag in tags]
    assert not re.search(r"\s(?:on\w+|srcset|background|ping|cite|id|name|form\w*)\s*=", " ".join(names))
    assert not re.search(r"<(?:script|style|iframe|form|input|meta|base|link|svg|math|object|embed)\b", shown)
    assert not re.search(
        r"(?:position|url\(|expression|behavior|transform)", " ".join(re.findall(r'style="([^"]*)"', shown))
    )
    assert all(src.startswith(("/own/", "data:image/")) for src in re.findall(r'\ssrc="([^"]*)"', shown))
    assert all(re.match(r"https?:|mailto:|tel:", href) for href in re.findall(r'\shref="([^"]*)"', shown))


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_markup_is_cleaned_in_time(name: str) -> None:
    start = time.process_time()
    clean(HEAVY[name])
    html_to_text(HEAVY[name])
    assert time.process_time() - start < SECONDS


def test_what_a_letter_needs_stays() -> None:
    letter = (
        '<table border="1" cellpadding="4"><tr><td colspan="2" bgcolor="#eee">Price</td></tr></table>'
        '<p style="color:red;text-align:center">1 600</p><a href="https://example.com/?a=1&amp;b=2">order</a>'
    )
    shown = clean(letter).html
    assert '<table border="1" cellpadding="4"><tbody><tr><td colspan="2" bgcolor="#eee">Price</td>' in shown
    assert '<p style="color:red;text-align:center">1 600</p>' in shown
    assert '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">order</a>' in shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<b>x</b>", '<span style="font-weight:bold">x</span>'),
        ("<B STYLE='color:blue'>x</B>", '<span style="font-weight:bold;color:blue">x</span>'),
        ("<em title=t>x</em>", '<span style="font-style:italic" title="t">x</span>'),
        ("<font color='#f00' size=5>x</font>", '<span style="color:#f00;font-size:x-large">x</span>'),
        ("<font face=Arial>x</font>", "<span>x</span>"),
        ("<font style='color:red' color=blue>x</font>", '<span style="color:red">x</span>'),
    ],
)
def test_formatting_looks_as_before(given: str, shown: str) -> None:
    assert clean(given).html == shown


def test_a_picture_of_the_message_itself_is_shown() -> None:
    assert clean('<img src="cid:logo@x" alt="Logo" width=20>').html == '<img src="/own/2" alt="Logo" width="20">'
    assert clean('<img src="cid:other" alt="Logo">').html == "Logo"
    embedded = "data:image/png;base64,iVBORw0KGgo="
    assert clean(f"<img src='{embedded}'>").html == f'<img src="{embedded}" alt="">'


def test_blocked_pictures_are_counted_with_their_sizes() -> None:
    cleaned = clean(
        "<img src=http://img.example/a.png width=520 height=68 alt='Our new lamp'>"
        "<img src=//img.example/b.png style='width:10px;height:20px'>"
        "<img src=http://track.example/p width=1 height=1>"
        "<p style='background:url(https://bg.example/c.png)'>x</p>"
    )
    assert cleaned.blocked_count == 4
    assert set(cleaned.blocked) == {
        BlockedImage("img.example", 520, 68),
        BlockedImage("img.example", 10, 20),
        BlockedImage("track.example", 1, 1),
        BlockedImage("bg.example", None, None),
    }
    assert 'style="width:520px;min-height:68px;" title="Our new lamp">blocked img.example</span>' in cleaned.html
    assert "track.example" not in cleaned.html  # a counting pixel leaves no box


def test_only_so_many_blocked_pictures_are_listed_and_all_are_counted() -> None:
    cleaned = clean("<img src=http://a.example/1>" * 500)
    assert (len(cleaned.blocked), cleaned.blocked_count) == (MAX_BLOCKED_LISTED, 500)


@pytest.mark.parametrize("markup", ["<p bgcolor=x>", "<td bgcolor='#fff'>", "<p style='color:red'>", "<body text=red>"])
def test_markup_that_sets_colours_says_so(markup: str) -> None:
    assert clean(f"<table><tr>{markup}x").sets_colours == (markup != "<p bgcolor=x>")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    cleaned = clean("<p>word</p>" * 50_000)
    assert cleaned.cut
    assert len(cleaned.html) <= MAX_HTML_CHARS
    assert not clean("<p>word</p>" * 1_000).cut
    assert not clean(f"<img src='data:image/png;base64,{'A' * 500_000}'>" + "<!--" + "x" * 500_000 + "-->").cut


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<div>c</div>d", "a\nb\nc\nd"),
        ("<ul><li>x<li>y</ul>", "x\n\ny"),
        ("<table><tr><td>A<td>B</table>", "A B"),
        ("<style>p{}</style><script>x</script><title>t</title>&lt;ok&gt; &amp; &nbsp;fine", "<ok> & fine"),
        ("  many \n\n  spaces ", "many spaces"),
    ],
)
def test_markup_as_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text
