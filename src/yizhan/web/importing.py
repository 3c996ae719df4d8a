"""Many accounts at once: a CSV file, a verdict for every row, and the rows that failed to take home."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from yizhan.services.accounts import importing
from yizhan.web import wording
from yizhan.web.pages import language_of, scope, show, signed_in


@signed_in
@require_http_methods(["GET", "POST"])
def import_accounts(request: HttpRequest) -> HttpResponse:
    """The file is read whole before anything is tried; then each good row is asked for."""
    error, detail = "", ""
    if request.method == "POST":
        try:
            rows = importing.read_rows(_read(request.FILES.get("file")))
            batch = importing.ask_import(scope(request), rows)
            return HttpResponseRedirect(reverse("import_result", args=[batch]))
        except importing.ImportUnreadable as refused:
            error, detail = wording.say(refused), refused.detail
    context: dict[str, Any] = {"error": error, "detail": detail, "columns": importing.COLUMNS}
    context |= {"most": importing.MAX_IMPORT_ROWS, "most_bytes": importing.MAX_IMPORT_BYTES}
    return show(request, "accounts/import.html", context, status=422 if error else 200)


@signed_in
@require_GET
def result(request: HttpRequest, batch: str) -> HttpResponse:
    """A verdict for each row, as they come."""
    asked = importing.read_import(scope(request), batch, language_of(request))
    rows = [_row(verdict) for verdict in asked["verdicts"]]
    return show(request, "accounts/imported.html", {"asked": asked, "rows": rows, "batch": batch})


@signed_in
@require_GET
def report(request: HttpRequest, batch: str) -> HttpResponse:
    """The rows that were not bound, without their secrets, to be mended and imported again."""
    asked = importing.read_import(scope(request), batch, language_of(request))
    headers = {"Content-Disposition": 'attachment; filename="yizhan-import-report.csv"'}
    content = importing.report_csv(asked["verdicts"])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _read(file: UploadedFile | None) -> bytes:
    if file is None or not file.size:
        raise importing.ImportUnreadable("no file was chosen, or it is empty")
    if file.size > importing.MAX_IMPORT_BYTES:
        most = importing.MAX_IMPORT_BYTES
        raise importing.ImportUnreadable(f"the file has {file.size:,} bytes; {most:,} is the most")
    return file.read()


def _row(verdict: importing.Verdict) -> dict[str, Any]:
    words = wording.say_code(verdict.cause, verdict.title)
    if verdict.outcome is importing.Outcome.DUPLICATE:
        words = gettext("This address stands in the file twice.")
    detail = verdict.title if verdict.outcome in (importing.Outcome.BAD, importing.Outcome.DUPLICATE) else ""
    is_bound = verdict.outcome is importing.Outcome.BOUND
    return {**verdict.shape(), "is_bound": is_bound, "words": words, "detail": detail if detail != words else ""}


urlpatterns = [
    path("accounts/import", import_accounts, name="import"),
    path("accounts/import/<str:batch>", result, name="import_result"),
    path("accounts/import/<str:batch>/report.csv", report, name="import_report"),
]
