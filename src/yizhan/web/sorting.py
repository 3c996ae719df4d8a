"""The accounts page's view of many accounts: groups, filters, and the figures above them.  Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from yizhan.services.accounts.listing import NEEDS_PERSON
from yizhan.web.statuses import severity

Account = Mapping[str, Any]
ROWS_A_PAGE = 100  # five screens; the search and the figures narrow, and problems stand first


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the strip, which is a filter too."""

    key: str
    title: Any
    colour: str
    shape: str
    fits: Callable[[Account], bool]


def _is(*statuses: str) -> Callable[[Account], bool]:
    return lambda account: account["status"] in statuses


FIGURES = (
    Figure("all", _("All"), "", "", lambda account: True),
    Figure("attention", _("Need you"), "warn", "diamond", _is(*NEEDS_PERSON)),
    Figure("normal", _("Normal"), "ok", "ok", _is("normal")),
    Figure("verifying", _("Verifying"), "accent", "ring", _is("verifying")),
    Figure("throttled", _("Throttled"), "limit", "hourglass", _is("throttled")),
    Figure("paused", _("Paused"), "off", "bars", _is("paused", "deleting")),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked to see; empty is everything."""

    status: str = "all"
    words: str = ""
    provider: str = ""
    route: str = ""
    page: int = 1

    def fits(self, account: Account) -> bool:
        """All but the status, which the figures count."""
        text = f"{account['address']} {account['label']} {account['provider_name']}".casefold()
        if not all(word in text for word in self.words.casefold().split()):
            return False
        if self.provider and self.provider != (account["provider"] or "-"):
            return False
        return not self.route or self.route == account["route"]


@dataclass(frozen=True, slots=True)
class View:
    """The page: figures with their counts, and the two groups, those that need a person first."""

    figures: list[tuple[Figure, int]]
    attention: list[Account]
    others: list[Account]
    found: int
    pages: int


def view(accounts: Sequence[Account], wanted: Wanted) -> View:
    """Which accounts to show, in which order."""
    fitting = [account for account in accounts if wanted.fits(account)]
    figures = [(figure, sum(map(figure.fits, fitting))) for figure in FIGURES]
    chosen = next((figure for figure in FIGURES if figure.key == wanted.status), FIGURES[0])
    rows = sorted(filter(chosen.fits, fitting), key=_order)
    first = (wanted.page - 1) * ROWS_A_PAGE
    shown = rows[first : first + ROWS_A_PAGE]
    needing = [account for account in shown if account["status"] in NEEDS_PERSON]
    others = [account for account in shown if account["status"] not in NEEDS_PERSON]
    return View(figures, needing, others, len(rows), -(-len(rows) // ROWS_A_PAGE))


def _order(account: Account) -> tuple[int, str]:
    return severity(account["status"], account["diagnosis"]), str(account["address"]).casefold()
