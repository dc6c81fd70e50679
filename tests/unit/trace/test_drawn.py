"""Tables as terminals draw them, one person on a line or on several."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS

from suyuan.trace.dump import Dump
from suyuan.trace.formats.drawn import drawing_of, joined
from suyuan.trace.ingest import ingest

PEOPLE = [
    (
        f"{'王李张'[n % 3]}{'伟芳秀英'[n % 4]}" if n % 5 else "Ann Wilson",
        f"138{n:08}",
        f"北京市朝阳区安贞里{n + 1}号{n}栋",
    )
    for n in range(40)
]


def read(tmp_path: Path, text: str) -> Dump:
    path = tmp_path / "dump.txt"
    path.write_text(text, encoding="utf-8")
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump) -> None:
    table = dump.table().filter(pl.col("phone") != "")
    assert table["name"].to_list() == [name for name, _, _ in PEOPLE]
    assert table["phone"].to_list() == [phone for _, phone, _ in PEOPLE]
    assert [text.replace("\n", "") for text in table["address"]] == [address for _, _, address in PEOPLE]


@pytest.mark.parametrize("edges", [True, False])
def test_what_psql_writes_below_belongs_to_the_row_above(tmp_path: Path, edges: bool) -> None:
    rule, side = ("+----+-------+---+\n", "|") if edges else ("----+-------+---\n", "")
    lines = []
    for n, (name, phone, address) in enumerate(PEOPLE):
        if n % 3:
            lines.append(f"{side} {name} | {phone} | {address} {side}\n")
        else:
            # The address in two lines, marked as psql marks it.
            lines.append(
                f"{side} {name} | {phone} | {address[:9]}   +{side}\n{side}      |             | {address[9:]}   {side}\n"
            )
    head = rule if edges else ""
    text = f"crm=> select 1;\n{head}{side} name | phone | address {side}\n{rule}{''.join(lines)}{rule if edges else ''}(40 rows)\n"
    dump = read(tmp_path, text)
    require_people(dump)
    # What the terminal says of its own work, `(40 rows)`, is no row.
    assert dump.unreadable == 0
    assert dump.notes == ("lines that are titles, rules or totals, and no rows: 1",)


def test_a_plus_that_nothing_follows_stays(tmp_path: Path) -> None:
    text = "+------+-----+\n| name | phone | blood |\n+------+-----+\n" + "".join(
        f"| {name} | {phone} | A+|\n" for name, phone, _ in PEOPLE
    )
    assert read(tmp_path, text).table()["phone"].to_list() == [phone for _, phone, _ in PEOPLE]


def test_a_row_between_two_rules_is_one_person(tmp_path: Path) -> None:
    def cut(text: str, width: int) -> list[str]:
        return [text[at : at + width] for at in range(0, len(text), width)] or [""]

    rule = "├──────┼────────┼──────────┤\n"
    text = "┌──────┬────────┬──────────┐\n│ name │ phone  │ address  │\n" + rule
    for person in PEOPLE:
        columns = [cut(value, width) for value, width in zip(person, (4, 6, 8), strict=True)]
        for line in range(max(map(len, columns))):
            cells = [column[line] if line < len(column) else "" for column in columns]
            text += "│ " + " │ ".join(c.ljust(w) for c, w in zip(cells, (4, 6, 8), strict=True)) + " │\n"
        text += rule
    require_people(read(tmp_path, text))


def test_pages_with_a_heading_each_are_not_one_row_a_page(tmp_path: Path) -> None:
    rule = "+------+-----+-----+\n"
    text = ""
    for start in range(0, len(PEOPLE), 10):
        rows = "".join(f"| {' | '.join(person)} |\n" for person in PEOPLE[start : start + 10])
        text += f"{rule}| name | phone | address |\n{rule}{rows}"
    require_people(read(tmp_path, text + rule))


def test_words_are_parted_where_no_column_ended() -> None:
    assert joined([" Ann Mary   ", " Wilson     "]) == "Ann Mary Wilson"
    assert joined([" 北京市朝阳区   ", " 安贞里1号 "]) == "北京市朝阳区安贞里1号"
    assert joined([" Ann Mary ", "  Wilson  "]) == "Ann Mary Wilson"
    assert joined([" abc@examp ", " le.com    ", "           "]) == "abc@example.com"


@pytest.mark.parametrize("text", ["name,phone\n王伟,13800000001\n", "a ---- b\n", "==========\nname phone\n"])
def test_no_table_is_seen_where_none_is_drawn(text: str) -> None:
    assert drawing_of(text) is None
