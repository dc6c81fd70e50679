"""Rows that no strong identifier names, matched to a million invented persons by everything they show, against the truth.

    PYTHONPATH=src python benchmarks/weak_match.py [--people N] [--rows N]

No row has a whole key: phones are masked (35 %), one digit wrong (25 %), two swapped (10 %), missing (15 %) or another
number (15 %); IDs masked (40 %), one character wrong (15 %) or missing (45 %); names masked, mistyped, in traditional
characters, in pinyin or missing; addresses cut at some granularity, without their province, in traditional characters or
missing. Six rows in ten are about somebody of ours, the rest strangers of the same make. Prints precision, recall, F1,
CPU seconds and the candidate pairs.
"""

import argparse
import resource

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.adapters.splink.matcher import SplinkMatcher
from suyuan.simulation import invent_people, invent_strangers
from suyuan.terms import FieldName, KindName
from suyuan.trace.link import canonical_table
from suyuan.trace.matching.seen import seen_column

FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("id"): KindName.RESIDENT_ID,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}
OURS = 0.6


def residual_rows(
    count: int, *, people: pl.DataFrame, strangers: pl.DataFrame, seed: int
) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
    """Give rows as a dump shows them, and the person of each, -1 for a stranger."""
    draw = np.random.default_rng(seed)
    is_ours = draw.random(count) < OURS
    person = np.where(is_ours, draw.integers(0, people.height, count), -1)
    known = people.select(list(FIELDS))[np.where(is_ours, person, 0)]
    other = strangers.select(list(FIELDS))[draw.integers(0, strangers.height, count)]
    wrong = strangers["phone"].gather(draw.integers(0, strangers.height, count))
    columns = [
        pl.select(pl.when(pl.Series(is_ours)).then(known[name]).otherwise(other[name]).alias(name)).to_series()
        for name in FIELDS
    ]
    frame = pl.DataFrame([*columns, wrong.alias("wrong")]).with_columns(
        pl.col("phone", "wrong").str.replace_all(r"[^0-9]", "").str.replace("^86", "")
    )
    chance = {name: pl.Series(draw.random(count)) for name in FIELDS}
    place = {name: pl.Series(draw.integers(0, 2**31, count)) for name in FIELDS}
    return frame.select(
        shown_name(chance["name"], place["name"]),
        shown_phone(chance["phone"], place["phone"]),
        shown_id(chance["id"], place["id"]),
        shown_address(chance["address"], place["address"]),
    ), person


def cases(chance: pl.Series, *, of: list[tuple[float, pl.Expr | None]]) -> pl.Expr:
    """Give each row one of the cases by its chance."""
    total, chosen = 0.0, pl.when(False).then(pl.lit(None, dtype=pl.String))
    for share, value in of:
        total += share
        chosen = chosen.when(pl.lit(chance) < total).then(pl.lit(None, dtype=pl.String) if value is None else value)
    return chosen.otherwise(pl.lit(None, dtype=pl.String))


def replaced(value: pl.Expr, *, at: pl.Expr, by: pl.Expr) -> pl.Expr:
    return value.str.slice(0, at) + by + value.str.slice(at + 1)


def one_wrong(value: pl.Expr, place: pl.Series, *, size: int) -> pl.Expr:
    """Give a number with one digit replaced by another."""
    at = pl.lit(place) % size
    digit = value.str.slice(at, 1).cast(pl.Int64, strict=False).fill_null(0)
    return replaced(value, at=at, by=((digit + 1 + pl.lit(place) // 64 % 9) % 10).cast(pl.String))


def swapped(value: pl.Expr, place: pl.Series, *, size: int) -> pl.Expr:
    """Give a number with two neighbouring digits swapped."""
    at = pl.lit(place) % (size - 1)
    return value.str.slice(0, at) + value.str.slice(at + 1, 1) + value.str.slice(at, 1) + value.str.slice(at + 2)


def shown_phone(chance: pl.Series, place: pl.Series) -> pl.Expr:
    value = pl.col("phone")
    masked = value.str.slice(0, 3) + "****" + value.str.slice(7)
    return cases(chance, of=[
        (0.35, masked), (0.25, one_wrong(value, place, size=11)), (0.10, swapped(value, place, size=11)), (0.15, None), (0.15, pl.col("wrong")),
    ]).alias("phone")  # fmt: skip


def shown_id(chance: pl.Series, place: pl.Series) -> pl.Expr:
    value = pl.col("id")
    masked = value.str.slice(0, 6) + "********" + value.str.slice(14)
    return cases(chance, of=[(0.40, masked), (0.15, one_wrong(value, place, size=17)), (0.45, None)]).alias("id")


def shown_name(chance: pl.Series, place: pl.Series) -> pl.Expr:
    import opencc

    value = pl.col("name")
    convert = opencc.OpenCC("s2t").convert
    masked = value.str.slice(0, 1) + pl.lit("*").repeat_by(value.str.len_chars() - 1).list.join("")
    common = pl.lit("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平").str.slice(pl.lit(place) % 20, 1)
    typo = replaced(value, at=1 + pl.lit(place) % (value.str.len_chars() - 1), by=common)
    sound = value.map_batches(lambda names: _sounds(names), return_dtype=pl.String)
    traditional = value.map_batches(
        lambda names: pl.Series(convert("\n".join(names.fill_null("").to_list())).split("\n")), return_dtype=pl.String
    )
    return cases(
        chance, of=[(0.60, value), (0.15, masked), (0.08, typo), (0.04, traditional), (0.04, sound), (0.09, None)]
    ).alias("name")


def _sounds(names: pl.Series) -> pl.Series:
    from suyuan.adapters.splink.spelling import sounds

    return sounds(names)


def shown_address(chance: pl.Series, place: pl.Series) -> pl.Expr:
    value = pl.col("address")
    size = value.str.len_chars()
    cut = value.str.slice(0, size - 3 - pl.lit(place) % (size // 2))
    return cases(chance, of=[
        (0.45, value), (0.25, cut), (0.15, value.str.replace(r"^[\p{Han}]{2,8}?(?:省|自治区)", "")), (0.15, None),
    ]).alias("address")  # fmt: skip


def world(*, people: int, rows: int) -> tuple[pl.DataFrame, pl.DataFrame, npt.NDArray[np.int64]]:
    """Give residual rows as a matcher gets them, the persons' canonical values, and the truth."""
    known, strangers = (
        table.rename({"id_number": "id"})
        for table in (
            invent_people(people, seed=1, share_western=0.0),
            invent_strangers(rows, seed=2, share_western=0.0),
        )
    )
    shown, truth = residual_rows(rows, people=known, strangers=strangers, seed=3)
    seen = [seen_column(shown[name], kind=kind).alias(name) for name, kind in FIELDS.items()]
    residual = pl.DataFrame([pl.int_range(rows, eager=True, dtype=pl.UInt64).alias("row"), *seen])
    table = (
        canonical_table(known.select(list(FIELDS)), kinds=FIELDS).with_row_index("person").cast({"person": pl.Int64})
    )
    return residual, table, truth


def main() -> None:
    from measured import machine

    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--people", type=int, default=1_000_000)
    given.add_argument("--rows", type=int, default=100_000)
    asked = given.parse_args()
    residual, table, truth = world(people=asked.people, rows=asked.rows)
    print(machine())
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = SplinkMatcher(kinds=FIELDS).match(residual, people=table)
    after = resource.getrusage(resource.RUSAGE_SELF)
    right = int((truth[found["row"].to_numpy().astype(np.int64)] == found["person"].to_numpy()).sum())
    precision, recall = right / max(found.height, 1), right / int((truth >= 0).sum())
    print(
        f"{asked.rows:,} rows, {int((truth >= 0).sum()):,} about one of {asked.people:,} persons: {found.height:,} links"
    )
    print(
        f"precision {precision:.4f}  recall {recall:.4f}  F1 {2 * precision * recall / max(precision + recall, 1e-9):.4f}"
    )
    print(f"the matcher's own word: {1 - found['probability'].mean():.5f} wrong" if found.height else "no link")
    print(
        f"CPU s {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f}  peak {after.ru_maxrss / 1e6:.2f} GB"
    )


if __name__ == "__main__":
    main()
