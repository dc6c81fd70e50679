"""What a trace says to people: an HTML report for a court, a table for the terminal, JSON for programs.

Promise: recipients' ids and counts only, never a value of a person, nor a text from inside the dump; everything from
outside is escaped; the HTML is one file that loads nothing. Not promised: legal advice.
"""

from suyuan.trace.report.document import as_json
from suyuan.trace.report.html import render_html
from suyuan.trace.report.messages import Language
from suyuan.trace.report.terminal import render_terminal

__all__ = ["Language", "as_json", "render_html", "render_terminal"]
