"""JSON however it stands in a text: every person is read, and nobody is made of two."""

import json
from pathlib import Path

import pytest
from tests.json_texts import FLAT, WHO, answer, dumped, every_json
from tests.leaked_judge import judge
from tests.leaked_people import FIELDS, Leak

from suyuan.trace.dump import Dump
from suyuan.trace.formats.json_rows import rich_text
from suyuan.trace.formats.json_spelling import respelled
from suyuan.trace.ingest import ingest


def read(path: Path, content: str) -> Dump:
    path.write_text(content, encoding="utf-8")
    return ingest(path, fields=FIELDS)


@pytest.mark.parametrize("case", every_json(), ids=lambda case: case.name)
def test_json_is_read_right(tmp_path: Path, case: Leak) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    verdict, why = judge(case, path)
    assert verdict == "right", why


def test_a_list_of_other_people_gives_nobody_a_number(tmp_path: Path) -> None:
    people = [
        {"name": p.name, "resident_id": p.resident_id, "contacts": [{"name": "王小二", "phone": f"1660000{n:04}"}] * 2}
        for n, p in enumerate(WHO)
    ]
    dump = read(tmp_path / "dump", dumped(people))
    assert dump.table()["resident_id"].to_list() == [p.resident_id for p in WHO]
    assert "phone" not in dump.table().columns
    assert any("mobile numbers in the text stand in no column" in note for note in dump.notes)


def test_a_later_list_of_other_things_is_none_of_people(tmp_path: Path) -> None:
    goods = {"data": {"list": [{"sku": "A-1", "price": "9", "stock": "4"}] * 30}}
    dump = read(tmp_path / "dump", f"{dumped({'a': answer(FLAT), 'b': goods})}\n")
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]


def test_a_broken_object_costs_itself_and_is_counted(tmp_path: Path) -> None:
    lines = [dumped(value) for value in FLAT]
    lines[3] = lines[3].replace('"phone": "', '"phone": ', 1)
    lines[7] = lines[7][:30]
    dump = read(tmp_path / "dump", "\n".join([lines[0] + lines[1], *lines[2:]]) + "\n")
    assert (dump.rows, dump.unreadable) == (len(WHO) - 2, 2)
    assert dump.table()["phone"].to_list() == [p.phone for n, p in enumerate(WHO) if n not in (3, 7)]


def test_words_between_objects_are_rows_where_they_tell_of_somebody(tmp_path: Path) -> None:
    nested = [json.dumps({"_id": {"$oid": "1"}, **value}) for value in FLAT]
    dump = read(
        tmp_path / "dump",
        "\n".join(["users.push(" + nested[0] + ");", "end of batch", *nested[1:], "张伟 16000000001"]),
    )
    assert (dump.rows, dump.unreadable) == (len(WHO), 1)


def test_texts_are_joined_only_where_some_are_marked() -> None:
    assert rich_text(["138", {"type": "bold", "text": "0001"}]) == "1380001"
    assert rich_text(["a", "b"]) == ["a", "b"]
    assert rich_text([{"type": "home", "number": "1"}]) == [{"type": "home", "number": "1"}]
    assert rich_text(["a", {"text": "b"}]) == ["a", {"text": "b"}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 'x\"y\\'', /* b */ b: true,}", {"a": "x\"y'", "b": True}),
        ("{'a': None, 'b': (1, 2)}", {"a": None, "b": (1, 2)}),
        ("{'a': undefined, // '}'\n b: '\\x41'}", {"a": None, "b": "A"}),
        ('{"a": "b, "c": 1}', None),
        ("{a: b.c}", None),
    ],
)
def test_other_spellings_are_read_and_broken_ones_are_not(text: str, value: object) -> None:
    assert respelled(text) == value


def test_objects_glued_behind_the_head_are_read_once_more(tmp_path: Path) -> None:
    lines = [dumped({"n": number, **FLAT[number % len(FLAT)]}) for number in range(1_500)]
    dump = read(tmp_path / "dump", "\n".join([*lines[:-2], lines[-2] + lines[-1], '{"n": 1500, "name": "']))
    assert (dump.rows, dump.unreadable) == (1_500, 1)


def test_an_address_ends_where_the_name_behind_it_begins(tmp_path: Path) -> None:
    records = [
        {"id": n, "content": f"{p.address} {p.name} {p.phone}" if n % 2 else f"{p.name} {p.phone} {p.address}"}
        for n, p in enumerate(WHO)
    ]
    dump = read(tmp_path / "dump", "".join(f"{dumped(record)}\n" for record in records))
    assert dump.table()["address"].to_list() == [p.address for p in WHO]
    assert dump.table()["name"].to_list() == [p.name for p in WHO]
