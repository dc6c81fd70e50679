"""Lists of calls: the person is the one a centre rang, or the subscriber who called, never who answered for the centre."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.ingest import ingest

H = humans(120, seed=31)
OTHERS = humans(120, seed=32)
AGENTS = humans(3, seed=33)
ADDRESSED = [p.name if n % 2 else f"{p.name[:1]}先生" for n, p in enumerate(H)]


def read(folder: Path, header: str, rows: list[str]) -> list[tuple[str, str]]:
    (folder / "dump.csv").write_text(lines([header, *rows]), encoding="utf-8")
    return ingest(folder / "dump.csv", fields=FIELDS).table().select("name", "phone").rows()


@pytest.mark.parametrize("lines_held", [3, 120])
@pytest.mark.parametrize(
    ("caller", "called"), [("主叫", "被叫号码"), ("外显号码", "被叫"), ("主叫电话", "被叫电话"), ("caller", "callee")]
)
@pytest.mark.parametrize("agent", ["坐席姓名", "话务员姓名"])
def test_whom_a_centre_rings_is_the_person(
    tmp_path: Path, caller: str, called: str, agent: str, lines_held: int
) -> None:
    """A mobile number outside the town is dialled with a 0 before it."""
    rows = [
        f"{n:06d},{agent_of(n)},0286874{n % lines_held:04d},{'0' * (n % 4 > 0)}{p.phone},{ADDRESSED[n]}"
        for n, p in enumerate(H)
    ]
    found = read(tmp_path, f"流水号,{agent},{caller},{called},客户称呼", rows)
    assert [(name, phone.removeprefix("0")) for name, phone in found] == [
        (name, p.phone) for name, p in zip(ADDRESSED, H, strict=True)
    ]


def agent_of(n: int) -> str:
    return AGENTS[n % 3].name


def test_a_caller_with_a_mobile_telephone_is_the_person(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{o.phone}" for p, o in zip(H, OTHERS, strict=True)]
    assert read(tmp_path, "姓名,主叫,被叫号码", rows) == [(p.name, p.phone) for p in H]


def test_a_caller_on_a_landline_who_rings_landlines_is_the_person(tmp_path: Path) -> None:
    rows = [f"{p.name},0286874{n:04d},0108256{n:04d}" for n, p in enumerate(H)]
    assert read(tmp_path, "姓名,主叫号码,被叫号码", rows) == [(p.name, f"0286874{n:04d}") for n, p in enumerate(H)]


def test_in_a_list_of_their_own_agents_are_people(tmp_path: Path) -> None:
    rows = [f"{8000 + n},{p.name},{p.phone}" for n, p in enumerate(H)]
    assert read(tmp_path, "坐席工号,坐席姓名,坐席电话", rows) == [(p.name, p.phone) for p in H]
