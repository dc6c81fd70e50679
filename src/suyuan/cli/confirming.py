"""What cannot be undone is asked for twice: by the verb, and by an answer or `--yes`."""

import sys

import typer


def require_confirmed(question: str, *, otherwise: str) -> None:
    """Ask at the terminal. Where there is none, nobody can answer, and silence is no yes.

    Raises: RefusedError: `hold.unconfirmed`.
    """
    from suyuan.errors import RefusedError

    if not sys.stdin.isatty():
        raise RefusedError(otherwise, code="hold.unconfirmed", hint="no terminal to ask at: give --yes")
    if not typer.confirm(question, err=True):
        raise RefusedError(otherwise, code="hold.unconfirmed", hint="answer y, or give --yes")
