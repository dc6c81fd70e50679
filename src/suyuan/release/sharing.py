"""The family's decoys in one export: which of them its row keys put into the copy, and what stands there of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.crypto.commit import digest
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import KeySpan
from suyuan.mark.decoy import keyed
from suyuan.mark.law import TOTAL, decoy_class, decoys_shown
from suyuan.mark.pool import Pool, draw_apart
from suyuan.release.door import Door
from suyuan.release.drawing import draws_of
from suyuan.release.families import SharedDecoy, family_draft, shared_rows
from suyuan.release.planting import Decoy, invent_like
from suyuan.release.ports import GIVEN
from suyuan.terms import FieldName, KindName

_ANYTHING = "-"
"""Stands for a value in whose place an alias is shown."""

NUMBERS_FROM = 1 << 62
"""Decoys have bias classes as persons have them, under numbers that no person has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The family's decoys of one export.

    Args:
        family: its name. decoys: the first of the family, as many as the contract has.
        fields: the field in which an identifier of each kind stands.
        shown: the numbers of those in this copy. rows: the manifest rows of all, in it or not.
        keys: of each decoy, the family's key. lanes: of each, the row key of this copy, shape (decoys, lanes, 32).
    """

    family: str
    decoys: Sequence[SharedDecoy]
    fields: Mapping[KindName, FieldName]
    shown: npt.NDArray[np.int64]
    rows: Sequence[bytes]
    keys: Sequence[bytes]
    lanes: npt.NDArray[np.uint8]

    def form_keys(self, *, lanes: int) -> npt.NDArray[np.uint8]:
        """Give the lane keys by which the decoys of this copy are written; the draw that put them in shows nowhere else."""
        own = [self.lanes[number, 0].tobytes() for number in self.shown.tolist()]
        joined = b"".join(digest(key + b"form" + bytes((lane,))) for key in own for lane in range(lanes))
        return np.frombuffer(joined, dtype=np.uint8).reshape(len(own), lanes, 32)

    def positions(self, *, rows: int) -> list[int]:
        """Give the row beside which each decoy of this copy stands in the file: the same one in every copy of these rows."""
        return [int.from_bytes(self.keys[number][24:], "big") % rows for number in self.shown.tolist()]

    def identifiers(self, number: int, *, pools: Mapping[str, Pool]) -> dict[FieldName, str]:
        """Give a decoy's identifiers by field."""
        by_kind = {pools[name].kind: text for name, text in self.decoys[number].identifiers.items() if name in pools}
        return {field: by_kind[kind] for kind, field in self.fields.items() if kind in by_kind}


NONE = Sharing(
    family="", decoys=(), fields={}, shown=np.empty(0, dtype=np.int64), rows=(), keys=(),
    lanes=np.empty((0, 1, 32), dtype=np.uint8),
)  # fmt: skip


def fields_of_identifiers(pools: Sequence[Pool], *, fields: Sequence[FieldPolicy]) -> dict[KindName, FieldName]:
    """Give the first of these fields for each kind of identifier that decoys share."""
    found: dict[KindName, FieldName] = {}
    for field in fields:
        if any(pool.kind is field.kind for pool in pools):
            found.setdefault(field.kind, field.name)
    return found


def share(
    door: Door,
    *,
    family: str,
    fields: Mapping[KindName, FieldName],
    span: KeySpan,
    lanes: npt.NDArray[np.uint8],
) -> Sharing:
    """Give the family's decoys of an export, drawing those that the family does not have yet.

    Args:
        span: the row keys of the decoys, one each. lanes: their keys, shape (decoys, lanes, 32).
    Raises: RefusedError: a pool has no identifier left. UnavailableError: the ledger cannot be written.
    """
    decoys = _require_drawn(door, family=family, count=span.count)
    classes = np.array([decoy.decoy_class for decoy in decoys], dtype=np.uint8)
    return Sharing(
        family=family,
        decoys=decoys,
        fields=fields,
        shown=np.flatnonzero(decoys_shown(draws_of(lanes[:, 0])[:, 0], classes=classes)),
        rows=shared_rows(decoys, family=family, pool=span.pool, first=span.first, broker=door.broker),
        keys=door.broker.decoy_keys(family, numbers=range(span.count)),
        lanes=lanes,
    )


def _require_drawn(door: Door, *, family: str, count: int) -> Sequence[SharedDecoy]:
    """Draw what is missing of a family's decoys and enter it, durably, before any copy may have it."""
    with door.lock:
        missing = range(len(door.families.of(family).decoys), count)
        if missing:
            taken = door.families.taken()
            keys = door.broker.decoy_keys(family, numbers=missing)
            drawn = [_drawn(key, pools=door.policy.shared_pools, taken=taken) for key in keys]
            door.append_one(family_draft(family, drawn=drawn, written={}, broker=door.broker, entropy=door.entropy))
        return tuple(door.families.of(family).decoys[:count])


def _drawn(key: bytes, *, pools: Sequence[Pool], taken: dict[str, set[str]]) -> SharedDecoy:
    """Draw a decoy's class, and an identifier of each kind from one of its pools; what is drawn is taken."""
    below = keyed(key)
    place, identifiers = decoy_class(below(TOTAL)), {}
    for kind in sorted({pool.kind for pool in pools}):
        alike = [pool for pool in pools if pool.kind is kind]
        pool = alike[below(len(alike))]
        busy = taken.setdefault(pool.name, set())
        identifiers[pool.name] = draw_apart(pool, below=below, taken=busy)
        busy.add(identifiers[pool.name])
    return SharedDecoy(decoy_class=place, identifiers=identifiers)


def shared_values(
    door: Door,
    *,
    sharing: Sharing,
    values: pl.DataFrame,
    fields: Sequence[FieldPolicy],
    aliased: Collection[FieldName],
) -> pl.DataFrame:
    """Give the rows of the decoys in this copy, in the columns of `RowSource.values`.

    What no copy has shown yet of a decoy of the family is invented now, like the rows given, and entered before it is shown.

    Args:
        values: rows of people, as `RowSource.values` gives them. fields: the fields of the file.
        aliased: those of them in which everybody has an alias; what is given here is never shown.
    """
    others = [name for name in values.columns if name not in {f.name + given for f in fields for given in ("", GIVEN)}]
    written = _require_written(door, sharing=sharing, values=values, fields=fields, others=others)
    shown = sharing.shown.tolist()
    planted = [sharing.identifiers(number, pools=door.policy.pools()) for number in shown]
    columns: list[pl.Series] = []
    for field in fields:
        texts = [
            _ANYTHING if field.name in aliased else own.get(field.name) or written.get(_field(field), {}).get(number)
            for number, own in zip(shown, planted, strict=True)
        ]
        given = pl.Series(field.name + GIVEN, [text or None for text in texts], dtype=pl.String)
        columns += [KINDS[field.kind].canonical_column(given).alias(field.name), given]
    for name in others:
        stood = pl.Series(name, [written[_column(name)][number] or None for number in shown], dtype=pl.String)
        columns.append(stood.cast(values[name].dtype, strict=False) if _is_told(values[name]) else stood.cast(pl.Null))
    return pl.DataFrame(columns)


def _require_written(
    door: Door, *, sharing: Sharing, values: pl.DataFrame, fields: Sequence[FieldPolicy], others: Sequence[str]
) -> Mapping[str, Mapping[int, str]]:
    """Invent what is missing of the family's decoys, and what has become a real person's meanwhile; enter it, durably."""
    drawn_apart = set(sharing.fields.values())
    told = {_field(field): field for field in fields if field.name not in drawn_apart}
    with door.lock:
        family = door.families.of(sharing.family)
        columns = [*told, *map(_column, others)]
        taken = {
            column: _taken(door, field=told.get(column), written=family.written.get(column, {})) for column in columns
        }
        missing: dict[int, list[str]] = {}
        for number in range(len(sharing.decoys)):
            for column in columns:
                if number not in family.written.get(column, {}) or number in taken[column]:
                    missing.setdefault(number, []).append(column)
        if missing:
            decoys = [
                Decoy(identifiers=sharing.identifiers(number, pools=door.policy.pools()), key=sharing.keys[number])
                for number in missing
            ]
            invented = invent_like(values, fields=fields, decoys=decoys, is_known=door.is_known)
            fresh: dict[str, dict[int, str]] = {}
            for (number, lacking), (person, row) in zip(missing.items(), invented, strict=True):
                texts = {**{_field(f): person[f.name] for f in fields}, **{_column(c): _told(row[c]) for c in others}}
                for column in lacking:
                    fresh.setdefault(column, {})[number] = texts[column]
            door.append_one(
                family_draft(sharing.family, drawn=(), written=fresh, broker=door.broker, entropy=door.entropy)
            )
        return {column: dict(texts) for column, texts in door.families.of(sharing.family).written.items()}


def _taken(door: Door, *, field: FieldPolicy | None, written: Mapping[int, str]) -> frozenset[int]:
    """Give the decoys of whom what is written of a strong field has become a real person's meanwhile."""
    said = {number: text for number, text in written.items() if text}
    if field is None or not field.strong or not said:
        return frozenset()
    known = door.are_known(field, list(said.values()))
    return frozenset(number for number, is_known in zip(said, known, strict=True) if is_known)


def _field(field: FieldPolicy) -> str:
    return f"field {field.name}"


def _column(name: str) -> str:
    return f"column {name}"


def _is_told(column: pl.Series) -> bool:
    """Say whether a column's values can be kept as text; of others a decoy shows nothing."""
    return not column.dtype.is_nested() and column.dtype != pl.Binary


def _told(value: object) -> str:
    """Give what a column holds as text; nothing for what is kept as none."""
    if value is None or isinstance(value, bytes | list | dict):
        return ""
    [text] = pl.Series([value]).cast(pl.String).to_list()
    return str(text)
