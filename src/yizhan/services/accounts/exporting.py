"""Every account as CSV, in the columns that `importing` reads, without secrets."""

import csv
import io

from yizhan.store import accounts
from yizhan.store.models import Account
from yizhan.store.scope import Scope

COLUMNS = ("address", "login", "imap", "smtp", "label", "route")
# What spreadsheets run when a cell begins with it (OWASP "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_csv(scope: Scope) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need to read Chinese and Russian right."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([guard_cell(cell) for cell in _cells(account)] for account in accounts.list_all(scope))
    return text.getvalue().encode("utf-8-sig")


def guard_cell(cell: str) -> str:
    """The cell so that a spreadsheet shows it and does not run it; `importing` takes the mark off again."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _cells(account: Account) -> tuple[str, ...]:
    imap = f"{account.imap_host}:{account.imap_port}/{account.imap_security}"
    smtp = f"{account.smtp_host}:{account.smtp_port}/{account.smtp_security}"
    return (account.address, account.login, imap, smtp, account.label, account.route)
