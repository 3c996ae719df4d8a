"""The people who log in: how the first one comes to be, whose rows are theirs, and how they like their pages."""

from dataclasses import asdict, dataclass
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email

from yizhan.base.errors import BadInput
from yizhan.base.ids import UserId
from yizhan.base.secret import Secret
from yizhan.store import setup, users
from yizhan.store.models import User
from yizhan.store.scope import Scope, scope_of_user

__all__ = ["Preferences", "Scope", "User", "redeem", "scope_of", "set_preferences", "weaknesses_of"]

LANGUAGES = ("zh-hans", "en", "ru")
UNDO_SECONDS = (0, 5, 10, 30)
TIME_ZONES = frozenset(available_timezones())
MAX_NAME = 150
MAX_PASSWORD = 1024  # more costs time to hash and proves nothing


class PasswordWeak(BadInput):
    """The password is too easy to guess; `reasons` are sentences in the language that is active."""

    code = "password_weak"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class SignInAddressWrong(BadInput):
    """This cannot be the address that somebody signs in with."""

    code = "sign_in_address_wrong"


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person likes the pages; an empty language or time zone (IANA's name) is the browser's.

    What they send waits `undo_send_s` seconds, so long it can be taken back.
    """

    language: str
    theme: str
    shortcuts_on: bool
    time_zone: str = ""
    undo_send_s: int = 10


def redeem(token: Secret[str], name: str, email: str, password: Secret[str], language: str) -> User:
    """Make the first person the owner, and use the set-up link up.

    Raises `SetupLinkVoid`, `SignInAddressWrong`, `PasswordWeak`; then nothing was changed.
    """
    setup.check_link(token)
    owner = User(email=_read_email(email), name=" ".join(name.split())[:MAX_NAME], language=_read_language(language))
    if weaknesses := weaknesses_of(password, owner):
        raise PasswordWeak(weaknesses)
    owner.set_password(password.reveal())  # 0.1 s of hashing, so before the transaction
    setup.redeem(token, owner)
    return owner


def weaknesses_of(password: Secret[str], owner: User) -> list[str]:
    """Why this password is too easy to guess, in the language that is active; empty when it will do."""
    try:
        MaxLengthValidator(MAX_PASSWORD)(password.reveal())
        validate_password(password.reveal(), owner)
    except ValidationError as refused:
        return list(refused.messages)
    return []


def change_password(email: str, password: Secret[str]) -> str:
    """A new password for who signs in with this address, or, without one, for the owner; gives the address.

    Raises `NotFound` or `PasswordWeak`.
    """
    user = users.find(email)
    if weaknesses := weaknesses_of(password, user):
        raise PasswordWeak(weaknesses)
    user.set_password(password.reveal())
    users.keep_password(user)
    return user.email


def scope_of(user_id: UserId) -> Scope:
    """Whose rows this person may see; raises `NotFound` for somebody without a workspace."""
    return scope_of_user(user_id)


def set_preferences(user_id: UserId, wanted: Preferences) -> None:
    """Raises `BadInput` for what is not on offer."""
    if wanted.theme not in User.Theme.values:
        raise BadInput(f"{wanted.theme[:20]!r} is no theme")
    if wanted.time_zone and wanted.time_zone not in TIME_ZONES:
        raise BadInput(f"{wanted.time_zone[:60]!r} is no time zone")
    if wanted.undo_send_s not in UNDO_SECONDS:
        raise BadInput(f"a message waits {', '.join(map(str, UNDO_SECONDS))} seconds")
    columns = {**asdict(wanted), "language": _read_language(wanted.language)}
    users.set_preferences(user_id, columns)


def undo_seconds_of(scope: Scope) -> int:
    """How long what is sent from this workspace waits, as its owner likes it; 0 while nobody owns it."""
    owner = users.find_owner(scope)
    return 0 if owner is None else owner.undo_send_s


def time_zone_of(scope: Scope) -> str:
    """The owner's IANA time zone; empty where they chose none."""
    owner = users.find_owner(scope)
    return "" if owner is None else owner.time_zone


def _read_language(language: str) -> str:
    if language and language not in LANGUAGES:
        raise BadInput(f"{language[:20]!r} is no language of Yizhan")
    return language


def _read_email(email: str) -> str:
    cleaned = email.strip().lower()
    try:
        validate_email(cleaned)
    except ValidationError:
        raise SignInAddressWrong(f"{cleaned[:80]!r} is not an e-mail address") from None
    return cleaned
