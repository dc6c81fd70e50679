"""Candidates: which releases showed which of the linked persons, from the posting lists beside the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import BatchEntry, KeysEntry, KeySpan, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.manifest import DIGEST, PLANTED_BYTES, Planted, read_planted, row_bytes
from suyuan.release.plan import Plan, parse_plan
from suyuan.release.policy import Act
from suyuan.release.sides import read_side, require_side
from suyuan.terms import LeafIndex, Recipient

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """One release that showed at least one linked person, or planted an identifier.

    `label` is the recipient's label in the leaf; `pool_root` and `lanes` are of the pool its row keys came from.
    Before a trace is opened only the rows and pools of `planted` are looked at, never which identifiers they are.
    """

    index: LeafIndex
    plan: Plan
    span: KeySpan
    label: bytes
    law: bytes
    manifest_root: bytes
    pool_root: bytes
    pool_rows: int
    lanes: int
    planted: tuple[Planted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Every copy of a linked person: `release[i]` showed `person[i]` in manifest row `row[i]` to `suspect[i]`.

    A row that was left out by key is a copy too: what it says is evidence. Which rows those are is a mark, and
    is not read here.
    """

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
        persons: linked persons, ascending, distinct.
        before: the entry that opened the dump; later releases cannot be its source.
    """
    suspects: dict[Recipient, int] = {}
    labels: list[bytes] = []
    releases: dict[int, ReleaseFacts] = {}
    parts: list[tuple[Whole, Whole, int, int]] = []
    pools: dict[int, KeysEntry] = {}
    for index, entry in log.entries(end=before):
        body = entry.body
        if isinstance(body, KeysEntry):
            pools[index] = body
        if not isinstance(body, ReleaseEntry | BatchEntry):
            continue
        plan = parse_plan(require_side(log, index=index, name=sides.PLAN_SIDE, broker=broker))
        if plan.act == Act.INVESTIGATE:
            continue
        suspect = suspects.setdefault(plan.recipient, len(suspects))
        if suspect == len(labels):
            labels.append(body.recipient)
        shown = _persons(log, index=index, broker=broker, plan=plan)
        rows = np.flatnonzero(_among(shown, persons=persons))
        side = read_side(log, index=index, name=sides.PLANTED_SIDE, broker=broker) if plan.planted else None
        planted = read_planted(side)
        if len(rows) or planted:
            pool = pools[body.keys.pool]
            releases[index] = ReleaseFacts(
                index=index, plan=plan, span=body.keys, label=body.recipient, law=body.law,
                manifest_root=body.manifest, pool_root=pool.root, pool_rows=pool.rows, lanes=pool.lanes, planted=planted,
            )  # fmt: skip
        if len(rows):
            parts.append((rows, shown[rows], index, suspect))
    return Copies(
        suspects=tuple(suspects),
        labels=tuple(labels),
        releases=releases,
        release=_joined(np.full(len(part[0]), part[2], dtype=np.int64) for part in parts),
        row=_joined(part[0] for part in parts),
        person=_joined(part[1] for part in parts),
        suspect=_joined(np.full(len(part[0]), part[3], dtype=np.int64) for part in parts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRows:
    """Rows of one release's manifest: `nonce` (rows,), `tables` (rows, marked fields, 32)."""

    nonce: npt.NDArray[np.uint64]
    tables: npt.NDArray[np.uint8]


def manifest_rows(log: Log, *, broker: KeyBroker, facts: ReleaseFacts, rows: Whole) -> ManifestRows:
    """Read rows of a release's manifest from beside the ledger."""
    width = row_bytes(marked=len(facts.plan.marked))
    raw = np.frombuffer(_manifest(log, broker=broker, facts=facts), dtype=np.uint8)
    if len(raw) != facts.plan.rows * width + facts.plan.planted * PLANTED_BYTES:
        raise VerificationError(f"release {facts.index}: its manifest is not of the planned size")
    wanted = raw[: facts.plan.rows * width].reshape(facts.plan.rows, width)[rows]
    return ManifestRows(
        nonce=np.ascontiguousarray(wanted[:, 41:49]).view(">u8").astype(np.uint64)[:, 0],
        tables=wanted[:, 50:].reshape(len(rows), len(facts.plan.marked), DIGEST),
    )


def manifest_leaves(log: Log, *, broker: KeyBroker, facts: ReleaseFacts) -> list[bytes]:
    """Give every row of a release's manifest, persons first, for its tree."""
    raw = _manifest(log, broker=broker, facts=facts)
    width, cut = row_bytes(marked=len(facts.plan.marked)), 0
    leaves = []
    for size, count in ((width, facts.plan.rows), (PLANTED_BYTES, facts.plan.planted)):
        leaves += [raw[cut + i * size : cut + (i + 1) * size] for i in range(count)]
        cut += size * count
    return leaves


def _persons(log: Log, *, index: int, broker: KeyBroker, plan: Plan) -> Whole:
    """Give the person of each row of a release."""
    if plan.one is not None:
        return np.array([plan.one.person], dtype=np.int64)
    listed = require_side(log, index=index, name=sides.PERSONS_SIDE, broker=broker)
    return np.frombuffer(listed, dtype="<u8").astype(np.int64)


def _manifest(log: Log, *, broker: KeyBroker, facts: ReleaseFacts) -> bytes:
    """Give the rows of a release's manifest, joined."""
    if facts.plan.one is not None:
        return facts.plan.one.manifest
    return require_side(log, index=facts.index, name=sides.MANIFEST_SIDE, broker=broker)


def _among(shown: Whole, *, persons: Whole) -> npt.NDArray[np.bool_]:
    """Give which of the shown persons are linked; `persons` is sorted."""
    if not len(persons):
        return np.zeros(len(shown), dtype=np.bool_)
    place = np.minimum(np.searchsorted(persons, shown), len(persons) - 1)
    return np.asarray(persons[place] == shown)


def _joined(parts: Iterable[Whole]) -> Whole:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
