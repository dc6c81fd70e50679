"""The command line: one file per verb; each parses, calls one stage or flow, and renders.

Promises: results on standard output, talk on standard error, errors as one line and a hint with the exit codes of
docs/reference/errors.md, and no personal value in any of them but the results themselves.
"""

from suyuan.cli.app import main

__all__ = ["main"]
