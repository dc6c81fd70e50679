"""What a worker of Spark runs around a piece of work: an error that is an answer comes back as one, and no value in it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from suyuan import __version__
from suyuan.errors import RefusedError, SuyuanError, UnavailableError, VerificationError, place_of

Work = Callable[[Any], Any]  # What is worked on is the caller's; Spark carries it as it is.


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An error of ours on its way to the driver."""

    message: str
    code: str
    hint: str
    exit_code: int

    def error(self) -> SuyuanError:
        """Give the error to raise."""
        classes = (RefusedError, VerificationError, UnavailableError)
        of = next((one for one in classes if one.exit_code == self.exit_code), UnavailableError)
        return of(self.message, code=self.code, hint=self.hint)


def guarded(work: Work) -> Work:
    """Give the work with its errors told so."""
    return partial(_guarded, work)


def _guarded(work: Work, piece: Any) -> Any:
    try:
        return work(piece)
    except SuyuanError as error:
        return Failed(message=str(error), code=error.code, hint=error.hint, exit_code=error.exit_code)
    except Exception as error:
        # Not chained: a foreign exception may carry a cell, and Spark prints what it is given.
        # What is raised is tried again on another worker, and is what Spark writes into its logs.
        raise UnavailableError(f"{type(error).__name__} {place_of(error)}", code="trace.engine") from None


def listed(work: Work) -> Work:
    """Give the work with its results as a list, so that an error among them arises here."""
    return partial(_listed, work)


def _listed(work: Work, piece: Any) -> list[Any]:
    return list(work(piece))


def asked(ask: Work, piece: Any) -> list[tuple[int, Any]]:
    """Give a piece's questions; an error goes to the first shard as one."""
    found = _guarded(listed(ask), piece)
    return [(0, (piece, found))] if isinstance(found, Failed) else found


def answered(answer: Work, questions: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Give the answers of a shard; a failure is everybody's."""
    mine = list(questions)
    failed = [one[1] for _, one in mine if isinstance(one, tuple)]
    found = failed[0] if failed else _guarded(listed(answer), mine)
    return iter([(-1, found)] if isinstance(found, Failed) else found)


def settled(
    settle: Callable[[Any, list[Any]], Any], numbered: dict[int, Any], answers: Iterable[tuple[int, Any]]
) -> Iterator[Any]:
    """Settle the pieces whose answers these are; pairs of number and result."""
    by_piece: dict[int, list[Any]] = {}
    for number, answer in answers:
        if isinstance(answer, Failed):
            yield number, answer
            return
        by_piece.setdefault(number, []).append(answer)
    for number, mine in by_piece.items():
        yield number, _guarded(partial(settle, numbered[number]), mine)


def version_of(_piece: int) -> str:
    """Give which suyuan a worker has."""
    return __version__
