"""Many accounts at once: a CSV file, a verdict for every row, and the rows that failed to take home."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yizhan.base.errors import NotFound, YizhanError
from yizhan.base.ids import RequestId
from yizhan.base.secret import Secret
from yizhan.services.accounts import asking, importing
from yizhan.web import wording
from yizhan.web.pages import language_of, scope, show, signed_in

BATCH = "import"  # in the web session: what this browser imported last


@signed_in
@require_http_methods(["GET", "POST"])
def import_accounts(request: HttpRequest) -> HttpResponse:
    """The file is read whole before anything is tried; then each good row is asked for."""
    error, detail = "", ""
    if request.method == "POST":
        try:
            data = _read(request.FILES.get("file"))
            request.session[BATCH] = [_begin(request, row) for row in importing.read_rows(data)]
            return HttpResponseRedirect(reverse("import_result"))
        except importing.ImportUnreadable as refused:
            error, detail = wording.say(refused), refused.detail
    context = {"error": error, "detail": detail, "columns": importing.COLUMNS, "most": importing.MAX_IMPORT_ROWS}
    return show(request, "accounts/import.html", context, status=422 if error else 200)


@signed_in
@require_GET
def result(request: HttpRequest) -> HttpResponse:
    """A verdict for each row, as they come."""
    rows = [_verdict(request, row) for row in request.session.get(BATCH, [])]
    counts = {state: sum(row["state"] == state for row in rows) for state in ("waits", "bound", "failed")}
    return show(request, "accounts/imported.html", {"rows": rows, "tally": counts})


@signed_in
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """The rows that were not bound, without their secrets, to be mended and imported again."""
    verdicts = [_as_verdict(_verdict(request, row)) for row in request.session.get(BATCH, [])]
    headers = {"Content-Disposition": 'attachment; filename="yizhan-import-report.csv"'}
    return HttpResponse(importing.report_csv(verdicts), content_type="text/csv; charset=utf-8", headers=headers)


def _read(file: UploadedFile | None) -> bytes:
    if file is None or not file.size:
        raise importing.ImportUnreadable("no file was chosen, or it is empty")
    if file.size > importing.MAX_IMPORT_BYTES:
        most = importing.MAX_IMPORT_BYTES
        raise importing.ImportUnreadable(f"the file has {file.size:,} bytes; {most:,} is the most")
    return file.read()


def _begin(request: HttpRequest, row: importing.Row) -> dict[str, Any]:
    """What is kept of the row: no secret."""
    kept = {"line": row.number, "form": asking.form_of(row.form), "request": None, "code": "", "detail": ""}
    if row.wrong is None:
        try:
            return {**kept, "request": asking.ask_bind(scope(request), row.form)}
        except YizhanError as refused:
            return {**kept, "code": refused.code, "detail": refused.detail}
    wrong = importing.verdict_of_wrong(row)
    return {**kept, "code": wrong.cause, "detail": wrong.title}


def _verdict(request: HttpRequest, kept: dict[str, Any]) -> dict[str, Any]:
    """The row with its `state` (waits, bound, failed), and `cause` and `title` of what failed."""
    row = {**kept, "address": kept["form"]["address"], "state": "failed", "cause": kept["code"]}
    row["title"] = wording.say_code(kept["code"], kept["detail"])
    if kept["request"] is None:
        return row
    try:
        asked = asking.read_asked(scope(request), RequestId(kept["request"]), language_of(request))
    except NotFound:  # settled long ago and forgotten
        return {**row, "title": _("This was too long ago to tell.")}
    if asked["state"] in ("waiting", "running"):
        return {**row, "state": "waits", "title": ""}
    if asked["diagnosis"]:
        return {**row, "cause": asked["diagnosis"]["cause"], "title": asked["diagnosis"]["title"]}
    if asked["error"]:
        words = wording.say_code(asked["error"]["code"], asked["error"]["detail"])
        return {**row, "cause": asked["error"]["code"], "title": words}
    return {**row, "state": "bound", "account_id": asked["account_id"]}


def _as_verdict(row: dict[str, Any]) -> importing.Verdict:
    form = asking.form_from(row["form"], Secret(""))
    outcome = importing.Outcome.BOUND if row["state"] == "bound" else importing.Outcome.REFUSED
    return importing.Verdict(importing.Row(row["line"], form), outcome, row["cause"], row["title"])


urlpatterns = [
    path("accounts/import", import_accounts, name="import"),
    path("accounts/import/result", result, name="import_result"),
    path("accounts/import/report.csv", report, name="import_report"),
]
