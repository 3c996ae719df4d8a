import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.text import quote_text, text_to_html


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a < b & c", "<div>a &lt; b &amp; c</div>"),
        ("one\n\ntwo", "<div>one</div><div><br></div><div>two</div>"),
        (
            "> q\n>> qq\nmine",
            "<blockquote><div>q</div><blockquote><div>qq</div></blockquote></blockquote><div>mine</div>",
        ),
        ("<script>x</script>", "<div>&lt;script&gt;x&lt;/script&gt;</div>"),
    ],
)
def test_text_is_escaped_and_its_quotes_nested(text: str, markup: str) -> None:
    assert text_to_html(text) == markup


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.com/a?b=1&c=2.", "https://example.com/a?b=1&amp;c=2"),
        ("(www.example.com)", "http://www.example.com"),
        ("看 https://example.com/页，谢谢", "https://example.com/页"),
    ],
)
def test_links_are_links_without_what_follows(text: str, address: str) -> None:
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer">' in text_to_html(text)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", 'https://"onclick=x'])
def test_other_schemes_are_no_links(text: str) -> None:
    assert "<a" not in text_to_html(text)


@given(st.text(max_size=300))
def test_no_text_becomes_markup_of_its_own(text: str) -> None:
    shown = text_to_html(text)
    for tag in ("<div>", "</div>", "<br>", "<blockquote>", "</blockquote>", "</a>"):
        shown = shown.replace(tag, "")
    assert shown.count("<") == shown.count("<a href=")


def test_quotes_go_one_level_deeper() -> None:
    assert quote_text("mine\n> theirs\n\nend\n") == "> mine\n>> theirs\n>\n> end"
