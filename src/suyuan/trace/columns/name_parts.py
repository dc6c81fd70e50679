"""A given name and a surname in columns of their own: together they are one name, apart they are nobody's."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import SampledColumn
from suyuan.trace.columns.headers import SURE, name_in_two, plain_name

WORD: Final = r"^[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'’-]*$"
"""One capitalised word, as a given name or a surname alone is."""

WORDS_AT_LEAST: Final = 8
"""Different words in each of the two columns: fewer are states of something."""

FREE: Final = 2
"""How many times as many pairs as words there must be: a town goes with one province, a given name with any surname."""


def name_columns(
    sampled: Sequence[SampledColumn], *, fields: Mapping[FieldName, KindName], chosen: frozenset[int]
) -> tuple[int, int] | None:
    """Give the columns of given name and surname, by the header or, where nothing is named, by what two neighbours hold.

    Args:
        sampled: the columns of the file, in its order. chosen: those whose field the caller has told.
    Returns: None too where a field of the caller's is called like one of the two.
    """
    names = [column.name for column in sampled]
    own = {plain_name(field) for field in fields}
    if KindName.PERSON_NAME not in fields.values():
        return None
    two = name_in_two(names) if any(names) else _by_content(sampled)
    if two is None or chosen & set(two) or any(plain_name(names[place]) in own for place in two):
        return None
    return two


def has_name_in_two(
    table: Sequence[pl.Series], *, header: Sequence[str] | None, fields: Mapping[FieldName, KindName]
) -> bool:
    """Say whether a table, given as its columns, has names in two columns."""
    names = [*(header or ()), *[""] * len(table)]
    sampled = [SampledColumn(index=place, name=names[place].strip(), cells=cells) for place, cells in enumerate(table)]
    return name_columns(sampled, fields=fields, chosen=frozenset()) is not None


def _by_content(sampled: Sequence[SampledColumn]) -> tuple[int, int] | None:
    words = [_is_of_words(column.cells) for column in sampled]
    for place in range(len(sampled) - 1):
        first, second = sampled[place].cells, sampled[place + 1].cells
        if words[place] and words[place + 1]:
            pairs = pl.select(first + " " + second).to_series().n_unique()
            if pairs >= FREE * max(first.n_unique(), second.n_unique()):
                return place, place + 1
    return None


def _is_of_words(cells: pl.Series) -> bool:
    filled = cells.filter(cells != "")
    fit = int(filled.str.contains(WORD).sum())
    return fit > 0 and fit >= SURE * len(cells) and filled.n_unique() >= WORDS_AT_LEAST


def joined_names(given: pl.Series, surname: pl.Series) -> pl.Series:
    """Give whole names: a Han surname stands before, any other behind."""
    table = pl.DataFrame({"given": given.str.strip_chars(), "surname": surname.str.strip_chars()})
    first, last = pl.col("given"), pl.col("surname")
    is_han = last.str.contains(rf"^[{HAN}]+$") & first.str.contains(rf"^[{HAN}]*$")
    whole = pl.when(is_han).then(last + first).otherwise(first + " " + last)
    return table.select(whole.str.strip_chars().alias("name")).to_series()
