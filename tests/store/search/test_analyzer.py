import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.store.search.analyzer import MAX_WORD_CHARS, fold, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("会议纪要", ["会议", "议纪", "纪要", "要"]),
        ("要", ["要"]),
        ("會議", ["会议", "议"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("Ёлка", ["елка"]),
        ("你好world", ["你好", "好", "world"]),
        ("li.Wei@Mail.ru你好", ["li", "wei", "mail", "ru", "你好", "好"]),
        ("报价单（PI-2611）", ["报价", "价单", "单", "pi", "2611"]),
        ("𠮷野家", ["𠮷野", "野家", "家"]),
        ("… !? ——", []),
    ],
)
def test_a_text_becomes_the_words_that_people_look_for(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_more_and_no_word_is_long_or_empty(text: str) -> None:
    assert list(words(fold(text))) == list(words(text))
    assert all(1 <= len(word) <= MAX_WORD_CHARS for word in words(text))
