"""American numbers of eleven digits among which some pass for mobile numbers of ours."""

from pathlib import Path

from tests.leaked_people import FIELDS, humans, lines

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
