"""Words that fill a column of fixed width to its end, before digits that all lines have at one place."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.formats.fixed_width import fixed_columns
from suyuan.trace.ingest import ingest

MANY = humans(60, seed=61)
NAME, PHONE, ADDRESS = 10, 11, 30
DATED = NAME + PHONE + ADDRESS


def filled(text: str, width: int) -> str:
    """Give a cell cut or filled up to its width in bytes of GB18030."""
    cut = text.encode("gb18030")[:width].decode("gb18030", "ignore")
    return cut + " " * (width - len(cut.encode("gb18030")))


def rows_of(*ends: str, people: int = len(MANY)) -> list[str]:
    """Give lines whose address is full in some and followed by one of these ends; every tenth has a long name."""
    return [
        filled("欧阳娟乐" if n % 10 == 9 else p.name, NAME)
        + filled(p.phone, PHONE)
        + filled(p.address + "农业路宿舍阳光花园后" * (n % 3 == 0), ADDRESS)
        + ends[n % len(ends)]
        for n, p in enumerate(MANY[:people])
    ]


def test_an_address_that_fills_its_column_before_a_date_is_found(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_bytes(lines(rows_of("195704150000094428", "200106190000035787", "198802280000120787")).encode("gb18030"))
    dump = ingest(path, fields=FIELDS)
    assert dump.unreadable == 0
    assert dump.table()["name"].to_list()[9] == "欧阳娟乐"
    assert dump.table()["phone"].to_list() == [p.phone for p in MANY]
    expected = [row.encode("gb18030")[NAME + PHONE : DATED].decode("gb18030").strip() for row in rows_of("0")]
    assert dump.table()["address"].to_list() == expected


@pytest.mark.parametrize(
    ("ends", "starts"),
    [
        (("195704150000094428", "200106190000035787", "198802280000120787"), {DATED, DATED + 8}),
        # Years of birth alone: the first eleven digits look like those of a mobile number.
        (("195704150000094428", "196106190000035787", "198802280000120787"), {DATED, DATED + 8}),
        # A time of day is one with its date; where no line says another hour than the others, it is none.
        (("20210415093000", "20220619184512"), {DATED}),
        (("20210415000000", "20220619000000"), {DATED, DATED + 8}),
        # No date: a code.
        (("99999915000000", "99998819000000"), {DATED}),
    ],
)
def test_where_digits_begin_behind_a_full_cell(ends: tuple[str, ...], starts: set[int]) -> None:
    columns = fixed_columns(rows_of(*ends), wide=True)
    assert columns is not None
    assert {at for at in columns.starts if at >= DATED} == starts


@pytest.mark.parametrize("ends", [("   123456", "  1234567"), ("  -123456", "  1234567")])
def test_numbers_set_to_the_right_are_not_cut(ends: tuple[str, ...]) -> None:
    """Their last digits stand at the same places, and others or blanks before them."""
    columns = fixed_columns(rows_of(*ends), wide=True)
    assert columns is not None
    assert {at for at in columns.starts if at > DATED} == {DATED + 2}
