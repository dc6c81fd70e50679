"""Numbers of other countries without a plus, among which some pass for mobile numbers of ours."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.columns.abroad import country_of
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

H = humans(200, seed=93)


def american(number: int) -> str:
    """Give a number of an area code from 201 to 989."""
    return f"1{201 + number * 37 % 789}{220 + number * 13 % 700}{number * 7919 % 10_000:04d}"


def read(folder: Path, rows: list[str]) -> Dump:
    (folder / "dump.txt").write_text(lines(rows), encoding="utf-8")
    return ingest(folder / "dump.txt", fields=FIELDS)


def test_american_numbers_are_no_mobile_numbers_of_ours(tmp_path: Path) -> None:
    dump = read(tmp_path, [f"{american(n)}\tuser{n}\t{p.email}" for n, p in enumerate(H)])
    assert dump.table()["phone"].to_list() == [f"+{american(n)}" for n in range(len(H))]
    assert not dump.notes


def test_mobile_numbers_of_ours_stay_even_among_a_few_that_begin_otherwise(tmp_path: Path) -> None:
    phones = [p.phone if n % 15 else f"12{p.phone[2:]}" for n, p in enumerate(H)]
    dump = read(tmp_path, [f"{phone}\tuser{n}\t{p.email}" for n, (phone, p) in enumerate(zip(phones, H, strict=True))])
    assert dump.table()["phone"].to_list() == phones


def british(number: int) -> str:
    return f"447{(410, 530, 740, 860, 970)[number % 5] + number % 9}{number * 7919 % 1_000_000:06d}"


def test_numbers_behind_their_country_s_code_are_read_without_a_plus(tmp_path: Path) -> None:
    dump = read(tmp_path, [f"{british(n)}:{p.pinyin or 'user'}{n}:{p.email}" for n, p in enumerate(H)])
    assert dump.table()["phone"].to_list() == [f"+{british(n)}" for n in range(len(H))]


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([f"4477{n:08d}" for n in range(200)], id="counted up"),
        pytest.param([f"2012{n % 12 + 1:02}{n % 28 + 1:02}{n % 24:02}{n % 60:02}" for n in range(200)], id="moments"),
        pytest.param(
            [f"{n * 7919 % 9_000 + 1_000}{n * 104_729 % 1_000_000:06d}" for n in range(1, 201)], id="accounts"
        ),
        pytest.param([f"44{n * 7919 % 900 + 100}{n * 104_729 % 10_000_000:07d}" for n in range(1, 201)], id="parcels"),
        pytest.param([f"86139{n * 104_729 % 100_000_000:08d}" for n in range(1, 201)], id="ours"),
        pytest.param([british(n) if n % 10 else "" for n in range(20)], id="few"),
    ],
)
def test_other_numbers_are_none_of_another_country(numbers: list[str]) -> None:
    assert country_of(pl.Series(numbers)) == ""


def taiwanese(number: int) -> str:
    return f"09{10 + number * 7 % 90}-{number * 37 % 1_000:03d}-{number * 7919 % 1_000:03d}"


def test_mobile_numbers_of_taiwan_are_read_as_theirs(tmp_path: Path) -> None:
    """Those that begin as area codes of Xinjiang too."""
    dump = read(tmp_path, [f"{p.name},{taiwanese(n)},{p.email}" for n, p in enumerate(H)])
    assert dump.table()["phone"].to_list() == [f"+886{taiwanese(n).replace('-', '')[1:]}" for n in range(len(H))]
    assert any(taiwanese(n).startswith("099") for n in range(len(H)))


@pytest.mark.parametrize(
    "phone", ["099{n}-{last:03d}-{last:03d}", "09{n}1-{last:03d}-{last:04d}", "13{n}-{last:03d}-{last:03d}"]
)
def test_numbers_that_are_not_all_mobile_ones_of_taiwan_stay(phone: str) -> None:
    """An area code of Xinjiang with six digits; a digit too many; another beginning."""
    assert not country_of(pl.Series([phone.format(n=n % 10, last=n * 37 % 1_000) for n in range(100)]))
