"""The address book: kept, found, brought in from files and given out."""

import csv
import io

import pytest

from yizhan.base.errors import NotFound
from yizhan.services.writing import cards, correspondents, templates
from yizhan.services.writing.cardfiles import CardFileUnreadable, export_csv, export_vcard, import_cards
from yizhan.services.writing.cards import CardWrong
from yizhan.services.writing.variables import TemplateWrong
from yizhan.store.errors import NameTaken
from yizhan.store.scope import Scope

POLINA = ("p@velmart.example", "Полина Верхова", "Europe/Moscow", {"company": "Велмарт", "Город": "Пермь"})
GOOGLE = "Name,Given Name,E-mail 1 - Value,Organization 1 - Name,Birthday\nIvan,Ivan,ivan@example.org,Corp,1 May\n"
EXCEL = (
    "姓名;邮箱地址;公司;时区\n王伟;wang@corp.example;外贸公司;Asia/Shanghai\n;broken;;\n李;li@corp.example;;Mars/Base\n"
)


def listed(scope: Scope, typed: str = "") -> list[str]:
    return [each["address"] for each in cards.list_cards(scope, typed)[0]]


def test_a_card_is_kept_changed_and_found(scope: Scope) -> None:
    number = cards.keep(scope, *POLINA)
    assert listed(scope, "верх") == listed(scope, "velm") == ["p@velmart.example"]
    cards.keep(scope, "new@velmart.example", "", "", {"first_name": "П.", "last_name": "В."}, number)
    assert cards.find(scope, number)["name"] == "П. В."
    assert correspondents.complete(scope, "new") == [
        {"name": "П. В.", "address": "new@velmart.example", "kind": "card"}
    ]
    assert (cards.remove(scope, [number]), cards.list_cards(scope)) == (1, ([], 0))


def test_an_address_has_one_card(scope: Scope) -> None:
    cards.keep(scope, *POLINA)
    with pytest.raises(NameTaken):
        cards.keep(scope, "P@VELMART.example", "", "", {})


@pytest.mark.parametrize(
    ("address", "zone", "fields"),
    [
        ("nobody", "", {}),
        ("a@b.example", "Mars/Base", {}),
        ("a@b.example", "", {"a{b": "x"}),
        ("a@b.example", "", {str(number): "x" for number in range(51)}),
    ],
)
def test_what_is_no_card_is_refused(address: str, zone: str, fields: dict[str, str]) -> None:
    with pytest.raises(CardWrong):
        cards.read_card(address, "", zone, fields)


def test_files_of_other_programs_are_brought_in_and_what_was_left_out_is_told(scope: Scope) -> None:
    google = import_cards(scope, GOOGLE.encode())
    excel = import_cards(scope, EXCEL.encode("gb18030"))
    assert (google.new, google.left_out_count, excel.new) == (1, 0, 1)
    assert [(number, address) for number, address, _ in excel.left_out] == [(2, "broken"), (3, "li@corp.example")]
    [wang] = cards.list_cards(scope, "王")[0]
    assert (wang["name"], wang["zone"], wang["fields"]) == ("王伟", "Asia/Shanghai", {"company": "外贸公司"})
    [ivan] = cards.list_cards(scope, "ivan")[0]
    assert ivan["fields"] == {"first_name": "Ivan", "company": "Corp", "Birthday": "1 May"}


def test_an_import_adds_what_was_missing_and_changes_no_words(scope: Scope) -> None:
    cards.keep(scope, "ivan@example.org", "Иван", "", {"company": "Own words"})
    report = import_cards(scope, GOOGLE.encode())
    [ivan] = cards.list_cards(scope)[0]
    assert (report.new, report.changed, ivan["name"]) == (0, 1, "Иван")
    assert ivan["fields"] == {"first_name": "Ivan", "company": "Own words", "Birthday": "1 May"}


def test_what_is_given_out_comes_in_again(scope: Scope) -> None:
    cards.keep(scope, *POLINA)
    cards.keep(scope, "eq@example.org", "=1+1", "", {"note": "a\nb, c; d"})
    before = cards.list_cards(scope)
    as_vcard, as_csv = "".join(export_vcard(scope)).encode(), export_csv(scope)
    rows = list(csv.DictReader(io.StringIO(as_csv.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == {"'=1+1", "Полина Верхова"}
    cards.remove(scope, [each["id"] for each in before[0]])
    assert import_cards(scope, as_csv).new == 2
    assert [{**each, "id": 0} for each in cards.list_cards(scope)[0]] == [{**each, "id": 0} for each in before[0]]
    assert import_cards(scope, as_vcard).changed == 2


@pytest.mark.parametrize("data", [b"", b"name,phone\nx,1\n", b'address\n"open', b"x" * (10 * 1024 * 1024 + 1)])
def test_a_file_that_holds_no_cards_is_refused_whole(scope: Scope, data: bytes) -> None:
    with pytest.raises(CardFileUnreadable):
        import_cards(scope, data)
    assert listed(scope) == []


def test_a_template_is_filled_in_for_a_card_and_says_what_is_missing(scope: Scope) -> None:
    cards.keep(scope, *POLINA)
    group = templates.keep_group(scope, "询价")
    number = templates.keep(scope, "Offer", "{公司}: offer", "<p>{город}, {phone}</p><script>x</script>", group)
    assert templates.fill_in(scope, number, "P@velmart.example") == {
        "subject": "Велмарт: offer",
        "html": "<p>Пермь, {phone}</p>",
        "unfilled": ["{phone}"],
    }
    assert templates.fill_in(scope, number, "stranger@example.org")["unfilled"] == ["{公司}", "{город}", "{phone}"]
    templates.remove_group(scope, group)
    assert [(each["name"], each["group"]) for each in templates.list_templates(scope)] == [("Offer", "")]


def test_a_template_with_a_loop_is_refused_and_the_old_one_stays(scope: Scope) -> None:
    number = templates.keep(scope, "Offer", "a", "b")
    with pytest.raises(TemplateWrong):
        templates.keep(scope, "Offer", "a", "{% for each in cards %}", None, number)
    assert templates.find(scope, number)["html"] == "b"
    with pytest.raises(NotFound):
        templates.keep(scope, "Other", "", "", 99)
    with pytest.raises(NameTaken):
        templates.keep(scope, " Offer ", "", "")
