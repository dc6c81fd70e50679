"""Values that PHP's `serialize` wrote."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans

from suyuan.errors import SuyuanError
from suyuan.trace.dump import Dump
from suyuan.trace.formats.serialized import value_at
from suyuan.trace.ingest import ingest

WHO = humans(24)


def serialized(value: object, *, codec: str = "utf-8") -> str:
    match value:
        case None:
            return "N;"
        case bool():
            return f"b:{int(value)};"
        case int():
            return f"i:{value};"
        case float():
            return f"d:{value};"
        case Mapping():
            inner = "".join(serialized(one, codec=codec) for pair in value.items() for one in pair)
            return f"a:{len(value)}:{{{inner}}}"
        case list():
            return serialized(dict(enumerate(value)), codec=codec)
        case _:
            return f's:{len(str(value).encode(codec))}:"{value}";'


def told(person: Human) -> dict[str, object]:
    place = {"full": f'{person.address};";"', "zip": None, "geo": [1.5, True]}
    return {"uid": 7, "xm": person.name, "mobile": person.phone, "addr": place}


def read(tmp_path: Path, content: str | bytes) -> Dump:
    path = tmp_path / "dump.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ingest(path, fields=FIELDS)


def require_all(dump: Dump, *, who: Sequence[Human] = WHO) -> None:
    table = dump.table()
    assert table["name"].to_list() == [p.name for p in who]
    assert table["phone"].to_list() == [p.phone for p in who]
    assert table["address"].to_list() == [f'{p.address};";"' for p in who]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_value_on_each_line_is_a_person(tmp_path: Path, codec: str) -> None:
    text = "".join(serialized(told(p), codec=codec) + "\n" for p in WHO)
    dump = read(tmp_path, text.encode(codec))
    require_all(dump)
    assert dump.unreadable == 0
    # As a database hands them out under another codec than the one in which they were counted.
    require_all(read(tmp_path, text))


def test_cells_beside_a_value_are_kept(tmp_path: Path) -> None:
    dump = read(tmp_path, "".join(f"{p.email}\t{serialized(told(p))}\t2016-01-02\n" for p in WHO))
    require_all(dump)
    assert dump.table()["email"].to_list() == [p.email for p in WHO]


def test_a_cell_in_quotes_is_a_value_too(tmp_path: Path) -> None:
    cells = [serialized(told(p)).replace('"', '""') for p in WHO]
    dump = read(tmp_path, "id,info,seen\n" + "".join(f'{at},"{cell}",2016-01-02\n' for at, cell in enumerate(cells)))
    assert dump.table()["name"].to_list() == [p.name for p in WHO]
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]


def test_statements_with_such_values_stay_statements(tmp_path: Path) -> None:
    rows = "".join(f'INSERT INTO t VALUES ("{p.name}","{p.phone}","a:1:{{i:0;N;}}");\n' for p in WHO)
    dump = read(tmp_path, rows)
    assert dump.table()["name"].to_list() == [p.name for p in WHO]


def test_one_value_may_be_all_people(tmp_path: Path) -> None:
    require_all(read(tmp_path, serialized([told(p) for p in WHO]) + "\n"))


def test_a_line_that_breaks_off_is_counted(tmp_path: Path) -> None:
    lines = [serialized(told(p)) for p in WHO]
    dump = read(tmp_path, "\n".join([*lines[:-1], lines[-1][:-20]]) + "\n")
    require_all(dump, who=WHO[:-1])
    assert dict(dump.reasons) == {"json": 1}


def test_an_object_s_own_properties_lose_its_class() -> None:
    value, end = value_at('O:4:"User":2:{s:7:"\0User\0a";i:1;s:4:"\0*\0b";s:1:"x";}', 0)
    assert (value, end) == ({"a": "1", "b": "x"}, 52)


def test_text_that_only_speaks_of_such_values_is_no_such_text(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{'a:1:{i:0;N;}' if at % 3 == 0 else 'x'}" for at, p in enumerate(WHO)]
    dump = read(tmp_path, "\n".join(rows) + "\n")
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]
    assert [c.field for c in dump.columns] == ["name", "phone", None]


def test_values_without_an_end_end() -> None:
    for text in ("a:1:{" * 99, 's:9:"' + "x" * 99, "a:1:{i:0;" * 99, "i:1"):
        with pytest.raises(ValueError, match="no "):
            value_at(text, 0)


def test_nobody_is_in_lines_of_settings(tmp_path: Path) -> None:
    with pytest.raises(SuyuanError):
        read(tmp_path, "".join(serialized({"width": at, "on": True}) + "\n" for at in range(40)))
