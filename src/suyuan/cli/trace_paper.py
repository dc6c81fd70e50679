"""The report of a trace as a file: HTML or PDF, by the ending of its name."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from suyuan.errors import RefusedError

if TYPE_CHECKING:
    from suyuan.trace.naming.tracer import Traced
    from suyuan.trace.report import Beside

HTML = frozenset({".html", ".htm"})
PDF = ".pdf"


def require_report(report: Path | None, *, lang: str) -> None:
    """Require that a report of this name can be written, before a trace is opened for it.

    Raises: RefusedError `trace.report-ending`; UnavailableError `trace.report-setter`, `trace.report-font`.
    """
    if report is None or report.suffix.lower() in HTML:
        return
    if report.suffix.lower() != PDF:
        raise RefusedError(
            f"{report.name}: a report ends in .html or .pdf", code="trace.report-ending", hint="choose one of the two"
        )
    from suyuan.trace.report import require_setter

    require_setter(lang)


def page_of(
    traced: "Traced", *, report: Path, beside: "Beside | None", bundle_name: str | None, lang: str, at: datetime
) -> bytes:
    """Give the report as bytes."""
    from suyuan.trace.report import render_html, render_pdf

    if report.suffix.lower() == PDF:
        return render_pdf(traced.attribution, lang=lang, bundle_name=bundle_name, written_at=at, beside=beside)
    page = render_html(traced.attribution, lang=lang, bundle_name=bundle_name, written_at=at, beside=beside)
    return page.encode("utf-8")
