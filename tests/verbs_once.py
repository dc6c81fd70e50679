"""The tree of verbs is built once a process: a program builds it once anyway, and tests run many verbs in one process."""

from functools import cache

import typer.main

from suyuan.cli.app import APP


def build_once() -> None:
    """Build the tree now; whoever asks for it afterwards, or is forked from here, has it already."""
    # By `setattr`: a function is given another of the same call, which its type does not describe.
    setattr(typer.main, "get_command", cache(typer.main.get_command))  # noqa: B010
    typer.main.get_command(APP)
