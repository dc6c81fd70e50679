"""What kernels read in a cell is what its kind reads: over random text, and over dirty values as dumps have them."""

import random
from typing import Final

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from tests.kind_values import PHONES
from tests.resident_ids import with_check

from suyuan.crypto.token import Tokenizer
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.matching import reading
from suyuan.trace.matching.reading import PADDING, READABLE, Cells, column_cells, read_cells, read_plainly

TOKENIZERS: Final = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in READABLE}
ROWS: Final = 200_000

CHARACTERS: Final = "0123456789+-.()/ '\"=`xX*@abzT:_\t\u3000\uff10\uff19\uff0b\uff38\u200b\u2018无<>~锛怉恷怷乣"
"""The last five are, as bytes of GB18030, the beginning of a full-width digit of UTF-8, and end with A, |, X and a grave accent."""
DIRT: Final = (
    "",
    " ",
    "  ",
    "'",
    '"',
    "=",
    "`",
    "+86",
    "86-",
    "0086",
    "+86 ",
    "(+86)",
    "86",
    "0",
    "00",
    "tel:",
    ".0",
    "-",
    "+",
    "x",
)


def both(values: list[str], *, kind: KindName) -> None:
    """Require that both roads give every value the same token, or none."""
    column, tokenizer = pl.Series(values, dtype=pl.String), TOKENIZERS[kind]
    fast, chinese, plain = (
        dict(zip(read.rows.tolist(), read.tokens.tolist(), strict=True))
        for read in (
            read_cells(column_cells(column), kind=kind, tokenizer=tokenizer),
            read_cells(chinese_cells(column), kind=kind, tokenizer=tokenizer),
            read_plainly(column, kind=kind, tokenizer=tokenizer),
        )
    )
    for found in (fast, chinese):
        wrong = [place for place in range(len(values)) if found.get(place) != plain.get(place)]
        assert not wrong, [values[place] for place in wrong[:5]]


def chinese_cells(column: pl.Series) -> Cells:
    """The cells as they stand in a file of GB18030."""
    encoded = [value.encode("gb18030") for value in column.to_list()]
    ends = np.cumsum([len(cell) for cell in encoded])
    data = np.frombuffer(b"".join(encoded) + bytes(PADDING), dtype=np.uint8)
    starts = np.append(0, ends[:-1])
    return Cells(data=data, starts=starts, ends=ends, codec="gb18030", text=lambda rows: column.gather(rows))


@pytest.mark.parametrize("kind", sorted(READABLE))
@given(values=st.lists(st.text(CHARACTERS, max_size=26) | PHONES, min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_random_text(kind: KindName, values: list[str]) -> None:
    both(values, kind=kind)


def widened(value: str, *, draw: random.Random) -> str:
    return value.translate({0x30 + digit: 0xFF10 + digit for digit in range(10)}) if draw.random() < 0.1 else value


def phone(draw: random.Random) -> str:
    """A number as dumps spell it: mostly mobile, some cut short or too long, some of other kinds."""
    body = draw.choice(("1",) * 9 + ("0", "2")) + "".join(
        draw.choices("0123456789", k=draw.choice((10,) * 8 + (8, 9, 11, 7)))
    )
    if draw.random() < 0.3:
        mark = draw.choice(" -./")
        body = mark.join((body[:3], body[3:7], body[7:]))
    if draw.random() < 0.05:
        body = body[:3] + "****" + body[7:]
    return draw.choice(DIRT) + widened(body, draw=draw) + draw.choice(("", "", "", ".0", " ", "'", ".", ".5", ".00"))


def resident_id(draw: random.Random) -> str:
    """An ID of eighteen or fifteen digits, most with the right check digit and a day that is one."""
    month, day = draw.randint(0, 13), draw.randint(0, 32)
    year = draw.choice((1900, 1904, 1949, 1972, 1999, 2000, 2023, 2100, 1799, 2200))
    body = f"{draw.randint(0, 999999):06}{year}{month:02}{day:02}{draw.randint(0, 999):03}"
    check = with_check(body)[-1]
    whole = body + draw.choice((check,) * 6 + (check.lower(), "X", "5"))
    if draw.random() < 0.2:
        whole = body[:6] + body[8:]
    if draw.random() < 0.1:
        whole = f"{whole[:6]} {whole[6:14]} {whole[14:]}"
    if draw.random() < 0.05:
        whole = whole[:6] + "********" + whole[14:]
    return (
        draw.choice(("", "", "", " ", "'", '"', "= "))
        + widened(whole, draw=draw)
        + draw.choice(("", "", " ", ".0", "'"))
    )


def email(draw: random.Random) -> str:
    """An address, long and short, some broken at a dot, a dash or an at sign."""
    local = "".join(draw.choices("abcXYZ019._+-~%", k=draw.choice((1, 2, 6, 12, 30, 64, 65))))
    labels = [
        "".join(draw.choices("abcZ09-", k=draw.choice((1, 2, 6, 20, 63, 64)))) for _ in range(draw.choice((0, 1, 1, 2)))
    ]
    last = draw.choice(("com", "org", "example", "c", "c0", "0c", "co-", "CN"))
    return (
        draw.choice(("", "", "<", " '", "mailto:"))
        + local
        + draw.choice(("@", "@", "@", "@@", " "))
        + ".".join((*labels, last))
        + draw.choice(("", "", ">", ' "', "."))
    )


@pytest.mark.parametrize(
    ("kind", "make"), [(KindName.PHONE, phone), (KindName.RESIDENT_ID, resident_id), (KindName.EMAIL, email)]
)
def test_dirty_values(kind: KindName, make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(make)
    monkeypatch.setattr(reading, "CHUNK_CELLS", 7_001)
    draw = random.Random(20261122)
    rows = ROWS if kind is not KindName.PHONE else 40_000  # `phonenumbers` settles what no kernel can, at its own pace.
    both([make(draw) for _ in range(rows)], kind=kind)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("kind", "make"), [(KindName.PHONE, phone), (KindName.RESIDENT_ID, resident_id), (KindName.EMAIL, email)]
)
def test_a_million_dirty_values_of_each_kind(kind: KindName, make: object, seed: int) -> None:
    """`test_dirty_values` over three million others; minutes, most of them for numbers that `phonenumbers` settles."""
    assert callable(make)
    draw = random.Random(seed)
    both([make(draw) for _ in range(ROWS)], kind=kind)


def test_a_mobile_number_that_lost_digits_is_none() -> None:
    """The kernel's own rule: of nine or ten digits, none that begins as a mobile number does is one."""
    draw = np.random.default_rng(5)
    heads = [f"1{second}" for second in range(3, 10)]
    tails = [
        f"{head}{number:0{size}}" for size in (7, 8) for head in heads for number in draw.integers(0, 10**size, 300)
    ]
    carriers = [f"179{number:06}" for number in draw.integers(0, 10**6, 300)]
    assert KINDS[KindName.PHONE].canonical_column(pl.Series(tails + carriers)).null_count() == len(tails) + len(
        carriers
    )


def test_nulls_are_no_values() -> None:
    column = pl.Series([None, "+8614000000001", None, "bad"], dtype=pl.String)
    read = read_cells(column_cells(column), kind=KindName.PHONE, tokenizer=TOKENIZERS[KindName.PHONE])
    assert read.rows.tolist() == [1]
