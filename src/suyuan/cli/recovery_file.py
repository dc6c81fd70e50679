"""The recovery key in a file, for the verbs that open keys with it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

RecoveryFileOption = Annotated[
    Path | None,
    typer.Option(
        "--recovery-file",
        metavar="FILE",
        help="Open the keys with the recovery key in this file, - for standard input.",
    ),
]


def read_recovery_key(file: Path) -> bytes:
    """Give the recovery key of a file; `-` reads it from standard input."""
    from suyuan.app.unlocking import read_secret
    from suyuan.hold.recovery import read_text

    if str(file) == "-":
        return read_text(sys.stdin.read())
    return read_text(read_secret(file, what="recovery key", name="--recovery-file"))
