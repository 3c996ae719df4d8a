"""Words of documents that people attach."""

import pytest

from tests.mime.documents import make_docx, make_odt, make_pdf_of, make_pptx, make_xlsx, make_zip
from yizhan.mime.limits import MAX_DOCUMENT_CHARS, MAX_DOCUMENT_XML_BYTES
from yizhan.mime.office import DocumentTypeFound, read_office
from yizhan.mime.pdf import read_pdf


def test_what_a_person_reads_is_read_and_nothing_else() -> None:
    assert read_office(make_docx("报价单", "Счёт на &amp; оплату")).decode() == "报价单\nСчёт на & оплату\n"
    assert read_office(make_odt("акт <text:tab/>сверки<text:line-break/>2026")).decode() == "акт  сверки\n2026\n"
    assert read_office(make_pptx("one", "two")).decode() == "one\ntwo\n"


def test_a_sheet_has_its_name_its_texts_and_its_numbers_but_no_numbers_of_texts() -> None:
    assert read_office(make_xlsx(["面板灯", "price"], "12.50")).decode().split() == [
        "面板灯",
        "price",
        "Prices",
        "12.50",
    ]


def test_slides_are_in_the_order_of_their_numbers() -> None:
    slides = [str(number) for number in range(1, 12)]
    assert read_office(make_pptx(*slides)).decode().split() == slides


def test_entities_are_refused_with_their_document_type() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy">]><a>&x;</a>'
    with pytest.raises(DocumentTypeFound):
        read_office(make_zip(content_xml=bomb))


def test_a_document_without_end_is_read_to_the_bound() -> None:
    assert len(read_office(make_docx("x" * (3 * MAX_DOCUMENT_CHARS)))) == MAX_DOCUMENT_CHARS


def test_a_zip_that_grows_without_words_is_left_in_time() -> None:
    grows = "</w:t></w:r>" + " " * MAX_DOCUMENT_XML_BYTES + "<w:r><w:t>"
    assert read_office(make_docx("word", grows, "after")) == b"word\n"


def test_a_zip_of_other_things_has_no_words() -> None:
    assert read_office(make_zip(readme="words")) == b""


def test_words_of_a_pdf_are_read() -> None:
    assert read_pdf(make_pdf_of("Invoice 2611, ninety days")).decode() == "Invoice 2611, ninety days"
