"""Structures that are known and not read: refused by name."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.errors import RefusedError
from suyuan.trace.ingest import ingest

WHO = humans(12)


def listed(values: list[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def resp(*words: str) -> str:
    return f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)


NAMES, PHONES = [p.name for p in WHO], [p.phone for p in WHO]
CASES = {
    "R source": f'structure(list(name = c({listed(NAMES)}),\nphone = c({listed(PHONES)})), row.names = c(NA, -12L), class = "data.frame")\n',
    "log of Redis": resp("SELECT", "0") + "".join(resp("HMSET", f"u:{p.number}", "name", p.name, "phone", p.phone) for p in WHO),
    "binary log": "/*!50530 SET @a=1*/;\nDELIMITER /*!*/;\n" + "".join(f"### INSERT INTO `crm`.`u`\n### SET\n###   @1={p.number}\n###   @2='{p.name}'\n###   @3='{p.phone}'\n" for p in WHO),
    "SQL*Loader": "LOAD DATA\nINFILE *\nINTO TABLE T\n( NM POSITION(2:9),\n  MOBILE POSITION(10:20) )\nBEGINDATA\n" + "".join(f"D{p.name:8}{p.phone}\n" for p in WHO),
    "SPSS": "DATA LIST FIXED RECORDS=2\n  /1 name 1-20 (A)\n  /2 phone 1-11 (A).\nBEGIN DATA\n" + "".join(f"{p.name}\n{p.phone}\n" for p in WHO) + "END DATA.\n",
    "TOML": "".join(f'[[user]]\nname = "{p.name}"\n[user.contact]\nphone = "{p.phone}"\n\n' for p in WHO),
    "psql": "".join(f"├─[ RECORD {p.number} ]┼────┤\n│ name  │ {p.name} │\n│ phone │ {p.phone} │\n" for p in WHO),
    "pager": " name | phone\n------+------\n" + "".join(f" {p.name} | {p.phone}\n" for p in WHO[:6]) + "\n---MORE---\n\n name | phone\n------+------\n" + "".join(f" {p.name} | {p.phone}\n" for p in WHO[6:]),
}  # fmt: skip


@pytest.mark.parametrize("words", CASES)
def test_a_structure_that_is_not_read_is_named(tmp_path: Path, words: str) -> None:
    path = tmp_path / "dump"
    path.write_text(CASES[words], encoding="utf-8", newline="")
    with pytest.raises(RefusedError, match=words.replace("*", r"\*")) as refused:
        ingest(path, fields=FIELDS)
    assert refused.value.code == "trace.format"
    assert refused.value.hint


def test_plain_tables_of_toml_are_read(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text("".join(f'[[user]]\nname = "{p.name}"\nphone = "{p.phone}"\n\n' for p in WHO), encoding="utf-8")
    assert ingest(path, fields=FIELDS).table()["phone"].to_list() == PHONES
