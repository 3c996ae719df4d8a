from pathlib import Path

import pytest

from tests.store.making import bind
from yizhan.base.secret import Secret
from yizhan.services.accounts.exporting import export_csv
from yizhan.services.accounts.importing import (
    MAX_IMPORT_BYTES,
    MAX_IMPORT_ROWS,
    ImportUnreadable,
    Outcome,
    Verdict,
    read_rows,
    report_csv,
    verdict_of_wrong,
)
from yizhan.store.scope import Scope

HEADER = "address,secret,login,imap,smtp,label,route\n"
ROW = "li@example.com,s3cret,,imap.example.com:993/tls,,俄语区,\n"


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + ROW).encode(),
        (HEADER + ROW).encode("utf-8-sig"),
        (HEADER + ROW).encode("gbk"),
        (HEADER + ROW).encode("utf-16"),
        (HEADER + ROW).replace(",", ";").replace("\n", "\r\n").encode(),
        (HEADER + "\n,,,,,,\n" + ROW).encode(),
        (HEADER.upper() + ROW).encode(),
    ],
    ids=["utf-8", "mark", "gbk", "utf-16", "semicolons", "empty-lines", "upper-case"],
)
def test_a_list_is_read_however_a_spreadsheet_saved_it(data: bytes) -> None:
    [row] = read_rows(data)
    assert (row.form.address, row.form.secret, row.form.label) == ("li@example.com", Secret("s3cret"), "俄语区")
    assert (row.form.imap, row.form.route, row.wrong) == ("imap.example.com:993/tls", "auto", None)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"mail,password\na@b.c,x\n", "first line must name the columns"),
        (b"address,secret,secret\n", "first line must name the columns"),
        (b"address,secret\n\x00\xff\x00", "not text"),
        (b'address,secret\na@b.cc,"x"y\n', "not CSV"),
        (b"x" * (MAX_IMPORT_BYTES + 1), "is the most"),
        (b"address,secret\n" + b"a@b.cc,x\n" * (MAX_IMPORT_ROWS + 1), "is the most"),
    ],
    ids=["empty", "header", "twice", "binary", "quotes", "bytes", "rows"],
)
def test_a_file_that_is_no_list_of_accounts_says_what_it_should_be(data: bytes, word: str) -> None:
    with pytest.raises(ImportUnreadable, match=word):
        read_rows(data)


def test_one_bad_row_stops_no_other() -> None:
    lines = ["no-address,x,,,,,", "a@b.cc,x,,,,=cmd(),", "a@b.cc,x", "a@b.cc,=x,,,,,", "A@B.cc,y,,,,,", "c@d.ee,-,,,,,"]
    rows = read_rows((HEADER + "\n".join(lines)).encode())
    verdicts = [(verdict_of_wrong(row).outcome, verdict_of_wrong(row).cause) for row in rows[:5]]
    duplicate = (Outcome.DUPLICATE, "row_wrong")
    assert verdicts[:3] == [(Outcome.BAD, "address_syntax"), (Outcome.BAD, "row_wrong"), (Outcome.BAD, "row_wrong")]
    assert verdicts[3:] == [duplicate, duplicate]
    assert rows[5].wrong is None
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7]


def test_the_report_has_what_failed_and_no_secret() -> None:
    rows = read_rows((HEADER + "a@b.cc,s3cret,,,,label,\nb@b.cc,s3cret,,,,,\nbad,s3cret,,,,,\n").encode())
    verdicts = [Verdict(rows[0], Outcome.REFUSED, "wrong_password", "密码不对"), Verdict(rows[1], Outcome.BOUND)]
    report = report_csv([*verdicts, verdict_of_wrong(rows[2])]).decode("utf-8-sig")
    assert "s3cret" not in report
    assert report.splitlines()[1] == "a@b.cc,refused,wrong_password,密码不对,,,,label,auto"
    assert [line.split(",")[:2] for line in report.splitlines()[1:]] == [["a@b.cc", "refused"], ["bad", "bad"]]


def test_what_is_exported_can_be_imported_and_runs_in_no_spreadsheet(scope: Scope, tmp_path: Path) -> None:
    bind(scope, "anna@example.com", label="=HYPERLINK(1)")
    exported = export_csv(scope).decode("utf-8-sig")
    header, line = exported.splitlines()
    assert "'=HYPERLINK" in line
    assert "opensesame" not in exported
    [row] = read_rows(f"secret,{header}\nopensesame,{line}\n".encode())
    assert (row.form.address, row.form.label, row.wrong) == ("anna@example.com", "=HYPERLINK(1)", None)
    assert row.form.imap == "mail.example.com:993/tls"
