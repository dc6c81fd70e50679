"""Loops over bytes compiled by Numba where it is installed; where it is not, callers keep to their columnar road.

Compiled code is kept in the user's own cache directory, never beside the package, whose folder may be another user's.
A module of kernels imports this and is itself imported only for work that pays for the compiler's start (half a second).
"""

import importlib.util
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Kernel = TypeVar("Kernel", bound=Callable[..., object])
Item = TypeVar("Item", bound="np.generic")
Made = TypeVar("Made")

WORTH_COMPILING: Final = 50_000
"""From this many values on, kernels are faster than starting the compiler costs."""

CACHE: Final = Path("~/.cache/suyuan/kernels")


@cache
def can_compile() -> bool:
    """Say whether Numba is installed (`suyuan[trace]`)."""
    return importlib.util.find_spec("numba") is not None


def pays(values: int) -> bool:
    """Say whether so many values are worth a kernel."""
    return values >= WORTH_COMPILING and can_compile()


def compiled(function: Kernel) -> Kernel:
    """Give the function compiled at its first call, without the interpreter's lock; what it is called with is unchecked.

    A kernel indexes arrays without bounds, so it must stay inside them by its own arithmetic, whatever the bytes are.
    """
    import numba

    folder = _cache_folder()
    if folder is not None:
        # Numba reads its settings from the environment when it is imported; a folder that the user set stays.
        settings = numba.config
        setattr(settings, "CACHE_DIR", getattr(settings, "CACHE_DIR", "") or folder)  # noqa: B010 - no attribute to mypy
    # `cast`: Numba's decorator gives its own dispatcher type, which is called as the function is.
    return cast(Kernel, numba.njit(cache=folder is not None, nogil=True, boundscheck=False)(function))


class OnDemand(Generic[Made]):
    """Kernels that a process compiles once, when it is told to, and that it can look for without having them compiled.

    Decorates what compiles them and gives them, or None where they cannot be used; without Numba it is not called.
    """

    def __init__(self, make: Callable[[], Made | None]) -> None:
        self._make = make
        self.found: Made | None = None
        self._is_tried = False

    def __call__(self) -> Made | None:
        """Give them, compiled by the first call; None where there can be none."""
        if not self._is_tried:
            self.found, self._is_tried = self._make() if can_compile() else None, True
        return self.found

    def forget(self) -> None:
        """Be as before the first call."""
        self.found, self._is_tried = None, False


def frozen(rows: "npt.NDArray[Item]") -> "npt.NDArray[Item]":
    """Give rows as a kernel should always be called with them: for any other kind of array it is compiled anew."""
    import numpy as np

    view = np.ascontiguousarray(rows).view()
    view.flags.writeable = False
    return view


@cache
def _cache_folder() -> str | None:
    """Give a folder of the user's own for compiled code, or None where there can be none: then nothing is kept."""
    folder = CACHE.expanduser()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Code is loaded from here, so nobody else may write here.
        is_private = folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o022
    except (OSError, RuntimeError):
        return None
    return str(folder) if is_private and os.access(folder, os.W_OK) else None
