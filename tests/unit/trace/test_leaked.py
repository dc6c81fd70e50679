"""Files as they are sold and passed on, written without a look at the reader: right or refused, none silently wrong."""

from collections import Counter
from pathlib import Path

import pytest
import tests.leaked_abroad
import tests.leaked_blind
import tests.leaked_china
import tests.leaked_fresh
import tests.leaked_last
import tests.leaked_lists
from tests.leaked_judge import judge
from tests.leaked_people import FIELDS, MAKERS, Leak, Maker, humans, lines

from suyuan.trace.ingest import ingest

REFUSED = {
    "three_people_side_by_side",
    "two_exports_of_other_orders",
    "transposed_sheet",
    "redis_aof_of_hashes",
}


def judged(case: Leak, folder: Path) -> tuple[str, str]:
    path = folder / "leak"
    path.write_bytes(case.content)
    return judge(case, path)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_leaked_file_is_read_right_or_refused(tmp_path: Path, make: Maker) -> None:
    case = make()
    verdict, why = judged(case, tmp_path)
    assert verdict == ("refused" if case.name in REFUSED else "right"), why
    if verdict == "refused":
        assert why.split(":")[0] in case.codes
        assert not any(value in why for person in humans() for value in person.truth().values())


def test_nearly_all_are_read() -> None:
    assert len(MAKERS) >= 60
    assert len(REFUSED) <= 0.05 * len(MAKERS)


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    """One cell under another person, one person left out, one field left out: each is seen, none passes for right."""
    people = humans(12)
    truth = [p.truth("name", "phone") for p in people]
    rows = [f"{p.name},{p.phone}\n" for p in people]
    moved = [*rows[:3], f"{people[3].name},{people[4].phone}\n", *rows[4:]]
    verdicts = Counter(
        judged(Leak(name="seeded", content="".join(lines).encode(), truth=truth), tmp_path)[0]
        for lines in (rows, moved, rows[:5] + rows[6:], [row.split(",")[1] for row in rows])
    )
    assert verdicts == {"right": 1, "wrong": 2, "missed": 1}


def test_lists_beside_the_people_are_named(tmp_path: Path) -> None:
    path = tmp_path / "leak.json"
    path.write_bytes(tests.leaked_abroad.json_with_two_lists().content)
    dump = ingest(path, fields=FIELDS)
    assert dump.notes == ("read: users", "left out: orders; --part NAME reads one of them")


def test_a_row_in_another_order_is_counted_and_no_value_stands_under_another_field(tmp_path: Path) -> None:
    path = tmp_path / "leak.csv"
    people = humans(60)
    rows = [f"{p.name},{p.phone},{p.address}" for p in people[:55]] + [
        f"{p.phone},{p.name},{p.address}" for p in people[55:]
    ]
    path.write_text(lines(rows), encoding="utf-8")
    dump = ingest(path, fields=FIELDS)
    assert dump.reasons == {"shifted": 5}
    assert dump.table()["phone"].to_list() == [p.phone for p in people[:55]]
