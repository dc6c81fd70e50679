"""Plant decoys and aliases in a bulk release: identifiers of the platform's own, drawn by row keys."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.crypto.commit import digest
from suyuan.kinds import KINDS, NOT_A, Kind, NotA
from suyuan.mark.decoy import fresh_digits, invent
from suyuan.mark.pool import Pool, draw_member
from suyuan.release.manifest import Planted
from suyuan.release.marking import show
from suyuan.terms import Entropy, FieldName

DECOY, ALIAS = "decoy", "alias"
_DONORS = 64
_ATTEMPTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """One invented person of a release: her planted identifiers by field, and the key of all else."""

    identifiers: Mapping[FieldName, str]
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """What was planted: aliases first, then decoys, in manifest order."""

    all: tuple[Planted, ...]
    aliases: tuple[Planted, ...]
    decoys: tuple[Decoy, ...]
    alias_fields: tuple[FieldName, ...]

    def alias_column(self, field: FieldName, *, rows: Sequence[int]) -> pl.Series:
        """Give the aliases that stand for one field in these rows of the manifest."""
        place, width = self.alias_fields.index(field), len(self.alias_fields)
        return pl.Series([self.aliases[row * width + place].identifier for row in rows], dtype=pl.String)

    def positions(self, *, rows: int) -> list[int]:
        """Give the row before which each decoy stands in the file, drawn by its key."""
        return [int.from_bytes(decoy.key[24:], "big") % rows for decoy in self.decoys]


def plant(
    keys: npt.NDArray[np.uint8],
    *,
    first_row: int,
    aliases: Mapping[FieldName, Pool],
    rows: int,
    shared: int,
    decoys: int,
    pools: Mapping[FieldName, Pool],
    taken: Mapping[str, Set[int]],
    entropy: Entropy,
) -> Planting:
    """Draw every alias and decoy identifier of a release from its row keys.

    Args:
        keys: lane keys of the planted rows, shape (planted, lanes, 32); lane 0 draws the identifier.
        first_row: the manifest row (and ordinal) of the first planted row.
        aliases: field -> pool; each row of people gets one identifier per field, and so does each shared decoy behind them.
        decoys: how many invented persons; each has one identifier per field of `pools`.
        taken: identifiers in use, by pool.
    Raises: RefusedError: a pool is more than half used.
    """
    used = {name: set(indexes) for name, indexes in taken.items()}
    salts = entropy.draw(32 * len(keys))
    drawn: list[Planted] = []

    def draw(pool: Pool, *, use: str, at: int) -> Planted:
        place = len(drawn)
        busy = used.setdefault(pool.name, set())
        attempt, index = draw_member(pool, lane_key=keys[place, 0].tobytes(), taken=busy)
        busy.add(index)
        planted = Planted(
            row=first_row + place, ordinal=first_row + place, pool=pool.name, index=index, attempt=attempt,
            identifier=pool.member(index), use=use, at=at, salt=salts[32 * place : 32 * place + 32],
        )  # fmt: skip
        drawn.append(planted)
        return planted

    whose = [*range(rows), *[-1] * shared]
    bound = [draw(pool, use=ALIAS, at=row) for row in whose for pool in aliases.values()]
    invented = tuple(
        Decoy(
            identifiers={field: draw(pool, use=DECOY, at=-1).identifier for field, pool in pools.items()},
            key=entropy.draw(32),
        )
        for _ in range(decoys)
    )
    return Planting(all=tuple(drawn), aliases=tuple(bound), decoys=invented, alias_fields=tuple(aliases))


def _written(value: str, *, kind: Kind, key: bytes) -> str | None:
    """Give a decoy's value in one of its forms, as the rows around it are written in one of theirs."""
    canonical = kind.canonical(value) if value else NOT_A
    if isinstance(canonical, NotA):
        return value or None
    return show(canonical, kind=kind, lane_key=digest(key + b"form" + kind.name.encode()))


def _nobody(
    donors: Sequence[Mapping[FieldName, str]],
    *,
    fields: Sequence[FieldPolicy],
    decoy: Decoy,
    is_known: Callable[[FieldPolicy, str], bool],
) -> dict[FieldName, str]:
    """Invent a decoy's fields until no identifier is a real person's; one that stays taken is left empty."""
    kinds = {field.name: field.kind for field in fields}
    drawn = [field for field in fields if field.strong and field.name not in decoy.identifiers]
    person: dict[FieldName, str] = {}
    for attempt in range(_ATTEMPTS):
        key = digest(decoy.key + attempt.to_bytes(1, "big"))
        person = invent(donors, kinds=kinds, planted=decoy.identifiers, key=key)
        if not any(person[field.name] and is_known(field, person[field.name]) for field in drawn):
            return person
    return {name: "" if any(f.name == name for f in drawn) else value for name, value in person.items()}


def _unlike(row: Mapping[str, object], *, values: pl.DataFrame, key: bytes) -> dict[str, object]:
    """Give a real row's other columns, where a value that tells rows apart is drawn anew and not shown twice."""
    apart = {c for c in values.columns if values[c].dtype == pl.String and values[c].n_unique() > values.height // 2}
    return {
        column: fresh_digits(value, key=key + column.encode()) if column in apart and isinstance(value, str) else value
        for column, value in row.items()
    }


def decoy_rows(
    values: pl.DataFrame,
    *,
    fields: Mapping[str, FieldPolicy],
    planting: Planting,
    which: Sequence[int],
    is_known: Callable[[FieldPolicy, str], bool],
) -> pl.DataFrame:
    """Give the decoys' rows with the columns of the output; columns outside the register copy a real row's.

    Args:
        values: rows around them, as `RowSource.values` gives; a few of them lend their shapes.
        which: positions in `planting.decoys`.
        is_known: whether an identifier is a real person's; a decoy never gets one.
    """
    if not which:
        return pl.DataFrame()
    decoys = [planting.decoys[place] for place in which]
    invented = invent_like(values, fields=tuple(fields.values()), decoys=decoys, is_known=is_known)
    rows = [
        {**others, **{c: _written(person[f.name], kind=KINDS[f.kind], key=decoy.key) for c, f in fields.items()}}
        for decoy, (person, others) in zip(decoys, invented, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(fields, pl.String), infer_schema_length=None)


def invent_like(
    values: pl.DataFrame,
    *,
    fields: Sequence[FieldPolicy],
    decoys: Sequence[Decoy],
    is_known: Callable[[FieldPolicy, str], bool],
) -> list[tuple[dict[FieldName, str], dict[str, object]]]:
    """Give each decoy's fields, canonical, and her other columns, like the rows that are given.

    Args:
        values, is_known: as in `decoy_rows`.
    """
    lenders = values.sample(n=min(_DONORS, values.height), seed=values.height)
    donors = [
        {FieldName(name): text for name, text in row.items() if isinstance(text, str)}
        for row in lenders.select([field.name for field in fields]).iter_rows(named=True)
    ]
    return [
        (
            _nobody(donors, fields=fields, decoy=decoy, is_known=is_known),
            _unlike(lenders.row(decoy.key[0] % lenders.height, named=True), values=values, key=decoy.key),
        )
        for decoy in decoys
    ]
