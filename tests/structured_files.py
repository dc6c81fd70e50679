"""Files as databases, their terminals and programs write them, small, each with what it says of its people."""

import base64
import io
import json
import tarfile
import zipfile
from collections.abc import Callable

from tests.leaked_people import Human, Leak, humans

WHO = humans(16)
NAME_PHONE = ("name", "phone")
NAME_PHONE_EMAIL = ("name", "phone", "email")


def each(form: Callable[[Human], str]) -> str:
    return "".join(map(form, WHO))


def leak(name: str, content: str | bytes, fields: tuple[str, ...] = NAME_PHONE, *, junk: int = 0) -> Leak:
    raw = content if isinstance(content, bytes) else content.encode()
    return Leak(name=name, content=raw, truth=[person.truth(*fields) for person in WHO], junk=junk)


def units(text: str, *, before: str) -> str:
    return "".join(f"{before}{ord(character):04X}" for character in text)


def octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode())


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def quoted(text: str, *, codec: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode(codec))


def told(name: str, content: str, truth: list[dict[str, str]]) -> Leak:
    return Leak(name=name, content=content.encode(), truth=truth)


def later_columns() -> Leak:
    named = "".join(f"INSERT INTO u (id, name) VALUES ({p.number}, '{p.name}');\n" for p in WHO[:4])
    whole = "".join(f"INSERT INTO u (id, phone, name) VALUES ({p.number}, '{p.phone}', '{p.name}');\n" for p in WHO[4:])
    return told(
        "columns that come later",
        named + whole,
        [p.truth(*(NAME_PHONE if n > 3 else ("name",))) for n, p in enumerate(WHO)],
    )


def sql() -> list[Leak]:
    head = "SET standard_conforming_strings = on;\n"
    return [
        leak("sqlite's replace and char", "PRAGMA foreign_keys=OFF;\n" + each(lambda p: f"INSERT INTO c VALUES({p.number},'{p.name}','{p.phone}',replace('a\\nb','\\n',char(10)));\n")),
        leak("Oracle's chr and bars", "SET DEFINE OFF;\n" + each(lambda p: f"Insert into U (ID,NAME,PHONE,NOTE) values ({p.number},'{p.name[:1]}'||'{p.name[1:]}','{p.phone}','A '||chr(38)||' B');\n")),
        leak("MySQL's CONCAT and CONVERT", "-- MySQL dump\n" + each(lambda p: f"INSERT INTO `u` VALUES ({p.number},CONCAT('{p.name[:1]}','{p.name[1:]}'),CONVERT('{p.phone}' USING utf8mb4),CAST('{p.email}' AS CHAR),NOW());\n"), NAME_PHONE_EMAIL),
        leak("MySQL in hexadecimal", "-- MySQL dump\nINSERT INTO `u` VALUES " + ",".join(f"({p.number},_utf8mb4 0x{p.name.encode().hex()},0x{p.phone.encode().hex()},_binary '{p.email}')" for p in WHO) + ";\n", NAME_PHONE_EMAIL),
        leak("SQL Server's plus", "USE [d]\nGO\n" + each(lambda p: f"INSERT [dbo].[U] ([Id], [Name], [Phone]) VALUES ({p.number}, N'{p.name[:1]}'+N'{p.name[1:]}', CONVERT(VARCHAR(11), {p.phone}))\nGO\n")),
        leak("PostgreSQL's U&, E and dollars", head + each(lambda p: f"INSERT INTO u (id,name,phone,email,t) VALUES ({p.number}, " + (f"U&'{units(p.name, before=chr(92))}'" if p.number % 2 else f"E'{units(p.name, before=chr(92) + 'u')}'") + f", $${p.phone}$$, $m${p.email}$m$, ARRAY['a','b']::text[]);\n"), NAME_PHONE_EMAIL),
        leak("SELECT behind INSERT", "INSERT INTO u (id,name,phone)\n" + "\nUNION ALL\n".join(f"SELECT {p.number}, N'{p.name}', '{p.phone}' FROM DUAL" for p in WHO) + ";\n"),
        leak("SET behind INSERT", each(lambda p: f"INSERT INTO `u` SET `id`={p.number}, `name`='{p.name}', `phone`='{p.phone}';\n")),
        leak("UPDATE", "-- x\n" + each(lambda p: f"UPDATE `u` SET `name`='{p.name}', `phone`='{p.phone}' WHERE `id`={p.number};\n")),
        leak("COPY of CSV", head + "COPY public.u (id, name, phone) FROM stdin WITH (FORMAT csv);\n" + each(lambda p: f'{p.number},"{p.name}",{p.phone}\n') + "\\.\n"),
        leak("comments between rows", "-- MySQL dump\nINSERT INTO `u` VALUES /* a */ " + "\n,".join(f"({p.number},'{p.name}','{p.phone}') -- row {p.number}" for p in WHO) + "\n;\n"),
        later_columns(),
        leak("other words for INSERT", each(lambda p: f"UPSERT INTO U (ID,NAME,PHONE) VALUES ({p.number},'{p.name}','{p.phone}');\n")),
    ]  # fmt: skip


def labelled() -> list[Leak]:
    words = (("姓名", "电话"), ("客户", "手机"), ("姓名", "联系方式"))
    return [
        leak("labels by turns", each(lambda p: "{0}：{2} {1}：{3} 身份证:{4}\n".format(*words[p.number % 3], p.name, p.phone, p.resident_id)), ("name", "phone", "resident_id")),
        leak("stretched labels", each(lambda p: f"【{p.number}】\n姓　　名：{p.name}\n性　　别：男\n手 机 号：{p.phone}\n住　　址：{p.address}\n" + ("\n" if p.number % 2 else "=====\n")).encode("gb18030"), ("name", "phone", "address")),
        leak("labels in brackets", each(lambda p: f"【姓名】{p.name}\n【手机】{p.phone}\n【性别】女\n\n")),
        leak("labels of two words", each(lambda p: f"Full Name: {p.name}\nPhone Number: {p.phone}\nEmail Address: {p.email}\n\n"), NAME_PHONE_EMAIL),
        leak("labels above values", each(lambda p: f"姓名\n{p.name}\n手机\n{p.phone}\n\n")),
        leak("labels and a tab", each(lambda p: f"姓名\t{p.name}\n电话\t{p.phone}\n")),
        leak("psql's expanded answer", each(lambda p: f"-[ RECORD {p.number} ]-----\nid    | {p.number}\nname  | {p.name}\nphone | {p.phone}\n")),
        leak("ClickHouse's vertical answer", each(lambda p: f"Row {p.number}:\n──────\nname:  {p.name}\nphone: {p.phone}\n\n") + "16 rows in set. Elapsed: 0.01 sec.\n"),
        leak("redis-cli", each(lambda p: f'127.0.0.1:6379> HGETALL u:{p.number}\n1) "name"\n2) "{p.name}"\n3) "phone"\n4) "{p.phone}"\n'), junk=16),
        leak("LDIF", "version: 1\n\n" + each(lambda p: f"dn: uid=u{p.number},dc=example\nobjectClass: top\nobjectClass: person\ncn:: {b64(p.name)[:4]}\n {b64(p.name)[4:]}\nmobile: {p.phone}\nmail: {p.email}\n\n"), NAME_PHONE_EMAIL, junk=1),
        leak("text of protocol buffers", each(lambda p: f'users {{\n  name: "{octal(p.name)}"\n  contact {{\n    phone: "{p.phone}"\n    email: "{p.email}"\n  }}\n  address: "{p.address}"\n}}\n'), (*NAME_PHONE_EMAIL, "address")),
        leak("YAML with folded text", "users:\n" + each(lambda p: f"  - name: {p.name}\n    phone: '{p.phone}'\n    address: >-\n      {p.address}\n"), ("name", "phone", "address"), junk=2),
        leak("parameters in GBK", each(lambda p: f'10.0.0.1 "GET /s?xm={quoted(p.name, codec="gb18030")}&sjh={p.phone}&dz={quoted(p.address, codec="gb18030")} HTTP/1.1" 200 99\n'), ("name", "phone", "address")),
        leak("print_r", "Array\n(\n" + each(lambda p: f"    [{p.number}] => Array\n        (\n            [name] => {p.name}\n            [phone] => {p.phone}\n        )\n\n") + ")\n"),
    ]  # fmt: skip


def objects() -> list[Leak]:
    rows = json.dumps([[p.name, p.phone] for p in WHO], ensure_ascii=False)
    people = json.dumps([{"name": p.name, "phone": p.phone} for p in WHO], ensure_ascii=False)
    return [
        leak("JSONP of fields and items", '/**/cb_1({"data":{"fields":["xm","dh"],"items":' + rows + "}});\n"),
        leak("a variable of a script", f"var users = {people};\n"),
        leak("state of a page", 'window.__STATE__={"list":' + people + "}\n"),
        leak("phpMyAdmin's JSON", '[\n{"type":"header","version":"5"},\n{"type":"database","name":"db"},\n{"type":"table","name":"u","data":\n[\n' + ",\n".join(json.dumps({"id": str(p.number), "name": p.name, "phone": p.phone}) for p in WHO) + "\n]\n}\n]\n"),
        leak("a bulk request", each(lambda p: json.dumps({"index": {"_index": "u", "_id": str(p.number)}}) + "\n" + json.dumps({"name": p.name, "phone": p.phone}) + "\n")),
        leak("changes, before and after", each(lambda p: f"k\t{p.number}\t" + json.dumps({"before": {"name": p.name, "phone": None} if p.number % 2 else None, "after": {"name": p.name, "phone": p.phone}, "op": "u"}, ensure_ascii=False) + "\n")),
        leak("keys by turns", each(lambda p: json.dumps({"name": p.name, "mobile": p.phone} if p.number % 2 else {"xm": p.name, "sjh": p.phone}, ensure_ascii=False) + "\n")),
        leak("several fields in a value", each(lambda p: json.dumps({"id": str(p.number), "content": f"收件人：{p.name}，电话：{p.phone}，地址：{p.address}"}, ensure_ascii=False) + "\n"), ("name", "phone", "address")),
        leak("objects written as text once more", each(lambda p: json.dumps(json.dumps({"name": p.name, "phone": p.phone})) + "\n")),
        leak("tuples with NULL", each(lambda p: f"({p.number}, '{p.name}', '{p.phone}', NULL),\n")),
        leak("characters by number", "id,姓名,电话\n" + each(lambda p: f"{p.number},{units(p.name, before=chr(92) + 'u')},{p.phone}\n")),
    ]  # fmt: skip


def pages() -> list[Leak]:
    span = "".join(
        f"<tr>{f'<td rowspan=2>{WHO[n].address}</td>' if n % 2 == 0 else ''}<td>{p.name}</td><td>{p.phone}</td></tr>\n"
        for n, p in enumerate(WHO)
    )
    return [
        told("merged cells", f"<html><table>{span}</table></html>", [{**p.truth(*NAME_PHONE), "address": WHO[n - n % 2].address} for n, p in enumerate(WHO)]),
        leak("a list of a page", "<html><body><ul>" + each(lambda p: f"<li>姓名：{p.name} 电话：{p.phone}</li>") + "</ul></body></html>"),
        leak("attributes of which one is a name", '<?xml version="1.0"?><rows count="16">' + each(lambda p: f'<row id="{p.number}" name="{p.name}" phone="{p.phone}"/>') + "</rows>"),
        leak("MediaWiki", '<!-- dump -->\n\n{| class="wikitable"\n! id !! 姓名 !! 手机\n' + each(lambda p: f"|-\n | {p.number}\n | {p.name}\n | {p.phone}\n") + "|}\n"),
    ]  # fmt: skip


def csv(who: list[Human], *, header: bool = True) -> bytes:
    return ("姓名,电话\n" * header + "".join(f"{p.name},{p.phone}\n" for p in who)).encode()


def tarball(members: dict[str, bytes], *, mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def document(rows: str) -> bytes:
    spaces = 'xmlns:office="o" xmlns:table="t" xmlns:text="x"'
    text = f'<?xml version="1.0"?><office:document-content {spaces}><table:table table:name="客户">{rows}</table:table></office:document-content>'
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": text.encode()})


def archives() -> list[Leak]:
    sheet = each(
        lambda p: (
            f'<table:table-row><table:table-cell><text:p>{p.name}</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="{p.phone}"><text:p>1.6E+10</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        )
    )
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    return [
        leak("tar", tarball({"d/a.csv": csv(WHO), "d/readme.txt": b"hello"}, mode="w")),
        leak("tar.gz of two", tarball({"a.csv": csv(WHO[:8]), "b.csv": csv(WHO[8:])}, mode="w:gz")),
        leak("tar.xz with a long name", tarball({"深" * 60 + "/a.csv": csv(WHO)}, mode="w:xz")),
        leak("a zip of which one part has no header", zipped({"1.csv": csv(WHO[:8]), "2.csv": csv(WHO[8:], header=False)})),
        leak("OpenDocument", document(sheet + empty)),
    ]  # fmt: skip


def every_structure() -> list[Leak]:
    return [*sql(), *labelled(), *objects(), *pages(), *archives()]
