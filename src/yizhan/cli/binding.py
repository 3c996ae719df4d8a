"""`yizhan accounts add|check|resume|edit|import` and `yizhan doctor`: what walks an account's path."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.cli.accounts import show_account, write_file
from yizhan.cli.answers import refuse
from yizhan.cli.context import Run
from yizhan.cli.output import CommandFailed
from yizhan.cli.progress import counting, showing
from yizhan.runtime.answering import is_good
from yizhan.runtime.command import Errand, bind_now, carry_out, import_now
from yizhan.services.accounts import listing
from yizhan.services.accounts.asking import CHECK, DOCTOR, EDIT, SYNC, edit_payload
from yizhan.services.accounts.editing import EditForm, read_edit
from yizhan.services.accounts.forms import BindForm
from yizhan.services.accounts.importing import MAX_IMPORT_BYTES, Outcome, read_rows, report_csv
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_for
from yizhan.services.outbox.pacing import EDITABLE, read_caps, set_caps

MAX_SECRET_FILE = 64 * 1024
Cap = Annotated[str | None, typer.Option(help="Messages sent in that time at most.")]
DAYS = "Days of mail that are kept here: 7, 30, 90, 365 or all."


def add(
    context: typer.Context,
    address: str,
    secret_file: Annotated[str, typer.Option(help="A file with the secret, or - for standard input.")] = "-",
    login: str = "",
    imap: Annotated[str, typer.Option(help="HOST:PORT/SECURITY")] = "",
    smtp: Annotated[str, typer.Option(help="HOST:PORT/SECURITY")] = "",
    ca_file: Annotated[Path | None, typer.Option(help="A PEM file with an authority of your own.")] = None,
    route: str = "auto",
    label: str = "",
    sync_days: Annotated[str, typer.Option(help=DAYS)] = "90",
    sync_since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
) -> None:
    """Bind an account: the whole path is walked, and it is kept only when all of it works."""
    run: Run = context.obj
    since: date | None = sync_since.date() if sync_since else None
    ca_pem = _read(ca_file, "the CA file", 256 * 1024) if ca_file else ""
    form = BindForm(address, _secret(secret_file), login, imap, smtp, ca_pem, label, route, sync_days, since)
    errand = Errand(run.plant, run.clock, run.scope)

    async def work() -> Any:
        with showing(run) as show:
            answer = await bind_now(errand, form, show)
        if is_good(answer):
            # Its failure is the account's matter, which has its status; the binding stands.
            await carry_out(errand, SYNC, answer["account_id"], lambda progress: None)
        return answer

    answer = run.wait(work())
    if not is_good(answer):
        refuse(answer, run.language, address)
    show_account(run, listing.show_account(run.scope, answer["account_id"], run.language))


def check(context: typer.Context, address: str) -> None:
    """Verify again now."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    with showing(run) as show:
        answer = run.wait(carry_out(Errand(run.plant, run.clock, run.scope), CHECK, account_id, show))
    if "error" in answer:
        refuse(answer, run.language, address)
    shape = listing.show_account(run.scope, account_id, run.language)
    show_account(run, shape)
    if shape["status"] != "normal":
        retry = shape["diagnosis"]["retry"] if shape["diagnosis"] else "never"
        raise CommandFailed("the account is not normal", 1 if retry == "never" else 3, silent=True)


def resume(context: typer.Context, address: str) -> None:
    """Connect again after a pause: the whole path is walked, and what is found is the status."""
    check(context, address)


def edit(
    context: typer.Context,
    address: str,
    secret_file: Annotated[str, typer.Option(help="A file with the new secret, or - for standard input.")] = "",
    login: Annotated[str | None, typer.Option()] = None,
    imap: Annotated[str | None, typer.Option(help="HOST:PORT/SECURITY")] = None,
    smtp: Annotated[str | None, typer.Option(help="HOST:PORT/SECURITY")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="A PEM file with an authority of your own.")] = None,
    route: Annotated[str | None, typer.Option()] = None,
    label: Annotated[str | None, typer.Option()] = None,
    sync_days: Annotated[str | None, typer.Option(help=DAYS)] = None,
    sync_since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    cap_minute: Cap = None,
    cap_hour: Cap = None,
    cap_day: Cap = None,
    cap_recipients: Annotated[str | None, typer.Option(help="Recipients of one message.")] = None,
    cap_gap: Annotated[str | None, typer.Option(help="Seconds between two messages.")] = None,
    cap_size: Annotated[str | None, typer.Option(help="Bytes of one message.")] = None,
) -> None:
    """Change an account: verified first, kept then; a refused edit changes nothing.

    Limits of sending need no server: a number, 0 for none, empty for the provider's.
    """
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    typed = (cap_minute, cap_hour, cap_day, cap_recipients, cap_gap, cap_size)
    caps = {name: value for name, value in zip(EDITABLE, typed, strict=True) if value is not None}
    read_caps(caps)
    form = EditForm(
        secret=_secret(secret_file) if secret_file else None,
        login=login,
        imap=imap,
        smtp=smtp,
        ca_pem=_read(ca_file, "the CA file", 256 * 1024) if ca_file else None,
        label=label,
        route=route,
        sync_days=sync_days,
        sync_since=sync_since.date() if sync_since else None,
    )
    if form != EditForm() or not caps:
        _edit_path(run, account_id, form, address)
    set_caps(run.scope, account_id, caps)
    show_account(run, listing.show_account(run.scope, account_id, run.language))


def _edit_path(run: Run, account_id: AccountId, form: EditForm, address: str) -> None:
    read_edit(run.scope, account_id, form)
    errand = Errand(run.plant, run.clock, run.scope)
    with showing(run) as show:
        answer = run.wait(carry_out(errand, EDIT, account_id, show, edit_payload(form), form.secret))
    if not is_good(answer):
        refuse(answer, run.language, address)


def doctor(context: typer.Context, address: str) -> None:
    """Walk the path to an account stage by stage and explain; nothing is changed."""
    run: Run = context.obj
    account_id = listing.find_account_id(run.scope, address)
    with showing(run) as show:
        answer = run.wait(carry_out(Errand(run.plant, run.clock, run.scope), DOCTOR, account_id, show))
    if not is_good(answer):
        refuse(answer, run.language, address)
    diagnosis = shape_of(answer["walked"]["diagnosis"], run.language, noun_for(address, run.language))
    if run.output.as_json:
        run.output.document({"stages": answer["walked"]["stages"], "diagnosis": diagnosis})
    elif diagnosis is None:
        run.output.say("Every stage passed.")
    else:
        run.output.fields({name: "-" if value is None else str(value) for name, value in diagnosis.items()})
    if diagnosis is not None:
        code = 1 if diagnosis["retry"] == "never" else 3
        raise CommandFailed("a stage refused", code, silent=True)


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    report: Annotated[Path | None, typer.Option(help="Where the failing rows go, without their secrets.")] = None,
) -> None:
    """Bind every account of a CSV file: address,secret[,login,imap,smtp,label,route]; a verdict for each row."""
    run: Run = context.obj
    rows = read_rows(_read_bytes(file, "the file", MAX_IMPORT_BYTES))
    errand = Errand(run.plant, run.clock, run.scope)
    with counting(run, len(rows)) as count:
        verdicts = run.wait(import_now(errand, rows, run.language, lambda verdict: count()))
    if report is not None:
        write_file(report, report_csv(verdicts))
    shapes = [verdict.shape() for verdict in verdicts]
    if run.output.as_json:
        run.output.document(shapes)
    else:
        cells = [[each["address"], each["outcome"], each["cause"] or "", each["title"] or ""] for each in shapes]
        run.output.table(["ADDRESS", "OUTCOME", "CAUSE", "TITLE"], cells)
    bad = sum(verdict.outcome is not Outcome.BOUND for verdict in verdicts)
    if bad:
        raise CommandFailed(f"{bad} of {len(verdicts)} rows were not bound", 1, silent=run.output.as_json)


def _secret(source: str) -> Secret[str]:
    from_file = source != "-"
    text = _read(Path(source), "the secret file", MAX_SECRET_FILE) if from_file else sys.stdin.read(MAX_SECRET_FILE)
    return Secret(text.strip("\r\n"))


def _read(path: Path, what: str, limit: int) -> str:
    try:
        return _read_bytes(path, what, limit).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{what} is not text in UTF-8") from None


def _read_bytes(path: Path, what: str, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise BadInput(f"{what} is larger than {limit} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{what} cannot be read: {error.strerror}") from None
