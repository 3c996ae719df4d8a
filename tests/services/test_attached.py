"""Words inside attached files are found, whatever one of the files does to its reader."""

import asyncio

import pytest

from tests.mime.documents import make_docx, make_odt, make_pdf_of, make_pptx, make_xlsx, make_zip
from tests.services.letters import make_letter, receive_many
from tests.store.making import bind
from yizhan.services.messages import attached
from yizhan.services.messages.indexing import index_due
from yizhan.services.messages.searching import catch_up, search
from yizhan.store.checks import inconsistencies
from yizhan.store.lane import Lane
from yizhan.store.models import SearchText
from yizhan.store.scope import Scope

BYTES = ("application", "octet-stream")


def letter(text: str, **files: bytes) -> bytes:
    """With these files; `_` before the last part of a name is its dot."""
    made = make_letter()
    made.set_content(text)
    for name, data in files.items():
        stem, _, extension = name.rpartition("_")
        made.add_attachment(data, maintype=BYTES[0], subtype=BYTES[1], filename=f"{stem}.{extension}")
    return made.as_bytes()


def read_all() -> int:
    """How many messages' files were read."""
    catch_up()
    count = 0
    while read_one():
        count += 1
    return count


def read_one() -> int:
    """Those of the newest message that waits."""

    async def read() -> int:
        async with Lane(readers=1) as lane:
            return await attached.index_attached(lane)

    return asyncio.run(read())


def catch_up_files() -> None:
    async def read() -> None:
        async with Lane(readers=1) as lane:
            await attached.catch_up(lane)

    asyncio.run(read())


def told(scope: Scope, typed: str) -> list[tuple[int, str, str]]:
    """(uid, file, what is marked in the snippet) of each find."""
    found = []
    for row in search(scope, typed, None, 50):
        marks = [row["snippet"][start:end] for start, end in row["highlights"]["snippet"]]
        found.append((row["uid"], row["found_in"], " ".join(marks)))
    return found


def test_words_of_each_kind_of_file_are_found_and_the_file_is_named(scope: Scope) -> None:
    forwarded = make_letter(Subject="Старый вопрос")
    forwarded.set_content("Рекламация по партии")
    carrying = make_letter()
    carrying.set_content("see inside")
    carrying.add_attachment(forwarded)
    letters = [
        letter("见附件", quote_docx=make_docx("彩盒報價單", "Счёт на оплату")),
        letter("see file", prices_xlsx=make_xlsx(["面板灯 2400 套"], "1234.50"), notes_txt="сроки поставки".encode()),
        letter("slides", deck_pptx=make_pptx("Quarterly plan")),
        letter("act", act_odt=make_odt("Акт сверки")),
        letter("invoice attached", invoice_pdf=make_pdf_of("Payment within ninety days")),
        letter("page", page_html=b"<p>Bill of <b>lading</b></p><script>hidden()</script>"),
        carrying.as_bytes(),
    ]
    receive_many(bind(scope), letters)
    assert told(scope, "報價") == []
    assert read_all() == 7
    assert told(scope, "报价单") == [(1, "quote.docx", "報價單")]
    assert told(scope, "счет оплату") == [(1, "quote.docx", "Счёт оплату")]
    assert told(scope, "面板") == [(2, "prices.xlsx", "面板")]
    assert told(scope, "1234.50") == [(2, "prices.xlsx", "1234.50")]
    assert told(scope, "поставк") == [(2, "notes.txt", "поставк")]
    assert told(scope, "quarter") == [(3, "deck.pptx", "Quarter")]
    assert told(scope, "сверки") == [(4, "act.odt", "сверки")]
    assert told(scope, '"ninety days"') == [(5, "invoice.pdf", "ninety days")]
    assert told(scope, "lading") == [(6, "page.html", "lading")]
    assert told(scope, "hidden") == []
    assert told(scope, "рекламация") == [(7, "Старый вопрос", "Рекламация")]
    assert told(scope, "invoice") == [(5, "", "invoice")]
    assert [each[:2] for each in told(scope, "filename:quote")] == [(1, "quote.docx")]
    assert inconsistencies() == []


def test_a_file_that_breaks_its_reader_is_passed_over_and_the_others_are_read(scope: Scope) -> None:
    bomb = make_zip(content_xml='<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
    broken = {"a_pdf": b"%PDF-1.7 broken", "b_docx": b"PK\x03\x04broken", "c_odt": bomb, "d_txt": b"zebra crossing"}
    receive_many(bind(scope), [letter("text itself", **broken)])
    assert read_all() == 1
    assert told(scope, "zebra") == [(1, "d.txt", "zebra")]
    assert told(scope, "itself") == [(1, "", "itself")]
    assert [uid for uid, *_ in told(scope, "filename:b.docx")] == [1]
    assert read_all() == 0


def test_mail_is_found_before_its_files_are_read_and_files_wait_for_all_mail(scope: Scope) -> None:
    receive_many(bind(scope), [letter("first", one_txt=b"zebra"), letter("second", two_txt=b"zebra")])
    assert index_due() == 2
    assert [uid for uid, *_ in told(scope, "first")] == [1]
    assert (told(scope, "zebra"), index_due()) == ([], 0)
    assert read_one() == 1
    assert [uid for uid, *_ in told(scope, "zebra")] == [2]
    catch_up_files()
    assert [uid for uid, *_ in told(scope, "zebra")] == [2, 1]
    assert not SearchText.objects.filter(due=True).exists()


def test_a_message_without_files_that_can_be_read_waits_for_nobody(scope: Scope) -> None:
    receive_many(bind(scope), [letter("text", photo_jpg=b"\xff\xd8\xff"), letter("text", program_exe=b"MZ zebra")])
    assert read_all() == 0
    assert (told(scope, "zebra"), len(told(scope, "filename:photo"))) == ([], 1)


@pytest.mark.parametrize("typed", ['"first zebra"', "zebra", "crossing"])
def test_text_and_files_together_are_bounded_and_found(scope: Scope, typed: str) -> None:
    long = "\n".join(f"word{number}" for number in range(60_000)).encode()
    receive_many(bind(scope), [letter("first", one_txt=b"zebra\x1ecrossing", two_txt=long, three_txt=long)])
    assert read_all() == 1
    assert len(told(scope, typed)) == (typed != '"first zebra"')
    assert len(told(scope, "word100")) == 1
