"""Whom the rows that no identifier names may be about: persons who share what the store declares to be searched by.

A part's token finds a bucket of persons and opens nothing, so the buckets are compared first, and only who shares enough
with some row is unsealed. The least bucket that a search by hand asks for (`search_minimum`) does not hold here: nobody
is shown what is found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.parts import LAST4, part_column, part_tokenizer, stored_part
from suyuan.hold.ports import Numbers, PeopleStore
from suyuan.terms import FieldName

UNSEALED_AT_MOST: Final = 100_000
"""Persons whose records one trace unseals without being told that it may."""

PERSONS_PER_PAIR: Final = 60
"""Two parts together that more persons have tell too little: the matcher looks at no more either."""

PERSONS_PER_PART: Final = 5
"""One part alone that more persons have tells too little of a row that shows others too."""

PERSONS_PER_ONLY_PART: Final = 200
"""And of a row that shows no other. The last four digits of a million persons' numbers are shared by a hundred each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Finds candidates by the parts that fields declare (`search`)."""

    people: PeopleStore
    broker: KeyBroker
    fields: Mapping[FieldName, FieldPolicy]

    def persons(self, residual: pl.DataFrame, *, linked: Numbers, at_most: int) -> Numbers:
        """Give the persons, ascending, whose records are to be unsealed for these rows.

        1. Where rows show a declared part: who shares two of them with some row, or one that few have. Rows that show
           none stay strangers.
        2. Where no row does: everybody who was not linked.

        Args:
            residual: `row` and a column per field, as `trace.link.residual_table` gives it.
            linked: persons that identifiers named already; they are left out.
            at_most: more persons than this are not unsealed.
        Raises: RefusedError `trace.unsealed`: more would have to be.
        """
        shown = self._shown(residual)
        everybody = np.setdiff1d(self.people.all_persons(), linked)
        chosen = np.intersect1d(self._sharing(shown), everybody) if shown.width else everybody
        if len(chosen) > at_most:
            raise _too_many(len(chosen), rows=residual.height, at_most=at_most, is_blocked=shown.width > 0)
        return chosen

    def _shown(self, residual: pl.DataFrame) -> pl.DataFrame:
        """Give the tokens of the declared parts that some row shows, one UInt64 column each, named field and part."""
        columns = []
        for field, part in self._declared(residual.columns):
            seen = part_column(residual[field.name], part=part)
            hidden = pl.DataFrame({"part": seen}).select(
                pl.when(~pl.col("part").str.contains("*", literal=True)).then("part")
            )
            tokens = part_tokenizer(self.broker, field=field, part=part).column(hidden.to_series())
            if tokens.null_count() < len(tokens):
                columns.append(tokens.alias(_name(field.name, part=part)))
        return pl.DataFrame(columns).unique()

    def _declared(self, columns: Sequence[str]) -> list[tuple[FieldPolicy, str]]:
        """Give the declared parts of the fields at hand, those of which a bucket is small first."""
        found = [(f, part) for f in self.fields.values() if f.name in columns for part in f.search]
        return sorted(found, key=lambda one: one[1] != LAST4)

    def _sharing(self, shown: pl.DataFrame) -> Numbers:
        """Give the persons who share enough with some row."""
        narrow = {name: self._owners(name, tokens=shown[name]) for name in shown.columns if _part_of(name) == LAST4}
        met = [self._of_one_part(shown, name=name, narrow=narrow) for name in shown.columns]
        for place, name in enumerate(shown.columns):
            for other in shown.columns[:place]:
                if other in narrow:
                    met.append(self._of_two_parts(shown, first=other, second=name, narrow=narrow))
        return np.unique(np.concatenate(met))

    def _of_one_part(self, shown: pl.DataFrame, *, name: str, narrow: Mapping[str, pl.DataFrame]) -> Numbers:
        """Give the persons of a part's small buckets."""
        alone = shown.filter(pl.sum_horizontal(pl.all().is_not_null()) == 1)[name].drop_nulls().unique()
        if name not in narrow:
            return self._owners(name, tokens=alone, most=PERSONS_PER_ONLY_PART)["person"].to_numpy()
        owners = narrow[name].with_columns(pl.len().over(name).alias("size"))
        is_small = pl.col("size") <= pl.when(pl.col(name).is_in(alone.implode())).then(PERSONS_PER_ONLY_PART).otherwise(
            PERSONS_PER_PART
        )
        return owners.filter(is_small)["person"].to_numpy()

    def _of_two_parts(
        self, shown: pl.DataFrame, *, first: str, second: str, narrow: Mapping[str, pl.DataFrame]
    ) -> Numbers:
        """Give the persons who share both parts with one row, where that is not many."""
        wanted = shown.select(first, second).drop_nulls().unique()
        owners = narrow[first].join(wanted, on=first, how="semi")
        others = narrow.get(second)
        if others is None:
            others = self._tokens(second, persons=owners["person"].unique().to_numpy())
        both = owners.join(others, on="person", how="inner").join(wanted, on=[first, second], how="semi")
        few = both.filter(pl.len().over(first, second) <= PERSONS_PER_PAIR)
        return few["person"].to_numpy()

    def _owners(self, name: str, *, tokens: pl.Series, most: int | None = None) -> pl.DataFrame:
        field, part = name.split("\0")
        found, persons = self.people.part_owners(
            FieldName(field), part=self._stored(part), tokens=tokens.drop_nulls().unique().to_numpy(), most=most
        )
        return pl.DataFrame({name: found, "person": persons})

    def _tokens(self, name: str, *, persons: Numbers) -> pl.DataFrame:
        field, part = name.split("\0")
        found, owners = self.people.part_tokens(FieldName(field), part=self._stored(part), persons=persons)
        return pl.DataFrame({name: found, "person": owners})

    def _stored(self, part: str) -> str:
        return stored_part(part, generation=self.broker.token_state.active)


def _name(field: FieldName, *, part: str) -> str:
    return f"{field}\0{part}"


def _part_of(name: str) -> str:
    return name.split("\0")[1]


def _too_many(count: int, *, rows: int, at_most: int, is_blocked: bool) -> RefusedError:
    narrower = "" if is_blocked else 'declare parts to search by (`search = ["last4"]` in policy/fields.toml), or '
    return RefusedError(
        f"to match {rows:,} rows that no identifier names, the records of {count:,} persons would be unsealed; "
        f"at most {at_most:,} are",
        code="trace.unsealed",
        hint=f"{narrower}use --exact-only, or --customers FILE, or allow it by --unseal-at-most {count}",
    )
