"""Cards of an address book as other programs write them, and as ours are read back."""

from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.vcards import VCard, read_vcards, write_vcard

V4 = """BEGIN:VCARD\r
VERSION:4.0\r
FN:Полина Верх\r
 ова\r
N:Верхова;Полина;;;\r
item1.EMAIL;TYPE=work:p@velmart.example\r
EMAIL;PREF=1:"p.v"@velmart.example\r
ORG:ООО «Велмарт\\, Пермь»;Закупки\r
TITLE:Директор\r
TEL;VALUE=uri;TYPE="voice,cell":tel:+7-342-000\r
TZ:Asia/Yekaterinburg\r
NOTE:one\\ntwo\\; three\r
PHOTO:data:image/jpeg;base64,AAAA\r
END:VCARD\r
"""
V21 = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=BC=
=9F;;;
EMAIL;INTERNET:zhang@corp.example
TEL;CELL:13800000000
END:VCARD
"""


def test_version_4_is_read() -> None:
    assert list(read_vcards(V4)) == [
        VCard(
            "Полина Верхова",
            ['"p.v"@velmart.example', "p@velmart.example"],
            "Asia/Yekaterinburg",
            {
                "last_name": "Верхова",
                "first_name": "Полина",
                "company": "ООО «Велмарт, Пермь»",
                "position": "Директор",
                "phone": "tel:+7-342-000",
                "note": "one\ntwo; three",
            },
        )
    ]


def test_a_telephones_quoted_printable_is_read() -> None:
    fields = {"last_name": "张", "first_name": "伟", "phone": "13800000000"}
    assert list(read_vcards(V21)) == [VCard("伟 张", ["zhang@corp.example"], "", fields)]


def test_several_cards_and_what_stands_between_them() -> None:
    text = f"junk\n{V21}\n:::\nBEGIN:VCARD\nEMAIL:a@b\n{V21}"
    assert [card.addresses for card in read_vcards(text)] == [["zhang@corp.example"], ["zhang@corp.example"]]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200).map(lambda word: word.strip())


@given(name=WORDS, company=WORDS, note=WORDS)
def test_what_we_write_is_read_back(name: str, company: str, note: str) -> None:
    fields = {key: word for key, word in (("company", company), ("note", note)) if word}
    written = write_vcard(name, "a@example.org", "Asia/Almaty", fields)
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75
    [card] = read_vcards(written)
    assert (card.name, card.addresses, card.zone, card.fields) == (
        name or "a@example.org",
        ["a@example.org"],
        "Asia/Almaty",
        fields,
    )


@given(st.text(max_size=300))
def test_garbage_is_passed_over(text: str) -> None:
    assert all(isinstance(card, VCard) for card in read_vcards(f"BEGIN:VCARD\n{text}\nEND:VCARD\n"))
