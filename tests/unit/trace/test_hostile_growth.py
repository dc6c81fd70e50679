"""Files of one mark over and over: each is read, or refused, in time that grows with its length, however it goes on."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.errors import RefusedError
from suyuan.trace.columns.synonyms import Met
from suyuan.trace.ingest import ingest

WHO = humans(40)
CSV = "name,phone\n" + "".join(f"{p.name},{p.phone}\n" for p in WHO)
SIZE = 1 << 17

RUNS = {
    "quotes in a text that never ends": ('[{"name":"a', '\\"'),
    "what mailboxes are made of": ("", "%"),
    "dashes below a table": (CSV, "----"),
    "points below a table": (CSV, "a."),
    "cells of a page that never end": ("<table>", "<td"),
    "comments that never end": ("<table><tr><td>", "<!-- >"),
    "lists within lists": ('{"a":', "["),
    "objects that never end": ("", "{"),
}


@pytest.mark.parametrize(("head", "unit"), RUNS.values(), ids=RUNS)
def test_one_mark_over_and_over(tmp_path: Path, head: str, unit: str) -> None:
    """Each took minutes, or would have at a few times this size."""
    path = tmp_path / "dump"
    path.write_text(head + unit * (SIZE // len(unit)), encoding="utf-8")
    if head == CSV:
        assert ingest(path, fields=FIELDS).rows == len(WHO)
    else:
        with pytest.raises(RefusedError):
            ingest(path, fields=FIELDS)


def test_keys_are_held_against_those_beside_them() -> None:
    met = Met()
    for n, person in enumerate(WHO):
        met.take({("姓名", "客户")[n % 2]: person.name, "phone": person.phone, "手机": person.phone if n % 3 else ""})
    assert met.groups() == (("姓名", "客户"), ("phone",), ("手机",))
