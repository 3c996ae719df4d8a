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
        ("li.Wei@Mail.ru", ["li.wei@mail.ru", "li.wei", "li", "wei", "mail.ru", "mail", "ru"]),
        ("www.Example.com", ["www.example.com", "www", "example", "com"]),
        ("报价单（PI-2611）", ["报价", "价单", "单", "pi", "2611"]),
        ("𠮷野家", ["𠮷野", "野家", "家"]),
        ("… !? ——", []),
    ],
)
def test_a_text_becomes_the_words_that_people_look_for(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_more_and_no_word_is_long_or_empty(text: str) -> None:
    assert words(fold(text)) == words(text)
    assert all(1 <= len(word) <= MAX_WORD_CHARS for word in words(text))


@given(st.text(alphabet="会议纪要要點報價", min_size=2, max_size=12), st.integers(0, 10), st.integers(2, 12))
def test_every_piece_of_a_run_is_found_in_it_pair_by_pair(run: str, start: int, length: int) -> None:
    piece = run[start : start + length]
    wanted = words(piece)[:-1] or words(piece)
    assert set(wanted) <= {*words(run), *fold(run)}
