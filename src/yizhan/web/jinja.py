"""The templates' environment: what every page can say."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from yizhan.services.catalogue.wording import space_chinese
from yizhan.web import formats, statuses
from yizhan.web.static_files import static
from yizhan.web.wording import new_forms, protection_words

TEMPLATES = Path(__file__).parent / "templates"
_ICON = Markup('<svg class="ic{classes}" aria-hidden="true" focusable="false"><use href="{sprite}#{name}"></use></svg>')


def environment(**options: Any) -> Environment:
    """Called by Django; a name that is not there is an error, so that a misspelt one is found by the first test."""
    # Our own files only: whatever another package brings is not taken for a page.
    options |= {"loader": FileSystemLoader(TEMPLATES), "autoescape": True, "undefined": StrictUndefined}
    made = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"], **options)  # noqa: S701
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.globals |= {
        "url": _url,
        "static": static,
        "icon": icon,
        "status_of": statuses.status_of,
        "alert_words": statuses.alert_words,
        "new_forms": new_forms,
        "protection_words": protection_words,
        "event_time": formats.event_time,
        "messages_of": get_messages,
        "languages": settings.LANGUAGES,
    }
    made.filters |= {
        name: getattr(formats, name) for name in ("number", "size", "duration", "moment", "clock", "day", "when", "iso")
    }
    made.filters["spaced"] = _spaced
    return made


@cache
def icon(name: str, classes: str = "") -> Markup:
    """A drawing from `static/icons.svg`, beside a word: by itself it says nothing to a screen reader."""
    return _ICON.format(classes=f" {classes}" if classes else "", sprite=static("icons.svg"), name=name)


def _spaced(sentence: str) -> str:
    """A sentence into which a name was put, with the blanks that Chinese wants; what was escaped stays so."""
    return type(sentence)(space_chinese(sentence))


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs or None) if args else reverse(name, kwargs=kwargs or None)
