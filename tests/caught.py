"""Seeing a seeded bug: checks that pass on the sound code, and must fail under it."""

from collections.abc import Callable

import pytest


def caught(*checks: Callable[[], None]) -> None:
    """Require that every one of these checks fails."""
    for check in checks:
        with pytest.raises(AssertionError):
            check()
