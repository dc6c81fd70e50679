"""What a person's rows in a dump say, as an opening commits to it: canonical JSON, made for all persons at once or for a few.

Test: tests/unit/trace/test_entries.py holds both roads equal.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from suyuan.crypto import canonical
from suyuan.terms import FieldName
from suyuan.trace.dump import ROW
from suyuan.trace.naming.copies import Whole

Cells = tuple[tuple[int, Mapping[str, str]], ...]
"""Rows of one person, ascending, each with the texts of its fields; empty ones are left out."""

_ESCAPED = r'[\x00-\x1f"\\]'
"""What JSON writes otherwise than it is."""


def payload_of(cells: Cells) -> bytes:
    """Give what the commitment to one person's cells is to."""
    return canonical.encode_plain([[row, dict(text)] for row, text in cells])


def cells_of(rows: pl.DataFrame, *, channels: Sequence[FieldName], persons: Whole) -> list[Cells]:
    """Give the cells of some persons, who are ascending and distinct."""
    place, known = _places(rows, persons=persons)
    names = [str(name) for name in channels]
    found: list[list[tuple[int, Mapping[str, str]]]] = [[] for _ in persons]
    for at, (row, *texts) in zip(place.tolist(), rows[known].select(ROW, *names).iter_rows(), strict=True):
        found[at].append((row, {name: text for name, text in zip(names, texts, strict=True) if text}))
    return [tuple(sorted(cells, key=lambda cell: cell[0])) for cells in found]


def lines_of_persons(
    rows: pl.DataFrame, *, channels: Sequence[FieldName], persons: Whole, invented: Mapping[int, Cells]
) -> tuple[pl.Series, pl.Series]:
    """Give `payload_of` of every person, and her rows' numbers with commas between; the columnar twin of `cells_of`.

    Args:
        persons: ascending and distinct.
        invented: the cells of those among them who are no persons, and have no row of their own.
    """
    place, known = _places(rows, persons=persons)
    mine = rows[known]
    order = np.lexsort((mine[ROW].to_numpy(), place))
    lines = joined(_lines(mine, channels=channels).gather(order), owner=place[order])
    numbers = joined(mine[ROW].cast(pl.String).gather(order), owner=place[order])
    blank = pl.DataFrame({"owner": np.arange(len(persons))})
    whole = blank.join(lines, on="owner", how="left", maintain_order="left")["text"].fill_null("")
    listed = blank.join(numbers, on="owner", how="left", maintain_order="left")["text"].fill_null("")
    for person, cells in invented.items():
        at = int(np.searchsorted(persons, person))
        if at < len(persons) and persons[at] == person:
            whole[at] = payload_of(cells).decode()[1:-1]
            listed[at] = ",".join(str(row) for row, _ in cells)
    return pl.select(pl.concat_str(pl.lit("["), whole, pl.lit("]"))).to_series(), listed


def joined(texts: pl.Series, *, owner: Whole) -> pl.DataFrame:
    """Give the texts of each owner with commas between, by `owner`; the owners ascend."""
    held = pl.DataFrame({"owner": owner, "text": texts})
    if len(owner) < 2 or bool((np.diff(owner) > 0).all()):
        return held
    return held.group_by("owner", maintain_order=True).agg(pl.col("text").str.join(","))


def _lines(rows: pl.DataFrame, *, channels: Sequence[FieldName]) -> pl.Series:
    """Give the canonical JSON of every row: `[number,{"field":"text",...}]`."""
    names = sorted(str(name) for name in channels)
    shown = [
        pl.when(pl.col(name) != "").then(
            pl.concat_str(pl.lit(canonical.encode_plain(name).decode() + ':"'), pl.col(name), pl.lit('"'))
        )
        for name in names
    ]
    body = pl.concat_str(shown, separator=",", ignore_nulls=True) if shown else pl.lit("")
    lines = rows.select(pl.concat_str(pl.lit("["), pl.col(ROW), pl.lit(",{"), body, pl.lit("}]")).alias("line"))["line"]
    odd = rows.select(pl.any_horizontal(pl.lit(False), *(pl.col(n).str.contains(_ESCAPED) for n in names)).alias("odd"))
    for at in np.flatnonzero(odd["odd"].fill_null(False).to_numpy()).tolist():
        row, *texts = rows.select(ROW, *names).row(at)
        written = {name: text for name, text in zip(names, texts, strict=True) if text}
        lines[at] = canonical.encode_plain([row, written]).decode()
    return lines


def _places(rows: pl.DataFrame, *, persons: Whole) -> tuple[Whole, Whole]:
    """Give where the person of each row of theirs stands, and which rows those are."""
    if not len(persons):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    owner = rows["person"].to_numpy()
    place = np.minimum(np.searchsorted(persons, owner), len(persons) - 1)
    known = np.flatnonzero(persons[place] == owner)
    return place[known], known
