"""Enrolments computed ahead, on other processors, while their persons' records are still being sealed and stored."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from suyuan.crypto import bulk, committing, registry, side_by_side

if TYPE_CHECKING:
    from suyuan.crypto.vrf import VrfKey

_ROWS_PER_PIECE: Final = 1_024
_WORTH_A_PROCESS: Final = 1_024
_WORTH_COMPILING: Final = 16_384
_BYTES: Final = 32

Row = tuple[bytes, bytes]
"""A person's registry label and the commitment to her label keys."""


class Beside(Protocol):
    """A piece of work that runs beside this process."""

    def result(self) -> bytes | None:
        """Wait for the result; None where the work did not come to its end."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


class Start(Protocol):
    """Starts a piece of work."""

    def __call__(self, work: Callable[[], Iterator[bytes]], *, size_bytes: int) -> Beside:
        """Start work that gives its result in pieces, `size_bytes` in all."""
        ...


class Ahead:
    """Computes enrolment rows in other processes, and keeps them until they are asked for. Prints without them.

    What is lost, with a process or with all of them, is computed again when it is asked for: nothing depends on this.

    Args:
        start: starts work. processes: how many pieces may run at once.
        vrf: the key of the registry in force.
    """

    def __init__(self, start: Start, *, processes: int, vrf: "VrfKey", origin: str, first_epoch: int) -> None:
        self._start = start
        self._processes = processes
        self._vrf = vrf
        self._origin = origin
        self._first_epoch = first_epoch
        self._running: list[tuple[Sequence[bytes], Beside]] = []
        self._ready: dict[bytes, bytes] = {}

    def __repr__(self) -> str:
        return "<enrolments ahead>"

    def begin(self, names: Sequence[bytes], *, identifiers: Sequence[bytes], secrets: Sequence[bytes]) -> None:
        """Begin with some persons; what was begun earlier is waited for, so that no more run than there should.

        Args:
            names: by what each row is asked for.
        """
        self._collect()
        if len(names) < _WORTH_A_PROCESS:
            return
        if len(names) >= _WORTH_COMPILING:
            # Imported where it is needed, as `VrfKey` is; before the copies are made, which would each compile it.
            from suyuan.crypto import vrf_lanes

            vrf_lanes.load()
        size = -(-len(names) // self._processes)
        for first in range(0, len(names), size):
            part = slice(first, first + size)
            work = self._rows(identifiers[part], secrets=secrets[part])
            try:
                running = self._start(work, size_bytes=2 * _BYTES * len(names[part]))
            except OSError:  # No process or no memory is left for it.
                return
            self._running.append((names[part], running))

    def take(self, names: Sequence[bytes]) -> list[Row | None]:
        """Give the rows of persons, once; None where a row was not computed."""
        if self._running and not all(name in self._ready for name in names):
            self._collect()
        found = (self._ready.pop(name, None) for name in names)
        return [None if row is None else (row[:_BYTES], row[_BYTES:]) for row in found]

    def stop(self) -> None:
        """End what runs, and forget everything."""
        for _, running in self._running:
            running.stop()
        self._running.clear()
        self._ready.clear()

    def _collect(self) -> None:
        while self._running:
            names, running = self._running[0]
            rows = running.result()
            self._running.pop(0)
            if rows is not None:
                pieces = (rows[i : i + 2 * _BYTES] for i in range(0, len(rows), 2 * _BYTES))
                self._ready.update(zip(names, pieces, strict=True))

    def _rows(self, identifiers: Sequence[bytes], *, secrets: Sequence[bytes]) -> Callable[[], Iterator[bytes]]:
        def work() -> Iterator[bytes]:
            for start in range(0, len(identifiers), _ROWS_PER_PIECE):
                part = slice(start, start + _ROWS_PER_PIECE)
                rows = enrolment_rows(
                    identifiers[part], secrets=secrets[part], vrf=self._vrf, origin=self._origin,
                    first_epoch=self._first_epoch, threads=1,
                )  # fmt: skip
                yield b"".join([label + commitment for label, commitment in rows])

        return work


def enrolment_rows(
    identifiers: Sequence[bytes],
    *,
    secrets: Sequence[bytes],
    vrf: "VrfKey",
    origin: str,
    first_epoch: int,
    threads: int,
) -> list[Row]:
    """Give the registry label and the enrolment commitment of each person, in order."""
    outputs = vrf.outputs([registry.alpha(identifier) for identifier in identifiers], threads=threads)
    commit = committing if side_by_side.is_ready(len(secrets)) else bulk
    committed = commit.enrolment_commitments(bulk.label_keys(secrets), origin=origin, first_epoch=first_epoch)
    return list(zip(map(registry.label, outputs), committed, strict=True))
