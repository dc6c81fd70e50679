"""Manifests: the leaf hashes of a release's rows, and the rows of linked persons, opened under their own keys."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from suyuan.crypto import merkle
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.manifest import DIGEST, PARTNER, PLANTED_BYTES, row_bytes, sealed_row_bytes
from suyuan.release.plan import OnePerson
from suyuan.release.sides import read_side, require_side
from suyuan.trace.naming.copies import Copies, ReleaseFacts, Whole, stretch
from suyuan.trace.naming.threads import each

Bytes = npt.NDArray[np.uint8]

ROWS_PER_STEP = 1 << 16
"""Rows of manifests that are opened at a time, from however many releases."""


class Shape(NamedTuple):
    """How the rows of a manifest lie: how many fields they mark, with bias classes and partners or not, sealed or in the open."""

    marked: int
    biased: bool
    ordered: bool
    sealed: bool

    @property
    def width(self) -> int:
        """Bytes of a row as it is kept."""
        kept = sealed_row_bytes if self.sealed else row_bytes
        return kept(marked=self.marked, biased=self.biased, ordered=self.ordered)


class Manifest:
    """One release's manifest, read once. Rows of persons that nobody asks for stay sealed."""

    def __init__(self, log: Log, *, broker: KeyBroker, facts: ReleaseFacts) -> None:
        """Read what is kept beside the release.

        Raises: VerificationError: it is missing, altered, or not of the planned size.
        """
        self._facts = facts
        plan = facts.plan
        whole = plan.one is None
        sealed = (
            read_side(log, index=facts.index, name=sides.ROWS_SIDE, broker=broker, of=facts.body) if whole else None
        )
        planted = 0
        if isinstance(plan.one, OnePerson):
            self._rows, count = plan.one.manifest, 1
        elif plan.one is not None:
            self._rows, count = plan.one, 1
        elif sealed is not None:
            self._rows, count = sealed, plan.rows
        else:
            self._rows = require_side(log, index=facts.index, name=sides.MANIFEST_SIDE, broker=broker)
            count, planted = plan.rows, plan.planted * PLANTED_BYTES
        is_sealed = sealed is not None or isinstance(plan.one, bytes)
        self.shape = Shape(len(plan.marked), bool(plan.family), plan.ordered, is_sealed)
        if len(self._rows) != count * self.shape.width + planted:
            raise VerificationError(f"release {facts.index}: its manifest is not of the planned size")

    def leaf_hashes(self) -> list[bytes]:
        """Give the leaf hash of every row, persons first: the leaves of the manifest's tree."""
        planted = [merkle.leaf_hash(item.manifest_row()) for item in self._facts.planted]
        width, rows = self.shape.width, range(self._facts.plan.rows)
        if self.shape.sealed:
            return [self._rows[i * width : i * width + DIGEST] for i in rows] + planted
        return merkle.leaf_hashes([self._rows[i * width : (i + 1) * width] for i in rows]) + planted

    def kept(self, rows: Whole) -> Bytes:
        """Give rows of persons as they are kept, shape (rows, width)."""
        width, count = self.shape.width, self._facts.plan.rows
        table = np.frombuffer(self._rows, dtype=np.uint8, count=count * width).reshape(count, width)
        # Rows ascend and are distinct: as many as there are, and they are all of them.
        return table if len(rows) == count else table.take(rows, axis=0)

    def row(self, row: int, *, person: int, linked: LinkedPersons) -> bytes:
        """Give the row of a linked person, opened. Raises: VerificationError: as `LinkedPersons.open_rows`."""
        kept = self.kept(np.array([row]))
        if not self.shape.sealed:
            return kept.tobytes()
        span, whose = self._facts.span, np.array([person], dtype=np.int64)
        pools, ordinals = np.array([span.pool]), np.array([span.first + row])
        return linked.open_rows(whose, pools=pools, ordinals=ordinals, kept=kept).tobytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRows:
    """The manifest rows of all copies, by their position in `Copies`; of a field that a release does not mark, zeros.

    `nonce` (copies,), `tables` (copies, fields, 32), `biases` (copies, fields); fields are the release's lanes.
    `partner` (copies,): the row of the same manifest with which each is a tie that its own key draws; -1 for none.
    """

    nonce: npt.NDArray[np.uint64]
    tables: Bytes
    biases: Bytes
    partner: Whole

    def committed(self, copies: Whole, *, lane: Whole) -> npt.NDArray[np.uint64]:
        """Give what some copies committed to in a lane of each, as words: shape (copies, 4)."""
        words = self.tables.view(np.uint64).reshape(-1, DIGEST // 8)
        found: npt.NDArray[np.uint64] = words.take(copies * self.tables.shape[1] + lane, axis=0)
        return found

    def without_tables(self) -> "ManifestRows":
        """Give the same without what the copies committed to, which is most of it."""
        return replace(self, tables=self.tables[:, :0].copy())


def manifest_rows(log: Log, *, broker: KeyBroker, copies: Copies, by_release: dict[int, Whole]) -> ManifestRows:
    """Read the manifest rows of all copies from beside the ledger.

    Args:
        by_release: the positions of each release's copies.
    Raises: VerificationError: as `Manifest` and `LinkedPersons.open_rows`.
    """
    count, most = len(copies.release), max((len(facts.plan.marked) for facts in copies.releases.values()), default=0)
    found = ManifestRows(
        nonce=np.zeros(count, dtype=np.uint64),
        tables=np.zeros((count, most, DIGEST), dtype=np.uint8),
        biases=np.zeros((count, most), dtype=np.uint8),
        partner=np.full(count, -1, dtype=np.int64),
    )
    steps = _steps(log, broker=broker, copies=copies, by_release=by_release)
    for _ in each(lambda step: _put(found, step=step, copies=copies), steps, values=count):
        pass
    return found


class _Step(NamedTuple):
    """Rows of one shape that are to be opened: the places of their copies, as they are kept, and their row keys."""

    shape: Shape
    places: Whole
    kept: Bytes
    pools: Whole
    ordinals: Whole


def _steps(log: Log, *, broker: KeyBroker, copies: Copies, by_release: dict[int, Whole]) -> Iterator[_Step]:
    """Read the manifests, and give their rows in steps, those of one shape together."""
    waiting: dict[Shape, list[tuple[Whole, Bytes, Whole, Whole]]] = {}
    held: Counter[Shape] = Counter()
    for index, places in by_release.items():
        facts = copies.releases[index]
        manifest = Manifest(log, broker=broker, facts=facts)
        rows = copies.row[places]
        waits = waiting.setdefault(manifest.shape, [])
        pools, ordinals = np.full(len(places), facts.span.pool), rows + np.int64(facts.span.first)
        waits.append((places, manifest.kept(rows), pools, ordinals))
        held[manifest.shape] += len(places)
        if held[manifest.shape] >= ROWS_PER_STEP:
            del held[manifest.shape]
            yield _step(manifest.shape, waits=waiting.pop(manifest.shape))
    for shape, waits in waiting.items():
        yield _step(shape, waits=waits)


def _step(shape: Shape, *, waits: list[tuple[Whole, Bytes, Whole, Whole]]) -> _Step:
    places, kept, pools, ordinals = (np.concatenate(parts) for parts in zip(*waits, strict=True))
    return _Step(shape, places, kept, pools, ordinals)


def _put(found: ManifestRows, *, step: _Step, copies: Copies) -> None:
    """Open rows of one shape, and put each in its copy's place."""
    shape, places, rows, pools, ordinals = step
    if shape.sealed:
        rows = copies.linked.open_rows(copies.person[places], pools=pools, ordinals=ordinals, kept=rows)
    tables = 50 + DIGEST * shape.marked
    at = stretch(places)
    found.nonce[at] = np.ascontiguousarray(rows[:, 41:49]).view(">u8")[:, 0]
    found.tables[at, : shape.marked] = rows[:, 50:tables].reshape(len(rows), shape.marked, DIGEST)
    if shape.biased:
        found.biases[at, : shape.marked] = rows[:, tables : tables + shape.marked]
    if shape.ordered:
        found.partner[at] = np.ascontiguousarray(rows[:, -PARTNER:]).view(">u4")[:, 0].astype(np.int64) - 1
