"""Reading marks over a column is reading one cell at a time; what is read depends on text and forms alone."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.crypto import side_by_side
from suyuan.kinds import KINDS, NotA, fold
from suyuan.kinds.kind import FormTable
from suyuan.mark.law import uniform
from suyuan.mark.table import ERASED, read, read_columns, read_tables, table_texts, tables_of
from suyuan.release.marking import draws, show
from suyuan.terms import NOT_OBSERVED, KindName

FORMED = [name for name in KIND_NAMES if KINDS[name].slot_names]


def dressed(text: str, *, how: int) -> str:
    """Give the text in a dress that a reader looks through, or not."""
    return (text, f"  {text} ", text.upper(), text.replace(" ", "\u3000"), f"{text}\u200b", f"{text}x", "")[how % 7]


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=60)
@given(data=st.data())
def test_columns_read_what_the_scalar_reads(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    values = [
        c for text in data.draw(st.lists(texts(name), max_size=6)) if not isinstance(c := kind.canonical(text), NotA)
    ]
    tables = [kind.forms(value) for value in values]
    cells = [
        dressed(table.texts[data.draw(st.integers(0, len(table.texts) - 1))], how=data.draw(st.integers(0, 6)))
        for table in tables
    ]
    columns = read_columns(
        pl.Series(cells, dtype=pl.String), tables=kind.forms_column(pl.Series(values, dtype=pl.String))
    )
    wanted = [
        [ERASED if choice is NOT_OBSERVED else choice for choice in read(cell, table=table)]
        for cell, table in zip(cells, tables, strict=True)
    ]
    assert columns.tolist() == wanted


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=60)
@given(text=st.data(), key=st.binary(min_size=32, max_size=32))
def test_what_is_shown_reads_back_as_the_marks_of_the_key(name: KindName, text: st.DataObject, key: bytes) -> None:
    kind = KINDS[name]
    value = kind.canonical(text.draw(texts(name)))
    if isinstance(value, NotA):
        return
    table = kind.forms(value)
    shown = show(value, kind=kind, lane_key=key)
    marks = [uniform(r).choose(u) for r, u in zip(table.radices, draws(key), strict=False)]
    for dress in range(5):
        seen = read(dressed(shown, how=dress), table=table)
        if fold(dressed(shown, how=dress)) == fold(shown):
            assert seen == tuple(m if r > 1 else NOT_OBSERVED for m, r in zip(marks, table.radices, strict=True))


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_tables_written_from_recipes_are_those_that_are_built(name: KindName, data: st.DataObject) -> None:
    pytest.importorskip("numba")
    kind = KINDS[name]
    found = [kind.canonical(text) for text in data.draw(st.lists(texts(name), min_size=1, max_size=6))]
    drawn = [None if isinstance(value, NotA) else value for value in found]
    forms = [kind.forms(value).texts if value is not None else ("none",) for value in drawn]
    cells: list[str | None] = []
    choices = data.draw(st.lists(st.integers(0, 99), min_size=side_by_side.FEWEST, max_size=side_by_side.FEWEST))
    for i, choice in enumerate(choices):
        own = forms[i % len(forms)]
        # Half of them are written as they are: `dressed` has seven ways.
        cells.append(None if choice == 99 else dressed(own[choice % len(own)], how=choice % 7 if choice < 50 else 0))
    canonical = pl.Series([drawn[i % len(drawn)] for i in range(len(cells))], dtype=pl.String)
    column = pl.Series(cells, dtype=pl.String)
    built = read_tables(column, canonical=canonical, kind=kind)
    try:
        assert side_by_side.load()
        written = read_tables(column, canonical=canonical, kind=kind)
        alone = tables_of(canonical, kind=kind)
    finally:
        side_by_side.unload()
    assert written.choices.tolist() == built.choices.tolist()
    assert written.radices.tolist() == built.radices.tolist()
    for made in (built.texts, written.texts, alone, tables_of(canonical, kind=kind)):
        held = [made.data[i : i + n].tobytes() for i, n in zip(made.starts, made.sizes, strict=True)]
        assert held == table_texts(kind.forms_column(canonical)).cast(pl.Binary).to_list()


def test_a_text_that_is_no_form_is_erased_whole() -> None:
    table = FormTable(radices=(2, 1), texts=("a b", "a, b"))
    assert read("a,  b", table=table) == (1, NOT_OBSERVED)
    assert read("b a", table=table) == (NOT_OBSERVED, NOT_OBSERVED)
