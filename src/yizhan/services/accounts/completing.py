"""A form without servers, completed by what the catalogue or the network knows of its address."""

from dataclasses import replace

from yizhan.base.errors import BadInput
from yizhan.services.accounts.forms import BindForm, read_ca_pem
from yizhan.services.catalogue.discovering import discover
from yizhan.services.egress.dialers import Egress

_PLAIN_TO_SEE = frozenset({"catalogue", "guess"})  # by a form that names no server: its own provider, or its own domain


class ServersUnconfirmed(BadInput):
    """Servers were found that a person has to look at before a secret goes to them."""

    code = "servers_unconfirmed"


async def complete(form: BindForm, *, egress: Egress) -> BindForm:
    """The form with its servers; unchanged if it names some, or if custom has to do.

    Raises `BadInput`, and `ServersUnconfirmed` that names what was found and how to take it.
    """
    if form.imap.strip() or form.smtp.strip():
        return form
    found = await discover(
        form.address,
        dialer=egress.dialer_for(form.route.strip() or "auto"),
        resolver=egress.resolver,
        language="en",
        ca_pem=read_ca_pem(form.ca_pem) or None,
    )
    if found["source"] in _PLAIN_TO_SEE:
        return form
    if found["needs_confirmation"]:
        raise ServersUnconfirmed(
            f"{found['confirm_reason']} To take them: --imap {found['imap']} --smtp {found['smtp']}"
        )
    return replace(form, imap=found["imap"], smtp=found["smtp"], login=form.login.strip() or found["login"])
