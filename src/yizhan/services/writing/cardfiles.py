"""The address book as files: vCard and CSV, in with a report on every card that was left out, and out."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.mime.charsets import decode_text
from yizhan.mime.vcards import read_vcards, write_vcard
from yizhan.services.accounts.exporting import FORMULA_STARTS, guard_cell
from yizhan.services.writing.cards import FIELDS, MAX_FIELD_NAME, CardWrong, read_card
from yizhan.services.writing.variables import field_named
from yizhan.store import cards
from yizhan.store.accounts import address_key
from yizhan.store.cards import CardFacts
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.scope import Scope

MAX_FILE_BYTES = 10 * 1024 * 1024  # 20,000 cards of 500 bytes; a larger file is some other file, or has pictures
MAX_CARDS = 20_000
MAX_REPORTED = 200  # left-out cards that a report lists; nobody mends more by hand
_DELIMITERS = ",;\t"
_COLUMNS = ("address", "name", "zone", *FIELDS)
# Headings of the lists that Google, Outlook and others write, beside the names of variables.
_HEADINGS = {
    "e-mail 1 - value": "address",
    "e-mail address": "address",
    "email address": "address",
    "电子邮件": "address",
    "电子邮件地址": "address",
    "邮箱地址": "address",
    "эл. почта": "address",
    "given name": "first_name",
    "family name": "last_name",
    "organization name": "company",
    "organization 1 - name": "company",
    "organization title": "position",
    "organization 1 - title": "position",
    "phone 1 - value": "phone",
    "mobile phone": "phone",
    "телефон": "phone",
    "notes": "note",
    "time zone": "zone",
    "时区": "zone",
    "часовой пояс": "zone",
    "фио": "name",
}


class CardFileUnreadable(BadInput):
    """The file as a whole cannot be read as cards."""

    code = "card_file_unreadable"


@dataclass(slots=True)
class CardReport:
    """How an import went; `left_out` are (number of the card in the file, address, why), the first of them."""

    new: int = 0
    changed: int = 0
    left_out_count: int = 0
    left_out: list[tuple[int, str, str]] = field(default_factory=list)

    def leave_out(self, number: int, address: str, why: str) -> None:
        self.left_out_count += 1
        if len(self.left_out) < MAX_REPORTED:
            self.left_out.append((number, address[:80], why))


def import_cards(scope: Scope, data: bytes) -> CardReport:
    """Keep the cards of a vCard or CSV file; one bad card stops no other.  Raises `CardFileUnreadable`."""
    if len(data) > MAX_FILE_BYTES:
        raise CardFileUnreadable(f"the file has {len(data):,} bytes; {MAX_FILE_BYTES:,} is the most")
    text = decode_text(data).removeprefix("\ufeff")
    is_vcard = "BEGIN:VCARD" in text[:10_000].upper()
    report = CardReport()
    read: dict[str, CardFacts] = {}
    for number, raw in enumerate(_of_vcard(text) if is_vcard else _of_csv(text), 1):
        if number > MAX_CARDS:
            raise CardFileUnreadable(f"the file has more than {MAX_CARDS:,} cards; import it in parts")
        try:
            facts = read_card(*raw)
        except CardWrong as wrong:
            report.leave_out(number, raw[0], wrong.part)
            continue
        read.setdefault(address_key(facts.address), facts)
    every = list(read.values())
    for at in range(0, len(every), BATCH_ROWS):
        new, changed = cards.bring(scope, every[at : at + BATCH_ROWS])
        report.new, report.changed = report.new + new, report.changed + changed
    return report


def export_vcard(scope: Scope) -> Iterator[str]:
    """All cards, one after another."""
    for row in cards.every(scope).iterator(BATCH_ROWS):
        yield write_vcard(row.name, row.address, row.zone, {key: str(value) for key, value in row.fields.items()})


def export_csv(scope: Scope) -> bytes:
    """All cards as a table that spreadsheets open, own fields behind ours."""
    rows = list(cards.every(scope))
    own = sorted({key for row in rows for key in row.fields} - set(FIELDS))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*_COLUMNS, *own])
    for row in rows:
        cells: Iterable[Any] = (row.address, row.name, row.zone, *(row.fields.get(key, "") for key in (*FIELDS, *own)))
        writer.writerow([guard_cell(str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")  # the mark tells Excel that it is UTF-8


_Raw = tuple[str, str, str, dict[str, str]]


def _of_vcard(text: str) -> Iterator[_Raw]:
    for card in read_vcards(text):
        for address in card.addresses or [""]:
            yield address, card.name, card.zone, card.fields


def _of_csv(text: str) -> Iterator[_Raw]:
    head = text[:2000].partition("\n")[0]
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=head.count), strict=True)
        names = [_heading(each) for each in next(lines, [])]
        if "address" not in names:
            raise CardFileUnreadable("no column of the first line is named address, email, 邮箱 or адрес")
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _row(names, cells)
    except csv.Error as error:
        raise CardFileUnreadable(f"the file is not CSV: {error}") from None


def _heading(typed: str) -> str:
    name = " ".join(typed.split())
    return _HEADINGS.get(name.casefold()) or field_named(name) or name[:MAX_FIELD_NAME]


def _row(names: Sequence[str], cells: Sequence[str]) -> _Raw:
    found: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        if name and cell.strip():
            found.setdefault(name, _unguarded(cell))
    address, name, zone = (found.pop(key, "") for key in ("address", "name", "zone"))
    return address, name, zone, found


def _unguarded(cell: str) -> str:
    """Without the mark that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell
