"""Exclusion (grade X): persons of a dump whom a recipient cannot have leaked as the dump shows them.

It excludes a recipient as the **sole** source of the dump, and clears nobody of having contributed to it.
"""

from typing import Final

import polars as pl

SPANS: Final = pl.Schema({"person": pl.Int64(), "since": pl.Int64(), "until": pl.Int64()})
"""When a value that the dump shows of a person was hers, in milliseconds; `until` null: it still is."""

FIELDS: Final = pl.Schema({"person": pl.Int64(), "field": pl.String()})
"""Which fields the dump shows of a person."""

UNKNOWN: Final = "*"
"""In a look-up's `fields`: what it showed is not known, so nothing follows from it."""

CONTRADICTIONS: Final = pl.Schema(
    {"kind": pl.String(), "id": pl.String(), "superseded": pl.Int64(), "later": pl.Int64(), "never_held": pl.Int64()}
)

_WHO: Final = ("kind", "id")


def contradictions(lookups: pl.DataFrame, *, spans: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Count, for each recipient, the persons that contradict it as the source.

    Args:
        lookups: `gather.LOOKUPS` of the linked persons before the dump was opened. spans: `SPANS`. fields: `FIELDS`.
    Returns: `CONTRADICTIONS`, recipients with at least one. `superseded`: a value that was replaced before it first looked.
        `later`: a value that was written after it last looked; look-ups of a legacy log say nothing here, because a value
        that was in the store from its first day is as old as it likes. `never_held`: a field that none of its look-ups showed.
    """
    seen = lookups.group_by(*_WHO, "person").agg(
        pl.col("at_ms").min().alias("first"), pl.col("at_ms").max().alias("last"), pl.col("legacy").any()
    )
    told = seen.join(spans.cast(SPANS), on="person", how="inner")
    superseded = _persons(told.filter(pl.col("until") <= pl.col("first")), name="superseded")
    later = _persons(told.filter(~pl.col("legacy") & (pl.col("since") > pl.col("last"))), name="later")
    never = _persons(_never_held(lookups, fields=fields.cast(FIELDS)), name="never_held")
    whole = superseded.join(later, on=_WHO, how="full", coalesce=True).join(never, on=_WHO, how="full", coalesce=True)
    return whole.with_columns(pl.col("superseded", "later", "never_held").fill_null(0)).cast(CONTRADICTIONS).sort(_WHO)


def _never_held(lookups: pl.DataFrame, *, fields: pl.DataFrame) -> pl.DataFrame:
    """Give recipient and person where the dump shows a field that none of the recipient's look-ups of her did."""
    pairs = lookups.select(*_WHO, "person", "fields").unique()
    unknown = pairs.filter(pl.col("fields") == UNKNOWN).select(*_WHO, "person")
    held = pairs.with_columns(pl.col("fields").str.split("\0").alias("field")).explode("field").drop("fields")
    shown = pairs.select(*_WHO, "person").unique().join(fields, on="person", how="inner")
    missing = shown.join(held, on=[*_WHO, "person", "field"], how="anti")
    return missing.join(unknown, on=[*_WHO, "person"], how="anti")


def _persons(found: pl.DataFrame, *, name: str) -> pl.DataFrame:
    return found.group_by(_WHO).agg(pl.col("person").n_unique().cast(pl.Int64).alias(name))
