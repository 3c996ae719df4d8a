"""Words that end a message by themselves: kept once, chosen by account for new messages and for answers."""

from typing import Any

from yizhan.base.ids import AccountId
from yizhan.services.writing.naming import clean_own, read_name
from yizhan.store import signatures
from yizhan.store.scope import Scope


def list_signatures(scope: Scope) -> list[dict[str, Any]]:
    """`id name html`, by name."""
    return [{"id": row.pk, "name": row.name, "html": row.html} for row in signatures.list_all(scope)]


def keep(scope: Scope, name: str, html: str, signature_id: int | None = None) -> int:
    """A new one, or that one changed; its number.  Raises `NameWrong`, `NameTaken`, `TextTooLong`, `NotFound`."""
    return signatures.keep(scope, read_name(name), clean_own(html), signature_id)


def remove(scope: Scope, signature_id: int) -> None:
    """Accounts that ended with it end with none; raises `NotFound`."""
    signatures.remove(scope, signature_id)


def chosen(scope: Scope) -> dict[int, dict[str, int | None]]:
    """By account `{"new", "answer"}`: the numbers of the signatures that it ends with."""
    return {account: {"new": new, "answer": answer} for account, (new, answer) in signatures.chosen(scope).items()}


def choose(scope: Scope, account_id: AccountId, new: int | None, answer: int | None) -> None:
    """End an account's new messages and its answers with these; raises `NotFound`."""
    signatures.choose(scope, account_id, new, answer)
