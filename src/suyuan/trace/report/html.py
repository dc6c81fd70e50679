"""The report of a trace as one HTML file: for a court, on paper, on a telephone; it loads nothing and runs nothing."""

from datetime import datetime

from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report.beside import Beside
from suyuan.trace.report.compose import compose
from suyuan.trace.report.messages import Catalogue, Language


def render_html(
    attribution: Attribution,
    *,
    lang: Language | str = Language.EN,
    bundle_name: str | None,
    written_at: datetime,
    beside: Beside | None = None,
) -> str:
    """Write the report of one trace.

    Whatever comes from outside (ids, file names, fields) is escaped, and characters that could mislead a reader are
    spelled out. No text from inside the dump is shown, not even a column's name.

    Args:
        bundle_name: the file name of the evidence bundle, or None if none was written.
        written_at: aware.
        beside: what else is known: who signs the ledger, releases over time, victims' reports.
    Returns: a whole HTML document.
    Test: tests/unit/trace/report/test_html.py.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("suyuan.trace", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = Catalogue.load(Language(lang))
    paper = compose(
        attribution, beside=beside or Beside(), catalogue=catalogue, bundle_name=bundle_name, written_at=written_at
    )
    page = environment.get_template("report.html.jinja")
    return page.render(paper=paper, t=catalogue.markup)
