"""Templates filled in from a card: what is known is put in, what is not is named."""

import pytest

from yizhan.services.writing.variables import (
    NAMES,
    TemplateWrong,
    check_template,
    fields_of,
    fill,
    fill_html,
    left_over,
)

CARD = fields_of("Polina Verkhova", "p@velmart.example", {"company": "Велмарт", "Город": "Пермь", "phone": " "})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{名字}，你好", "Polina，你好"),
        ("{first name} {Last_Name}", "Polina Verkhova"),
        ("Уважаемая {имя} из {компания}!", "Уважаемая Polina из Велмарт!"),
        ("{联系人:公司} {город} {email}", "Велмарт Пермь p@velmart.example"),
        ("{phone|no number}; {nickname|}.", "no number; ."),
        ("{ first   name | friend }", "Polina"),
        ("no variables: } and { alone", "no variables: } and { alone"),
    ],
)
def test_what_is_known_is_put_in(text: str, filled: str) -> None:
    assert (fill(text, CARD).text, fill(text, CARD).unfilled) == (filled, ())


def test_what_is_not_known_stays_and_is_named_once() -> None:
    told = fill("{phone}, {Отчество} and {phone}", CARD)
    assert (told.text, told.unfilled) == ("{phone}, {Отчество} and {phone}", ("{phone}", "{Отчество}"))


def test_a_card_cannot_write_markup() -> None:
    fields = fields_of("<img src=x>", "a@b", {})
    assert fill_html("<p>{name}</p>{nick&nbsp;name|&lt;b&gt;}", fields).text == "<p>&lt;img src=x&gt;</p>&lt;b&gt;"


def test_a_value_is_not_filled_in_again() -> None:
    fields = fields_of("{company}", "a@b", {"company": "x"})
    assert fill("{name}", fields).text == "{company}"


@pytest.mark.parametrize(
    "text", ["{% for x in y %}", "{{#each items}}", "{{ name }}", "{{> partial}}", "{#if a}", "{/if}", "a {{{raw}}}"]
)
def test_loops_and_conditions_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(TemplateWrong) as refused:
        check_template(f"Hello {text}")
    assert refused.value.part in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dear {First Name},", ["{First Name}"]),
        ("{姓氏}先生，{姓氏}", ["{姓氏}"]),
        ("{{name}} {имя|друг} {% if x %}", ["{{name}}", "{имя|друг}", "{% if x %}"]),
        ("{联系人:名称}", ["{联系人:名称}"]),
        ("f(x) { return x; } {} {1} { a: 1 } {\n}", []),
        ("{&nbsp;name}", ["{\xa0name}"]),
    ],
)
def test_variables_left_in_a_message_are_found(text: str, left: list[str]) -> None:
    assert left_over(text) == left


def test_every_field_has_a_name_in_each_language() -> None:
    assert {len(words) for words in NAMES.values()} == {3}


def test_a_hostile_template_takes_no_time() -> None:
    text = "{" * 50_000 + "a" * 50_000 + "|" * 50_000 + "{% " * 20_000
    assert fill(text, CARD).unfilled == ()
    assert left_over(text) == []
