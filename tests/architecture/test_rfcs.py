"""`docs/rfc.tsv` and the code point at each other: what is said to be built cites its standard where it is built."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import REPOSITORY, plant

TABLE = Path("docs/rfc.tsv")
_CITED = re.compile(r"\bRFC (\d{3,5})\b")
STATUSES = {"yes", "partial", "no"}
MAIL_FLOORS = ("imap", "net/imap")  # whose every citation stands in the table


def faults(root: Path) -> Iterator[str]:
    """Rows that do not hold, and standards that the code cites and the table lacks."""
    head, *rows = [line.split("\t") for line in (root / TABLE).read_text(encoding="utf-8").splitlines()]
    if head != ["rfc", "title", "status", "where"]:
        yield "the first line is not: rfc, title, status, where"
    for number, _, status, where in rows:
        if status not in STATUSES or (status == "no") is not (where == ""):
            yield f"RFC {number}: {status!r} in {where!r} is no status with its place"
        elif where and number not in _cited(root / "src/yizhan" / where):
            yield f"RFC {number}: {where} does not cite it"
    listed = {row[0] for row in rows}
    for path in sorted((root / "src/yizhan").rglob("*.py")):
        where = path.relative_to(root / "src/yizhan").as_posix()
        if where.startswith(MAIL_FLOORS):
            yield from (f"{where}: RFC {number} is not in the table" for number in sorted(_cited(path) - listed))


def _cited(path: Path) -> set[str]:
    return set(_CITED.findall(path.read_text(encoding="utf-8"))) if path.exists() else set()


def test_the_table_of_standards_and_the_code_point_at_each_other() -> None:
    assert list(faults(REPOSITORY)) == []


def test_a_row_that_does_not_hold_is_named(tmp_path: Path) -> None:
    rows = ["rfc\ttitle\tstatus\twhere", "1\ta\tyes\timap/a.py", "2\tb\tno\timap/a.py", "3\tc\tyes\timap/a.py"]
    plant(tmp_path, {"docs/rfc.tsv": "\n".join(rows), "src/yizhan/imap/a.py": "# RFC 1234 and RFC 333, RFC 1\n"})
    plant(tmp_path, {"src/yizhan/imap/a.py": '"""RFC 3333"""\n'})
    assert list(faults(tmp_path)) == [
        "RFC 1: imap/a.py does not cite it",
        "RFC 2: 'no' in 'imap/a.py' is no status with its place",
        "RFC 3: imap/a.py does not cite it",
        "imap/a.py: RFC 3333 is not in the table",
    ]
