"""The report of a refusal: to send to a friend or an administrator, without secrets."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from django.utils.translation import gettext as _

from yizhan.web import formats


def report(asked: Mapping[str, Any], provider: str) -> str:
    """Plain text: cause, stages with their times, servers, the server's words.  The address keeps its first letter."""
    diagnosis = asked["diagnosis"]
    form, short = asked["form"], short_address(asked["address"])
    lines = [
        f"Yizhan {version('yizhan')}, {formats.iso(asked['created_at'])}",
        f"{_('Account')}: {short} ({provider})",
        f"{_('Cause')}: {diagnosis['cause']} ({diagnosis['title']})",
        f"{_('Stage')}: {diagnosis['stage']}",
        *(f"{name.upper()}: {form[name]}" for name in ("imap", "smtp") if form.get(name)),
        *(f"  {'ok ' if stage['ok'] else 'NO '} {stage['stage']} {stage['ms']} ms" for stage in asked["stages"]),
        f"{_('The server said')}:",
        *(f"  {line}" for line in diagnosis["evidence"].replace(asked["address"], short).splitlines()),
        f"{_('What to do')}: {diagnosis['remedy']}",
    ]
    return "\n".join(lines)


def short_address(address: str) -> str:
    """`l…@mail.ru`."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
