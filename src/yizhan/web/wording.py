"""Errors on a page, in the language of the page."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from yizhan.base.errors import YizhanError
from yizhan.services.catalogue import wording


def say(error: YizhanError) -> str:
    """One sentence; where there is none for the code, the error's own."""
    return say_code(error.code, error.detail)


def say_code(code: str, detail: str) -> str:
    """The same for an error that was kept."""
    return wording.say_code(code, detail, get_language() or "en")


def new_forms() -> dict[str, str]:
    """“3 new” for a script to fill in, by the names that a browser gives to plural forms (Intl.PluralRules)."""
    samples = {"one": 1, "few": 2, "many": 5, "other": 5}
    return {
        form: ngettext("%(count)s new", "%(count)s new", number) % {"count": "{count}"}
        for form, number in samples.items()
    }


def protection_words(protection: str) -> str:
    """What a message says of itself; that nobody has checked it is part of the words."""
    return {
        "smime_signed": _("Signed with S/MIME; not verified"),
        "smime_encrypted": _("Encrypted with S/MIME; it cannot be read here"),
        "pgp_signed": _("Signed with PGP; not verified"),
        "pgp_encrypted": _("Encrypted with PGP; it cannot be read here"),
    }[protection]
