"""Work on pieces by several threads, for compiled loops and columns: they give up the interpreter while they run."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final, NoReturn, TypeVar

from suyuan.crypto.compiled import pays

Piece = TypeVar("Piece")
Made = TypeVar("Made")

THREADS: Final = 2
"""Each holds what its piece takes: more of them take more memory."""


def each(work: Callable[[Piece], Made], pieces: Iterable[Piece], *, values: int) -> Iterator[Made]:
    """Give what the work makes of every piece, in their order; by the caller's own thread where values are few.

    Pieces are taken by the caller's thread, as they are needed: one more than there are threads, at most, are begun and not
    given. What one raises is raised in its turn, as without threads, and none is worked on when this has ended.

    Args:
        values: what the pieces hold together.
    """
    if not pays(values):
        yield from map(work, pieces)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        begun: deque[Future[Made]] = deque()
        try:
            for task in _tasks(work, pieces):
                begun.append(pool.submit(task))
                if len(begun) > THREADS:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for left in begun:
                left.cancel()


@contextmanager
def meanwhile(work: Callable[[], Made], *, values: int) -> Iterator[Callable[[], Made]]:
    """Have some work done by another thread, and give what waits for it; where values are few, that does it when it is called.

    None is worked on when this has ended.
    """
    if not pays(values):
        yield work
        return
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work).result


def _tasks(work: Callable[[Piece], Made], pieces: Iterable[Piece]) -> Iterator[Callable[[], Made]]:
    """Give the work on every piece as one to be done; where there is no next piece for an error, one that raises it."""
    try:
        for piece in pieces:
            yield partial(work, piece)
    except Exception as error:
        # Raised in its turn: an earlier piece may fail too, and is said first then.
        raised = error
        yield lambda: _fail(raised)


def _fail(error: Exception) -> NoReturn:
    raise error
