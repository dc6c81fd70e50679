"""SQL dumps of many tables: what they are is told from rows that are kept while they are looked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.trace.dump import Dump
from suyuan.trace.formats import sql_parts
from suyuan.trace.formats.sql_dump import sql_rows
from suyuan.trace.ingest import ingest

WHO = humans(24)


def settings(number: int, *, rows: int = 3) -> str:
    values = ",".join(f"({at},'k{at}','{at * 7}')" for at in range(rows))
    return f"CREATE TABLE `set_{number}` (\n `id` int,\n `key{number}` text,\n `val` text\n);\nINSERT INTO `set_{number}` VALUES {values};\n"


def users(*, empty: int = 0) -> str:
    values = [f"({at},'','')" for at in range(empty)] + [f"({at},'{p.name}','{p.phone}')" for at, p in enumerate(WHO)]
    return f"INSERT INTO `users` (`id`,`xm`,`sj`) VALUES {','.join(values)};\n"


def read(tmp_path: Path, text: str) -> Dump:
    path = tmp_path / "dump.sql"
    path.write_text(text)
    return ingest(path, fields=FIELDS)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a text is gone through."""
    found: list[int] = []
    real = sql_rows

    # Any: what it takes is the reader's own.
    def counted(*given: Any, **named: Any) -> Iterator[Any]:
        found.append(1)
        return real(*given, **named)

    monkeypatch.setattr(sql_parts, "sql_rows", counted)
    return found


@pytest.mark.parametrize("rows", [3, 700])
def test_the_text_is_not_gone_through_for_each_table(tmp_path: Path, passes: list[int], rows: int) -> None:
    text = "".join(settings(number, rows=rows) for number in range(40)) + users()
    dump = read(tmp_path, text)
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]
    assert len(passes) < 8


def test_columns_that_only_later_statements_name_are_in_the_first_rows(tmp_path: Path) -> None:
    text = "INSERT INTO t (xm) VALUES ('x');\n" + "".join(
        f"INSERT INTO t (sj, xm) VALUES ('{p.phone}','{p.name}');\n" for p in WHO
    )
    dump = read(tmp_path, text)
    assert dump.table()["phone"].to_list() == ["", *(p.phone for p in WHO)]
    assert dump.table()["name"].to_list()[1:] == [p.name for p in WHO]


def test_of_few_tables_more_rows_are_looked_at(tmp_path: Path) -> None:
    dump = read(tmp_path, settings(0) + users(empty=700))
    assert [phone for phone in dump.table()["phone"].to_list() if phone] == [p.phone for p in WHO]


def test_where_there_is_no_room_the_text_is_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_parts, "HEADS_AT_MOST", 50)
    dump = read(tmp_path, "".join(map(settings, range(30))) + users() + settings(31))
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]
