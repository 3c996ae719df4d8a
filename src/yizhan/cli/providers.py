"""`yizhan providers match|list`: what Yizhan knows of providers, and what a domain tells."""

from typing import Any

import typer

from yizhan.cli.context import Run
from yizhan.services.catalogue.discovering import discover
from yizhan.services.catalogue.known import catalogue_problems, list_providers
from yizhan.services.catalogue.matching import match_address


def match(context: typer.Context, address: str) -> None:
    """The provider of an address, or what its domain tells about its servers."""
    run: Run = context.obj
    _name_problems(run)
    found = match_address(address, run.language)
    if found is None:
        egress = run.plant.egress
        work = discover(address, dialer=egress.dialer_for("auto"), resolver=egress.resolver, language=run.language)
        found = run.wait(work)
    if run.output.as_json:
        run.output.document(found)
        return
    run.output.fields(_lines(found))


def list_all(context: typer.Context) -> None:
    """Every provider there is a file for."""
    run: Run = context.obj
    _name_problems(run)
    found = list_providers(run.language)
    if run.output.as_json:
        run.output.document(found)
        return
    rows = [[each["id"], each["name"], each["noun"], _few(each["domains"])] for each in found]
    run.output.table(["PROVIDER", "NAME", "SECRET", "DOMAINS"], rows)


def _name_problems(run: Run) -> None:
    for problem in catalogue_problems():
        run.output.note(f"A provider file is left out: {problem}")


def _few(domains: list[str]) -> str:
    more = f" +{len(domains) - 3}" if len(domains) > 3 else ""
    return " ".join(domains[:3]) + more


def _lines(found: dict[str, Any]) -> dict[str, str]:
    secret = found["secret"]
    lines = {
        "provider": found["provider"] or "-",
        "name": found["name"],
        "source": found["source"],
        "imap": found["imap"],
        "smtp": found["smtp"],
        "login": found["login"],
        "secret": " ".join(filter(None, [secret["label"] + ".", secret["hint"], secret["shape"]])),
        "guide": found["guide"] or "-",
        "page": found["security_url"] or "-",
        "first": "; ".join(found["prerequisites"]) or "-",
    }
    if found["needs_confirmation"]:
        lines["confirm"] = found["confirm_reason"]
    return lines
