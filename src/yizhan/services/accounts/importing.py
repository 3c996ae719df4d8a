"""Many accounts at once from a CSV file: every row gets a verdict, and one bad row stops no other."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from yizhan.base.errors import BadInput, NotFound, YizhanError
from yizhan.base.ids import make_token
from yizhan.base.secret import Secret
from yizhan.services.accounts.asking import IMPORT, form_from, form_of
from yizhan.services.accounts.binding import AlreadyBound
from yizhan.services.accounts.exporting import COLUMNS as EXPORTED
from yizhan.services.accounts.exporting import FORMULA_STARTS, guard_cell
from yizhan.services.accounts.forms import BindForm, read_address
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_for
from yizhan.store import lane, requests
from yizhan.store.models import Request
from yizhan.store.scope import Scope

MAX_IMPORT_BYTES = 10 * 1024 * 1024  # 5,000 rows of 2 KB; a larger file is some other file
MAX_IMPORT_ROWS = 5000  # more accounts than any one person reads; each row costs a whole check
COLUMNS = (EXPORTED[0], "secret", *EXPORTED[1:])  # as cli.md has them
REPORT_COLUMNS = ("address", "outcome", "cause", "title", *EXPORTED[1:])
ROWS_AT_ONCE = 50  # left in one transaction: each row is an insert, a seal and a change
_DELIMITERS = ",;\t"  # Excel writes `;` where the comma divides decimals


class ImportUnreadable(BadInput):
    """The file as a whole cannot be read as a list of accounts."""

    code = "import_unreadable"


class RowWrong(BadInput):
    """This row cannot be tried as it stands."""

    code = "row_wrong"


class Outcome(StrEnum):
    BOUND = "bound"
    REFUSED = "refused"  # tried, and a server said no
    BAD = "bad"  # not tried: the row cannot be read
    DUPLICATE = "duplicate"  # not tried: an earlier row has the address
    ALREADY_BOUND = "already_bound"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: a form to be tried, or what is wrong with it."""

    number: int
    form: BindForm
    wrong: YizhanError | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one row; `cause` and `title` are empty when it was bound."""

    row: Row
    outcome: Outcome
    cause: str = ""
    title: str = ""

    def shape(self) -> dict[str, Any]:
        """cli.md's form, and the line of the file."""
        return {
            "line": self.row.number,
            "address": self.row.form.address,
            "outcome": self.outcome.value,
            "cause": self.cause or None,
            "title": self.title or None,
        }


def read_rows(data: bytes) -> list[Row]:
    """Every row that is not empty, in order; raises `ImportUnreadable` that says what the file should be."""
    if len(data) > MAX_IMPORT_BYTES:
        raise ImportUnreadable(f"the file has {len(data):,} bytes; {MAX_IMPORT_BYTES:,} is the most")
    text = _decode(data)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise ImportUnreadable(f"the file is not CSV: {error}") from None
    if not lines:
        raise ImportUnreadable("the file is empty")
    names = _read_header(lines[0])
    filled = [(number, cells) for number, cells in enumerate(lines[1:], 2) if any(cell.strip() for cell in cells)]
    if len(filled) > MAX_IMPORT_ROWS:
        raise ImportUnreadable(f"the file has {len(filled):,} rows; {MAX_IMPORT_ROWS:,} is the most")
    return list(_mark_duplicates(_read_row(number, names, cells) for number, cells in filled))


def report_csv(verdicts: Iterable[Verdict]) -> bytes:
    """The rows that were not bound, with the reason and without their secrets, to be mended and imported again."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(REPORT_COLUMNS)
    for verdict in verdicts:
        if verdict.outcome is not Outcome.BOUND:
            form = verdict.row.form
            rest = (form.login, form.imap, form.smtp, form.label, form.route)
            cells = (form.address, verdict.outcome.value, verdict.cause, verdict.title, *rest)
            writer.writerow([guard_cell(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def verdict_of_answer(row: Row, answer: Mapping[str, Any], language: str) -> Verdict:
    """The verdict on a row that was tried; `answer` as the engine gives it."""
    if "diagnosis" in answer:
        shape = shape_of(answer["diagnosis"], language, noun_for(row.form.address, language)) or {}
        return Verdict(row, Outcome.REFUSED, shape["cause"], shape["title"])
    if "error" in answer:
        code = answer["error"]["code"]
        outcome = Outcome.ALREADY_BOUND if code == AlreadyBound.code else Outcome.BAD
        return Verdict(row, outcome, code, answer["error"]["detail"])
    return Verdict(row, Outcome.BOUND)


def ask_import(scope: Scope, rows: Sequence[Row]) -> str:
    """Ask the engine for every row that can be tried, and keep what is wrong with the others; gives the batch's name.

    The rows wait behind what people ask for one by one.  Secrets are sealed, and erased as each row is settled.
    """
    batch = make_token(12)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        with lane.durable("import"):
            for row in rows[start : start + ROWS_AT_ONCE]:
                _leave(scope, batch, row)
    return batch


def read_import(scope: Scope, batch: str, language: str) -> dict[str, Any]:
    """`{"total", "done", "bound", "verdicts": [Verdict]}` of a batch, in the file's order; raises `NotFound`."""
    asked = requests.list_batch(scope, batch)
    if not asked:
        raise NotFound("no such import")
    verdicts = [_verdict(each, language) for each in asked if each.answer is not None]
    bound = sum(verdict.outcome is Outcome.BOUND for verdict in verdicts)
    return {"total": len(asked), "done": len(verdicts), "bound": bound, "verdicts": verdicts}


def _leave(scope: Scope, batch: str, row: Row) -> None:
    payload = {**form_of(row.form), "batch": batch, "line": row.number}
    if row.wrong is None:
        requests.leave(scope, IMPORT, None, payload, row.form.secret)
        return
    left = requests.leave(scope, IMPORT, None, {**payload, "outcome": row.outcome or Outcome.BAD})
    requests.settle(left.pk, False, {"error": {"code": row.wrong.code, "detail": row.wrong.detail}})


def _verdict(asked: Request, language: str) -> Verdict:
    row = Row(asked.payload["line"], form_from(asked.payload, Secret("")))
    verdict = verdict_of_answer(row, asked.answer or {}, language)
    return replace(verdict, outcome=Outcome(asked.payload.get("outcome", verdict.outcome)))


def verdict_of_wrong(row: Row) -> Verdict:
    """The verdict on a row that is not tried."""
    wrong = row.wrong or RowWrong("the row cannot be read")
    return Verdict(row, row.outcome or Outcome.BAD, wrong.code, wrong.detail)


def _decode(data: bytes) -> str:
    """Spreadsheets write UTF-8 with a mark, UTF-16 with a mark, or, in China, GBK without one."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ImportUnreadable("the file is not text in UTF-8, UTF-16 or GBK; save it as “CSV UTF-8”")


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _read_header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().strip("\ufeff").lower() for cell in cells]
    unknown = [name for name in names if name not in COLUMNS and name not in REPORT_COLUMNS]
    if unknown or "address" not in names or "secret" not in names or len(set(names)) != len(names):
        seen = ", ".join(repr(name[:30]) for name in names[:8])
        raise ImportUnreadable(
            f"the first line must name the columns {', '.join(COLUMNS)} (address and secret are needed); it has {seen}"
        )
    return names


def _read_row(number: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    values = dict.fromkeys(COLUMNS, "") | dict(zip(names, cells, strict=False))
    form = _read_form(values)
    try:
        if len(cells) != len(names):
            raise RowWrong(f"line {number} has {len(cells)} cells and the first line {len(names)}")
        _refuse_formulas(values)
        return Row(number, replace(form, address=read_address(form.address)))
    except BadInput as wrong:
        return Row(number, form, wrong)


def _read_form(values: Mapping[str, str]) -> BindForm:
    address, login, imap, smtp, label, route = (_unguard(values[name].strip()) for name in EXPORTED)
    secret = Secret(values["secret"])
    return BindForm(address, secret, login=login, imap=imap, smtp=smtp, label=label, route=route or "auto")


def _unguard(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _refuse_formulas(values: Mapping[str, str]) -> None:
    """A secret may begin as it likes; anything else that a spreadsheet would run is no account's."""
    for name in EXPORTED:
        if values[name].strip().startswith(FORMULA_STARTS):
            raise RowWrong(f"{name} begins with {values[name].strip()[0]!r}, as a spreadsheet's formula does")


def _mark_duplicates(rows: Iterable[Row]) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for row in rows:
        first = seen.setdefault(row.form.address.casefold(), row.number)
        if row.wrong is None and first != row.number:
            wrong = RowWrong(f"line {first} has this address already")
            yield replace(row, wrong=wrong, outcome=Outcome.DUPLICATE)
        else:
            yield row
