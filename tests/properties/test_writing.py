"""A page written at once is the page written row by row, and what cannot be written at once is left to that road."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kind_values import texts

from suyuan.crypto import canonical
from suyuan.crypto.aead_table import bounds_of
from suyuan.hold.opened import Opened
from suyuan.hold.seal import RECIPES
from suyuan.kinds import KINDS, NotA
from suyuan.release import writing, writing_kernel
from suyuan.release.masks import BUILT_IN, WAYBILL
from suyuan.release.rendering import Step, render_rows
from suyuan.terms import FieldName, KindName

pytest.importorskip("numba")

MARKED = (KindName.POSTAL_ADDRESS, KindName.PERSON_NAME, KindName.PHONE)
SLOWLY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> Iterator[None]:
    assert writing.load()
    yield
    writing.unload()


@dataclass(frozen=True)
class Page:
    """Records as they are kept, their values, and the draws of their rows."""

    opened: Opened
    values: list[dict[FieldName, str]]
    draws: np.ndarray


def steps(*, masked: bool = False) -> tuple[Step, ...]:
    found = [Step(name=FieldName(kind.value), kind=KINDS[kind], mask=None, lane=i) for i, kind in enumerate(MARKED)]
    found.append(Step(name=FieldName("note"), kind=KINDS[KindName.TEXT], mask=None, lane=None))
    if masked:
        found[2] = found[2]._replace(mask=BUILT_IN[WAYBILL], lane=None)
    return tuple(found)


def kept(values: dict[FieldName, str], *, how: str) -> bytes:
    """Give a record as it is sealed; as an older version would have, or one of a kind that has changed since."""
    recipes = {}
    for kind in MARKED:
        if (name := FieldName(kind.value)) in values:
            recipe = KINDS[kind].forms_column(pl.Series([values[name]])).recipes[0]
            if recipe is not None:
                recipes[name] = ("9" if how == "other" else str(KINDS[kind].version)) + recipe
    return canonical.encode_plain(values if how == "old" else {**values, RECIPES: recipes})


def opened(texts: list[bytes]) -> Opened:
    return Opened(np.frombuffer(b"".join(texts), np.uint8), bounds=bounds_of(texts))


@st.composite
def pages(draw: st.DrawFn) -> Page:
    values, records = [], []
    for _ in range(draw(st.integers(1, 6))):
        row = {}
        for kind in MARKED:
            text = KINDS[kind].canonical(draw(texts(kind)))
            if not isinstance(text, NotA):
                row[FieldName(kind.value)] = str(text)
        if draw(st.booleans()):
            row[FieldName("note")] = draw(st.sampled_from(["gate 4", "门口", 'a "quoted" word', "back\\slash", ""]))
        values.append(row)
        records.append(kept(row, how=draw(st.sampled_from(["new", "new", "new", "old", "other"]))))
    seed = draw(st.integers(0, 2**32))
    draws = np.random.default_rng(seed).integers(0, 65_536, (len(values), len(MARKED), 4), dtype=np.uint16)
    return Page(opened(records), values, draws)


@SLOWLY
@given(page=pages(), masked=st.booleans())
def test_a_page_at_once_is_its_rows(page: Page, masked: bool) -> None:
    shown = steps(masked=masked)
    expected = render_rows(page.values, steps=shown, draws=page.draws.tolist())
    assert writing.write_rows(page.opened, steps=shown, draws=page.draws) == expected


@SLOWLY
@given(page=pages(), at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_the_kernel_stays_inside_whatever_the_bytes_say(page: Page, at: int, byte: int, cut: bool) -> None:
    record = bytearray(page.opened.text(0))
    at %= len(record)
    record[at] = byte
    broken = bytes(record[:at]) if cut else bytes(record)
    data = np.frombuffer(broken, np.uint8)
    names = sorted(step.name.encode() for step in steps())
    bounds = np.cumsum([0, *map(len, names)])
    out, ends = np.zeros(len(broken) + 32, np.uint8), np.zeros(1, np.int64)
    # Interpreted, every index is checked.
    writing_kernel.write.py_func(  # type: ignore[attr-defined]
        data, np.array([0, len(broken)]), np.frombuffer(b"".join(names), np.uint8), bounds,
        np.frombuffer(b"1111", np.uint8), np.array([-1, 1, 2, 0]), page.draws[:1], out, ends,
    )  # fmt: skip
    assert 0 <= ends[0] <= len(out)


def test_records_with_recipes_are_written_without_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {FieldName(KindName.PHONE.value): "+8617012345678", FieldName(KindName.PERSON_NAME.value): "John Doe"}
    page = opened([kept(values, how="new")])
    monkeypatch.setattr(Opened, "values", None)
    told, _ = writing.write_rows(page, steps=steps(), draws=np.full((1, 3, 4), 65_535, np.uint16))
    assert told == [{"person_name": "Doe, John", "phone": "+86 170-1234-5678"}]


def test_opened_records_print_without_their_contents() -> None:
    assert repr(opened([b'{"name":"x"}'])) == "<1 opened records>"
    with pytest.raises(TypeError, match="do not serialise"):
        opened([]).__reduce_ex__(2)
