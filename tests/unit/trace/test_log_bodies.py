r"""Objects in a web server's log, whose bytes it wrote as `\x22`."""

import json
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans

from suyuan.errors import RefusedError
from suyuan.trace.ingest import ingest

WHO = humans(30)


def spelled(text: str, *, codec: str) -> str:
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\x{b:02X}" for b in text.encode(codec))


def body(person: Human, *, codec: str) -> str:
    said = {"name": person.name, "mobile": person.phone, "email": person.email, "address": person.address}
    return spelled(json.dumps(said, ensure_ascii=False), codec=codec)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("form", ['1.2.3.4 - - [14/Aug/2021] "POST /save HTTP/1.1" 200 73 "-" "okhttp" "%s"\n', '{"time":"2021-08-19","status":200,"request_body":"%s","ua":"okhttp"}\n'], ids=["line", "JSON"])  # fmt: skip
def test_a_body_is_read_and_no_mailbox_begins_in_an_escape(tmp_path: Path, form: str, codec: str) -> None:
    path = tmp_path / "dump"
    path.write_text("".join(form % body(p, codec=codec) for p in WHO), encoding="utf-8")
    table = ingest(path, fields=FIELDS).table()
    for field in ("name", "phone", "email", "address"):
        assert table[field].to_list() == [p.truth(field)[field] for p in WHO]


def test_bodies_that_are_no_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text("".join(f'GET "q: \\x22{p.email}\\x22 {p.phone}"\n' for p in WHO), encoding="utf-8")
    with pytest.raises(RefusedError, match="spell their bytes"):
        ingest(path, fields=FIELDS)
