"""Candidates: which releases showed which of the linked persons, by their labels of each epoch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto.side_by_side import joined
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.ledger.entry import BatchEntry, Entry, KeysEntry, KeySpan, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.acts import SHOWN_TO_NO_ONE
from suyuan.release.manifest import DIGEST, Planted, read_planted
from suyuan.release.plan import OnePerson, Plan, parse_plan
from suyuan.release.sides import read_side, require_side
from suyuan.terms import LeafIndex, Recipient

Whole = npt.NDArray[np.int64]
_NONE: Whole = np.empty(0, dtype=np.int64)
_WORDS = DIGEST // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """One release that showed at least one linked person, planted an identifier, or shares decoys.

    `body` is what its entry says; `pool_root` and `lanes` are of the pool its row keys came from.
    Before a trace is opened only the rows and pools of `planted` are looked at, never which identifiers they are.
    """

    index: LeafIndex
    body: ReleaseEntry | BatchEntry
    plan: Plan
    span: KeySpan
    law: bytes
    pool_root: bytes
    pool_rows: int
    lanes: int
    planted: tuple[Planted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Every copy of a linked person: `release[i]` showed `person[i]` in manifest row `row[i]` to `suspect[i]`.

    A row that was left out by key is a copy too: what it says is evidence. Which rows those are is a mark, and
    is not read here. `linked` opens the manifest rows of these persons and no one else's.
    """

    linked: LinkedPersons
    suspects: tuple[Recipient, ...]
    labels: tuple[bytes, ...]
    releases: dict[int, ReleaseFacts]
    release: Whole
    row: Whole
    person: Whole
    suspect: Whole


def find_copies(log: Log, *, broker: KeyBroker, persons: Whole, before: int) -> Copies:
    """Give the copies of these persons in releases before an entry, and every recipient as a suspect.

    Args:
        persons: linked persons, ascending, distinct; who was erased since is left out.
        before: the entry that opened the dump; later releases cannot be its source.
    """
    suspects: dict[Recipient, int] = {}
    labels: list[bytes] = []
    releases: dict[int, ReleaseFacts] = {}
    parts: list[tuple[Whole, Whole, int, int]] = []
    pools: dict[int, KeysEntry] = {}
    linked = broker.linked(persons.tolist())
    for shown in find_shown(log, broker=broker, linked=linked, end=before):
        index, body, plan, rows, whose = shown.index, shown.body, shown.plan, shown.rows, shown.persons
        suspect = suspects.setdefault(plan.recipient, len(suspects))
        if suspect == len(labels):
            labels.append(body.recipient)
        side = read_side(log, index=index, name=sides.PLANTED_SIDE, broker=broker, of=body) if plan.planted else None
        planted = read_planted(side)
        if len(rows) or planted or plan.shared:
            pool = pools.get(body.keys.pool) or pools.setdefault(body.keys.pool, _pool(log, body.keys.pool))
            releases[index] = ReleaseFacts(
                index=index, body=body, plan=plan, span=body.keys, law=body.law, pool_root=pool.root,
                pool_rows=pool.rows, lanes=pool.lanes, planted=planted,
            )  # fmt: skip
        if len(rows):
            parts.append((rows, whose, index, suspect))
    return Copies(
        linked=linked,
        suspects=tuple(suspects),
        labels=tuple(labels),
        releases=releases,
        release=_joined(np.full(len(part[0]), part[2], dtype=np.int64) for part in parts),
        row=_joined(part[0] for part in parts),
        person=_joined(part[1] for part in parts),
        suspect=_joined(np.full(len(part[0]), part[3], dtype=np.int64) for part in parts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One release and the linked persons that it showed: row `rows[i]` is of `persons[i]`; of most there are none."""

    index: LeafIndex
    at_ms: int
    body: ReleaseEntry | BatchEntry
    plan: Plan
    rows: Whole
    persons: Whole


def find_shown(log: Log, *, broker: KeyBroker, linked: LinkedPersons, end: int, start: int = 0) -> Iterator[Shown]:
    """Give every release among the entries [start, end) that showed anything to anybody, and which linked persons."""
    finder = _Finder(linked)
    for index, entry in log.entries(start, end=end):
        body = entry.body
        if not isinstance(body, ReleaseEntry | BatchEntry):
            continue
        plan = parse_plan(require_side(log, index=index, name=sides.PLAN_SIDE, broker=broker, of=body))
        if plan.act in SHOWN_TO_NO_ONE:
            continue
        rows, whose = _shown(
            log, index=index, entry=entry, plan=plan, broker=broker, finder=finder, persons=linked.persons
        )
        yield Shown(index=index, at_ms=entry.at_ms, body=body, plan=plan, rows=rows, persons=whose)


def _pool(log: Log, index: int) -> KeysEntry:
    body = log.entry(index).body
    if not isinstance(body, KeysEntry):
        raise VerificationError(f"entry {index} is no pool of row keys, though a release says so")
    return body


class _Finder:
    """Finds the linked persons among the rows of releases: by their labels of the release's epoch."""

    def __init__(self, linked: LinkedPersons) -> None:
        self._linked = linked
        self._epoch = -1
        # The labels of the epoch at hand as words, sorted by the first, and whose they are.
        self._persons = linked.persons
        self._heads = np.empty(0, dtype=np.uint64)
        self._labels = np.empty((0, _WORDS), dtype=np.uint64)
        self._by_label: dict[bytes, int] = {}

    def find_one(self, label: bytes, *, epoch: int) -> int | None:
        """Give the person of a look-up's label, if she is linked."""
        self._turn_to(epoch)
        return self._by_label.get(label)

    def find(self, labels: bytes, *, epoch: int) -> tuple[Whole, Whole]:
        """Give the rows whose label is a linked person's, ascending, and their persons."""
        self._turn_to(epoch)
        table = np.frombuffer(labels, dtype=np.uint64).reshape(-1, _WORDS)
        if not len(self._heads) or not len(table):
            return _NONE, _NONE
        # In their own order, so that each is looked for near the one before.
        order = np.argsort(table[:, 0])
        heads = table[order, 0]
        first = np.minimum(np.searchsorted(self._heads, heads), len(self._heads) - 1)
        alike = np.flatnonzero(self._heads[first] == heads)
        rows, places = order[alike], first[alike]
        is_same = (self._labels.take(places, axis=0) == table.take(rows, axis=0)).all(axis=1)
        found = np.argsort(rows[is_same])
        return rows[is_same][found], self._persons[places[is_same][found]]

    def _turn_to(self, epoch: int) -> None:
        if epoch == self._epoch:
            return
        labels = self._linked.labels(epoch=epoch)
        table = np.frombuffer(joined(labels), dtype=np.uint64).reshape(-1, _WORDS)
        order = np.argsort(table[:, 0])
        self._heads, self._labels, self._persons = table[order, 0], table[order], self._linked.persons[order]
        self._by_label = dict(zip(labels, self._linked.persons.tolist(), strict=True))
        self._epoch = epoch


def _shown(
    log: Log, *, index: int, entry: Entry, plan: Plan, broker: KeyBroker, finder: _Finder, persons: Whole
) -> tuple[Whole, Whole]:
    """Give the rows of one release that show linked persons, and which."""
    if isinstance(entry.body, ReleaseEntry) and not isinstance(plan.one, OnePerson):
        person = finder.find_one(entry.body.label, epoch=entry.epoch)
        return (_NONE, _NONE) if person is None else (np.zeros(1, dtype=np.int64), np.array([person], dtype=np.int64))
    labels = None if plan.one else read_side(log, index=index, name=sides.LABELS_SIDE, broker=broker, of=entry.body)
    if labels is not None:
        if len(labels) != plan.rows * DIGEST:
            raise VerificationError(f"release {index}: its labels are not as many as its rows")
        return finder.find(labels, epoch=entry.epoch)
    # Beside a release of an older version stand the numbers of its persons.
    if isinstance(plan.one, OnePerson):
        shown = np.array([plan.one.person], dtype=np.int64)
    else:
        listed = require_side(log, index=index, name=sides.PERSONS_SIDE, broker=broker, of=entry.body)
        shown = np.frombuffer(listed, dtype="<u8").astype(np.int64)
    rows = np.flatnonzero(_among(shown, persons=persons))
    return rows, shown[rows]


def _among(shown: Whole, *, persons: Whole) -> npt.NDArray[np.bool_]:
    """Give which of the shown persons are linked; `persons` is sorted."""
    if not len(persons):
        return np.zeros(len(shown), dtype=np.bool_)
    place = np.minimum(np.searchsorted(persons, shown), len(persons) - 1)
    return np.asarray(persons[place] == shown)


def _joined(parts: Iterable[Whole]) -> Whole:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def stretch(places: Whole) -> Whole | slice:
    """Give places that ascend and leave none out as the stretch that they are: it is written to without a look at each."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
