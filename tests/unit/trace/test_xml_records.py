"""Records of XML and pages: each table by itself, each person whole."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.leaked_judge import judge
from tests.leaked_people import FIELDS, Human, Leak, humans

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

WHO = humans(20)
TOLD = ("name", "phone", "email")
WORDS = {"name": "姓名", "phone": "手机号", "email": "邮箱"}


def of(person: Human) -> dict[str, str]:
    return {name: getattr(person, name) for name in TOLD}


def tags(values: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def rows(table: str, records: list[dict[str, str]]) -> str:
    cells = ["".join(f'<field name="{name}">{value}</field>' for name, value in one.items()) for one in records]
    return f'<table_data name="{table}">' + "".join(f"<row>{row}</row>\n" for row in cells) + "</table_data>"


def leak(name: str, content: str, *, junk: int = 0) -> Leak:
    return Leak(name=name, content=content.encode(), truth=[p.truth(*TOLD) for p in WHO], junk=junk)


def every_page() -> list[Leak]:
    log = [{"id": str(n), "act": "login", "ip": f"10.0.0.{n}"} for n in range(30)]
    members = [{"id": str(p.number), **of(p)} for p in WHO]
    structure = '<table_structure name="m"><field Field="id" Type="int" /><options Name="m" Engine="InnoDB" /></table_structure>'
    words = [{WORDS[name]: value for name, value in of(p).items()} for p in WHO]
    pairs = ["".join(f"<tr><td>{k}：</td><td>{v}</td></tr>" for k, v in one.items()) for one in words]
    terms = ["".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in one.items()) for one in words]
    keys = ["".join(f"<key>{k}</key><string>{v}</string>" for k, v in of(p).items()) for p in WHO]
    shown = ["<br>".join(f"{k}：{v}" for k, v in one.items()) for one in words]
    return [
        leak("tables beside one another", f'<?xml version="1.0"?>\n<mysqldump><database name="d">{structure}{rows("log", log)}{rows("m", members)}</database></mysqldump>'),
        leak("elements of Chinese names", "<?xml version='1.0'?><数据>" + "".join(f"<人>{tags(one)}</人>" for one in words) + "</数据>"),
        leak("elements without one around", "".join("<u " + " ".join(f'{k}="{v}"' for k, v in of(p).items()) + "/>\n" for p in WHO)),
        leak("a property list", "<plist><array>" + "".join(f"<dict>{one}</dict>" for one in keys) + "</array></plist>"),
        leak("names and values in elements", "<r>" + "".join("<e>" + "".join(f'<attr name="{k}"><value>{v}</value></attr>' for k, v in of(p).items()) + "</e>" for p in WHO) + "</r>"),
        leak("values in base64", "<r>" + "".join('<e dn="x"><attr name="name"><value encoding="base64">' + base64.b64encode(p.name.encode()).decode() + f'</value></attr><attr name="mobile"><value>{p.phone}</value></attr><attr name="mail"><value>{p.email}</value></attr><attr name="cls"><value>top</value><value>person</value></attr></e>' for p in WHO) + "</r>"),
        leak("keys that are numbers", "<r>" + "".join(f"<u><key>{p.number}</key>{tags(of(p))}</u>" for p in WHO) + "</r>"),
        leak("a table of labels a person", "<html><body>" + "".join(f"<table>{one}</table>" for one in pairs) + "</body></html>"),
        leak("terms of a page", "<html><body>" + "".join(f"<dl>{one}</dl>" for one in terms) + "</body></html>"),
        leak("labels on lines of an element", "<html><body>" + "".join(f'<div class="m"><div class="t">{one}</div></div>\n' for one in shown) + "</body></html>"),
        leak("cards behind a remark", "# 2024\n\n" + "".join(f"BEGIN:VCARD\nFN:{p.name}\nTEL:{p.phone}\nEMAIL:{p.email}\nEND:VCARD\n" for p in WHO)),
    ]  # fmt: skip


@pytest.mark.parametrize("case", every_page(), ids=lambda case: case.name)
def test_a_page_is_read_right(tmp_path: Path, case: Leak) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    verdict, why = judge(case, path)
    assert verdict == "right", why


def read(path: Path, content: str) -> Dump:
    path.write_text(content, encoding="utf-8")
    return ingest(path, fields=FIELDS)


def test_a_table_that_is_left_out_is_named(tmp_path: Path) -> None:
    dump = read(tmp_path / "dump", every_page()[0].content.decode())
    assert any("left out" in note and "log" in note for note in dump.notes)


def test_elements_with_the_same_leaves_are_one_table(tmp_path: Path) -> None:
    content = "<r>" + "".join(
        f"<{kind}>{tags(of(p))}</{kind}>" for p in WHO for kind in [("vip", "user")[p.number % 2]]
    )
    dump = read(tmp_path / "dump", f"{content}</r>")
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO]


def test_a_table_with_a_header_is_no_table_of_labels(tmp_path: Path) -> None:
    cells = "".join(f"<tr><td>{p.name}</td><td>{p.phone}</td></tr>" for p in WHO)
    dump = read(tmp_path / "dump", f"<html><table><tr><th>姓名</th><th>手机</th></tr>{cells}</table></html>")
    assert dump.table()["name"].to_list() == [p.name for p in WHO]


def test_the_first_address_of_a_card_is_its_persons(tmp_path: Path) -> None:
    work = "ADR;TYPE=WORK:;;1 Market Street;Springfield;;;\n"
    cards = "".join(
        f"BEGIN:VCARD\nFN:{p.name}\nTEL:{p.phone}\nADR;TYPE=HOME:;;{p.address};;;;\n{work}END:VCARD\n" for p in WHO
    )
    assert read(tmp_path / "dump", cards).table()["address"].to_list() == [p.address for p in WHO]
