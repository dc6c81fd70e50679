"""What a trace says to people: a report for a court as HTML or PDF, a table for the terminal, JSON for programs.

Promise: recipients' ids and counts only, never a value of a person, nor a text from inside the dump; everything from
outside is escaped; the HTML is one file that loads nothing, the PDF says the same. Not promised: legal advice.
"""

from suyuan.trace.report.beside import Beside, Leader, ReportsFound
from suyuan.trace.report.compose import shown_over_time
from suyuan.trace.report.document import as_json
from suyuan.trace.report.html import render_html
from suyuan.trace.report.messages import Language
from suyuan.trace.report.pdf import render_pdf, require_setter
from suyuan.trace.report.terminal import render_terminal

__all__ = [
    "Beside",
    "Language",
    "Leader",
    "ReportsFound",
    "as_json",
    "render_html",
    "render_pdf",
    "render_terminal",
    "require_setter",
    "shown_over_time",
]
