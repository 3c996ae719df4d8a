"""Documents of Office programs as small as they can be, made here."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_T = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:o="urn:o"'


def make_zip(**files: str) -> bytes:
    """A zip of these; `__` in a name is a slash, `_xml` its ending."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return made.getvalue()


def make_docx(*paragraphs: str) -> bytes:
    """A Word document."""
    body = "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in paragraphs)
    return make_zip(
        word__document_xml=f"<w:document {_W}><w:body>{body}</w:body></w:document>", word__styles_xml="<x/>"
    )


def make_xlsx(strings: list[str], *numbers: str) -> bytes:
    """A workbook of one sheet, `Prices`: one cell for each string, and one for each number."""
    shared = "".join(f"<si><t>{each}</t></si>" for each in strings)
    indexes = "".join(f'<c t="s"><v>{at + 7000}</v></c>' for at in range(len(strings)))
    cells = "".join(f"<c><v>{each}</v></c>" for each in numbers)
    return make_zip(
        xl__workbook_xml=f'<workbook {_S}><sheets><sheet name="Prices"/></sheets></workbook>',
        xl__sharedStrings_xml=f"<sst {_S}>{shared}</sst>",
        xl__worksheets__sheet1_xml=f"<worksheet {_S}><sheetData><row>{indexes}{cells}</row></sheetData></worksheet>",
    )


def make_pptx(*slides: str) -> bytes:
    """A presentation."""
    made = {
        f"ppt__slides__slide{at}_xml": f"<sld {_A}><a:p><a:t>{text}</a:t></a:p></sld>"
        for at, text in enumerate(slides, 1)
    }
    return make_zip(**made)


def make_odt(text: str) -> bytes:
    """A document of LibreOffice."""
    return make_zip(content_xml=f"<o:document {_T}><o:body><text:p>{text}</text:p></o:body></o:document>")


def make_pdf_of(text: str) -> bytes:
    """A PDF of one page that says this, in Latin letters."""
    drawn = f"BT /F 12 Tf 40 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"
