"""Files as they are sold, each of another ugliness, with the truth of each: what must be read, or refused and why.

Everything is made here from invented people with numbers that no carrier has; nothing is stored. A case gives the
bytes, the people its rows show in order (None for a row that nobody can read), and which fields are to be found.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from xml.sax.saxutils import escape as xml_escape

import polars as pl
import pyarrow as pa
from tests.resident_ids import with_check

ALL = ("name", "phone", "email", "resident_id", "address")
HEADER = ("姓名", "手机号", "邮箱", "身份证号", "收货地址")
SURNAMES, GIVEN = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨",
    ("伟", "芳华", "娜", "秀英", "敏", "静怡", "丽", "强", "磊", "军", "洋", "勇"),
)
PLACES = (
    "北京市朝阳区建国路", "上海市浦东新区世纪大道", "广东省深圳市南山区科技路", "四川省成都市武侯区人民南路",
    "浙江省杭州市西湖区文三路", "湖北省武汉市洪山区珞喻路",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    name: str
    phone: str
    email: str
    resident_id: str
    address: str

    def cells(self, fields: Sequence[str] = ALL) -> list[str]:
        return [getattr(self, name) for name in fields]


def resident_id(number: int) -> str:
    """Give a well-formed ID of a region code that is not assigned."""
    digits = f"990101{1950 + number % 50}{1 + number % 12:02}{1 + number % 28:02}{number % 1000:03}"
    return with_check(digits)


def people(count: int = 60, *, start: int = 0) -> list[Person]:
    """Give invented people."""
    return [
        Person(
            name=SURNAMES[n % 16] + GIVEN[(n // 3) % 12],
            phone=f"1380{n * 7919 % 10**7:07}",
            email=f"user{n}@example.com",
            resident_id=resident_id(n),
            address=f"{PLACES[n % 6]}{n % 300 + 1}号{n % 9 + 1}单元{n % 30 + 1}02室",
        )
        for n in range(start, start + count)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file. `refused` is the code of its refusal, else `truth` is what its rows show, None for unreadable ones."""

    name: str
    content: bytes = field(repr=False)
    truth: tuple[Person | None, ...] = field(repr=False, default=())
    fields: tuple[str, ...] = ALL
    refused: str | None = None


def table(rows: Sequence[Sequence[str]], *, delimiter: str = ",", end: str = "\n", **options: object) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, **options).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


def plain(who: Sequence[Person], *, fields: Sequence[str] = ALL, header: bool = True, **options: object) -> str:
    named = [HEADER[ALL.index(name)] for name in fields]
    rows = [person.cells(fields) for person in who]
    return table([named, *rows] if header else rows, **options)  # type: ignore[arg-type]


def joined(who: Sequence[Person], *, by: str, fields: Sequence[str] = ALL, end: str = "\n") -> str:
    return end.join(by.join(person.cells(fields)) for person in who) + end


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def mysql(who: Sequence[Person], *, rows_each: int = 20) -> str:
    head = (
        "-- MySQL dump 10.13  Distrib 8.0.33\n/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `t_user`;\n"
        "CREATE TABLE `t_user` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `xm` varchar(20) DEFAULT NULL COMMENT '姓名,(真)',\n"
        "  `mobile` varchar(20) DEFAULT NULL,\n  `mail` varchar(60),\n  `sfz` char(18),\n  `addr` text,\n"
        "  `balance` decimal(10,2) DEFAULT '0.00',\n  PRIMARY KEY (`id`),\n  KEY `k` (`mobile`)\n) ENGINE=InnoDB;\n"
        "LOCK TABLES `t_user` WRITE;\n"
    )
    body = ""
    for start in range(0, len(who), rows_each):
        tuples = ",".join(
            f"({start + n},{','.join(map(quoted, p.cells()))},NULL)"
            for n, p in enumerate(who[start : start + rows_each])
        )
        body += f"INSERT INTO `t_user` VALUES {tuples};\n"
    return head + body + "UNLOCK TABLES;\n"


def mysql_many(who: Sequence[Person]) -> str:
    log = "CREATE TABLE `log` (`id` int, `msg` text);\nINSERT INTO `log` VALUES (1,'login; INSERT INTO `t_user` VALUES (9)'),(2,'it\\'s \\\\ok');\n"
    code = (
        "DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON t_user FOR EACH ROW BEGIN\n"
        "INSERT INTO t_user VALUES (1,'王五','13811111111','x@example.com','','',NULL);\nEND ;;\nDELIMITER ;\n"
    )
    return log + mysql(who) + code + "INSERT INTO `log` (`id`,`msg`) VALUES (3,'bye');\n"


def postgres(who: Sequence[Person]) -> str:
    lines = "".join("\t".join([str(n), *p.cells(), "\\N"]) + "\n" for n, p in enumerate(who))
    return (
        "--\n-- PostgreSQL database dump\n--\nSET standard_conforming_strings = on;\n"
        "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\nINSERT INTO public.users VALUES (1);\nEND $$;\n"
        "COPY public.orders (id, item) FROM stdin;\n1\tbook\n\\.\n"
        f"COPY public.users (id, name, phone, email, id_card, address, note) FROM stdin;\n{lines}\\.\n"
        "SELECT pg_catalog.setval('users_id_seq', 1, true);\n"
    )


def column_letter(index: int) -> str:
    return chr(ord("A") + index)


def workbook(sheets: dict[str, Sequence[Sequence[str | float]]], merged: Sequence[str] = ()) -> bytes:
    """Write the smallest xlsx that spreadsheets open: inline strings and numbers, and the same cells merged in each sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
            'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, start=1)
        )
        archive.writestr(
            "xl/workbook.xml",
            '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{listed}</sheets></workbook>',
        )
        targets = "".join(
            f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{targets}</Relationships>',
        )
        merges = "".join(f'<mergeCell ref="{cells}"/>' for cells in merged)
        merges = f'<mergeCells count="{len(merged)}">{merges}</mergeCells>' if merged else ""
        for number, rows in enumerate(sheets.values(), start=1):
            body = ""
            for row_number, row in enumerate(rows, start=1):
                cells = ""
                for index, value in enumerate(row):
                    at = f"{column_letter(index)}{row_number}"
                    if isinstance(value, float):
                        cells += f'<c r="{at}"><v>{value!r}</v></c>'
                    elif value.startswith("="):
                        cells += f'<c r="{at}" t="str"><f>{xml_escape(value[1:])}</f><v>0</v></c>'
                    elif value:
                        cells += f'<c r="{at}" t="inlineStr"><is><t>{xml_escape(value)}</t></is></c>'
                body += f'<row r="{row_number}">{cells}</row>'
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{body}</sheetData>{merges}</worksheet>',
            )
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def parquet(who: Sequence[Person]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame([dict(zip(ALL, p.cells(), strict=True)) for p in who]).write_parquet(out)
    return out.getvalue()


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def padded(text: str, width: int) -> str:
    return text + " " * (width - sum(2 if ord(c) > 0x2E7F else 1 for c in text))


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


def vcard(p: Person) -> str:
    return (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{p.name[0]};{p.name[1:]};;;\r\nFN:{p.name}\r\nTEL;TYPE=CELL:{p.phone}\r\n"
        f"EMAIL;TYPE=INTERNET:{p.email}\r\nADR;TYPE=HOME:;;{p.address};;;;\r\nEND:VCARD\r\n"
    )


def text_cases() -> list[Case]:
    """Separated text in its many spellings."""
    who = people()
    whole = tuple(who)
    gbk = plain(who, delimiter="|").encode("gb18030")
    trail = [
        Person(f"{p.name[0]}磡{c}", p.phone, p.email, p.resident_id, p.address)
        for p, c in zip(who, "誠謀運錦穦簗" * 10, strict=True)
    ]
    mixed = b"".join(
        line.encode("gb18030" if n % 2 else "utf-8") for n, line in enumerate(plain(who).splitlines(keepends=True))
    )
    traditional = [
        Person(p.name, p.phone, p.email, p.resident_id, "臺北市信義區市府路" + p.address[-8:].replace("单", "單"))
        for p in who
    ]
    lines = plain(who).splitlines(keepends=True)
    ragged: list[Person | None] = list(who)
    ragged[7] = ragged[20] = None
    ragged_lines = [line if n not in (8, 21) else line.replace(",", "", 1) for n, line in enumerate(lines)]
    open_quote = [line if n != 11 else '"' + line for n, line in enumerate(lines)]
    nul = [line if n % 5 else line.replace("号", "\0号", 1) for n, line in enumerate(lines)]
    titles = "某某平台会员名单\n导出时间:2026-01-01\n\n" + "".join(lines)
    again = "".join(lines[:31] + lines[:1] + lines[31:])
    footer: list[Person | None] = [*who, None]
    ident = ("name", "phone", "resident_id")
    sheet = table(
        [[HEADER[0], HEADER[1], HEADER[3]], *[["'" + p.name, f'="{p.phone}"', "'" + p.resident_id] for p in who]]
    )
    zeros = table([[HEADER[0], HEADER[1]], *[[p.name, p.phone + ".0"] for p in who]])
    rounded = table(
        [
            [HEADER[0], HEADER[3]],
            *[[p.name, f"{int(p.resident_id[:17]) * 10:.5E}"] for p in who[:20]],
            *[[p.name, p.resident_id] for p in who[20:]],
        ]
    )
    wide = table([[HEADER[0], HEADER[1]], *[[p.name, full_width(p.phone)] for p in who]])
    bom_mid = plain(who[:30]) + "\ufeff" + plain(who[30:])
    loaded = "".join("\t".join([p.name, p.phone, "\\N", p.address.replace("号", "号\\\t")]) + "\n" for p in who)
    backslash = "".join(f'"{p.name}","{p.phone}","备注 \\"急\\" 件","{p.address}"\n' for p in who)
    return [
        Case(name="comma, header", content=plain(who).encode(), truth=whole),
        Case(name="tab, no header, GB18030", content=plain(who, header=False, delimiter="\t").encode("gb18030"), truth=whole),
        Case(name="four hyphens", content=joined(who, by="----").encode("gb18030"), truth=whole),
        Case(name="|+|", content=joined(who, by="|+|").encode(), truth=whole),
        Case(name="||", content=joined(who, by="||").encode(), truth=whole),
        Case(name="@@ between cells", content=joined(who, by="##").encode(), truth=whole),
        Case(name="Hive, \\x01", content=joined(who, by="\x01").encode(), truth=whole),
        Case(name="semicolon, old Macintosh", content=plain(who, delimiter=";", end="\r").encode(), truth=whole),
        Case(name="full-width comma", content=joined(who, by="，").encode(), truth=whole),
        Case(name="colon list", content=joined(who, by=":", fields=("name", "phone", "email")).encode(), truth=whole, fields=("name", "phone", "email")),
        Case(name="GBK with | between", content=gbk, truth=whole),
        Case(name="GBK trail bytes like | and \\", content=joined(trail, by="|").encode("gb18030"), truth=tuple(trail)),
        Case(name="lines of two encodings", content=mixed, truth=whole),
        Case(name="Big5", content=plain(traditional).replace("单", "單").replace("号", "號").encode("cp950", "replace"), truth=whole, fields=("phone", "email", "resident_id")),
        Case(name="UTF-16 with mark (Excel, Unicode text)", content=plain(who, delimiter="\t", end="\r\n").encode("utf-16"), truth=whole),
        Case(name="UTF-16 LE without mark", content=plain(who).encode("utf-16-le"), truth=whole),
        Case(name="UTF-16 BE without mark", content=plain(who).encode("utf-16-be"), truth=whole),
        Case(name="byte order mark, then another in the middle", content=bom_mid.encode("utf-8-sig"), truth=(*who,)),
        Case(name="titles before the header", content=titles.encode(), truth=whole),
        Case(name="header that comes again", content=again.encode(), truth=whole),
        Case(name="footer", content=("".join(lines) + "合计:60条\n").encode(), truth=tuple(footer)),
        Case(name="ragged rows", content="".join(ragged_lines).encode(), truth=tuple(ragged)),
        Case(name="a quote never closed", content="".join(open_quote).encode(), truth=whole),
        Case(name="NUL bytes", content="".join(nul).encode(), truth=whole),
        Case(name="spreadsheet's apostrophes and formulas", content=sheet.encode(), truth=whole, fields=ident),
        Case(name="numbers with .0", content=zeros.encode(), truth=whole, fields=("name", "phone")),
        Case(name="identifiers in scientific notation", content=rounded.encode(), truth=(*[None] * 20, *who[20:]), fields=("name", "resident_id")),
        Case(name="full-width digits", content=wide.encode(), truth=whole, fields=("name", "phone")),
        Case(name="LOAD DATA with \\N and escaped tabs", content=loaded.encode(), truth=whole, fields=("name", "phone", "address")),
        Case(name="quotes escaped with a backslash", content=backslash.encode(), truth=whole, fields=("name", "phone", "address")),
        Case(name="blank lines between", content=plain(who, end="\n\n").encode(), truth=whole),
        Case(name="every cell quoted, windows line ends", content=plain(who, quoting=csv.QUOTE_ALL, end="\r\n").encode("gb18030"), truth=whole),
    ]  # fmt: skip


def shape_cases() -> list[Case]:
    """Lines that are no separated text."""
    who = people()
    whole = tuple(who)
    four = ("name", "phone", "address")
    fixed = "".join(
        padded(p.name, 10) + padded(p.phone, 13) + padded(p.resident_id, 20) + p.address + "\n" for p in who
    )
    glued = "".join(f"{p.name} {p.phone} {p.address}\n" for p in who)
    order = "".join(f"{n},{p.address}，{p.name}，{p.phone},2026-01-0{n % 9 + 1}\n" for n, p in enumerate(who))
    labelled = "".join(f"姓名：{p.name} 电话：{p.phone} 身份证：{p.resident_id} 地址：{p.address}\n" for p in who)
    blocks = "".join(f"收货人: {p.name}\n联系电话: {p.phone}\n收货地址: {p.address}\n\n" for p in who)
    pairs = "".join(f"uid={n}&name={p.name}&mobile={p.phone}&email={p.email}\n" for n, p in enumerate(who))
    markdown = "| 姓名 | 手机 | 地址 |\n|---|---|---|\n" + "".join(
        f"| {p.name} | {p.phone} | {p.address} |\n" for p in who
    )
    box = (
        "+------+-------+\n| name | phone | email |\n+------+-------+\n"
        + "".join(f"| {p.name} | {p.phone} | {p.email} |\n" for p in who)
        + "+------+\n60 rows in set (0.01 sec)\n"
    )
    vertical = "".join(
        f"*************************** {n}. row ***************************\n   name: {p.name}\n  phone: {p.phone}\n  email: {p.email}\n"
        for n, p in enumerate(who, start=1)
    )
    page = (
        "<html><body><table><tr><th>姓名</th><th>手机号</th><th>地址</th></tr>"
        + "".join(f"<tr><td>{escape(p.name)}</td><td>{p.phone}</td>\n<td>{p.address}</td></tr>" for p in who)
        + "</table></body></html>"
    )
    xml = (
        '<?xml version="1.0"?><RECORDS>'
        + "".join(
            f"<RECORD><name>{p.name}</name><phone>{p.phone}</phone><email>{p.email}</email></RECORD>\n" for p in who
        )
        + "</RECORDS>"
    )
    blanks = "".join(f"{p.name}   {p.phone}  {p.email}     {p.resident_id}\n" for p in who)
    return [
        Case(name="fixed width", content=fixed.encode("gb18030"), truth=whole, fields=("name", "phone", "resident_id", "address")),
        Case(name="fixed width in UTF-8", content=fixed.encode(), truth=whole, fields=("name", "phone", "resident_id", "address")),
        Case(name="runs of blanks", content=blanks.encode(), truth=whole, fields=("name", "phone", "email", "resident_id")),
        Case(name="name phone address in one cell", content=glued.encode(), truth=whole, fields=four),
        Case(name="glued within a column", content=order.encode(), truth=whole, fields=four),
        Case(name="labels", content=labelled.encode("gb18030"), truth=whole, fields=("name", "phone", "resident_id", "address")),
        Case(name="labelled blocks", content=blocks.encode(), truth=whole, fields=four),
        Case(name="key=value", content=pairs.encode(), truth=whole, fields=("name", "phone", "email")),
        Case(name="Markdown", content=markdown.encode(), truth=whole, fields=four),
        Case(name="MySQL terminal", content=box.encode(), truth=whole, fields=("name", "phone", "email")),
        Case(name="MySQL terminal, vertical", content=vertical.encode(), truth=whole, fields=("name", "phone", "email")),
        Case(name="vCard", content="".join(map(vcard, who)).encode(), truth=whole, fields=("name", "phone", "email", "address")),
        Case(name="HTML table", content=page.encode(), truth=whole, fields=four),
        Case(name="XML records", content=xml.encode(), truth=whole, fields=("name", "phone", "email")),
    ]  # fmt: skip


def structured_cases() -> list[Case]:
    """SQL, JSON, spreadsheets and packed files."""
    who = people()
    whole = tuple(who)
    objects = [dict(zip(ALL, p.cells(), strict=True)) for p in who]
    mongo = "".join(
        json.dumps(
            {"_id": {"$oid": f"{n:024x}"}, "user": {"name": p.name, "tel": p.phone}, "mails": [p.email]},
            ensure_ascii=False,
        )
        + "\n"
        for n, p in enumerate(who)
    )
    admin = (
        '[\n{"type":"header","version":"5.2"},\n{"type":"table","name":"users","data":\n[\n'
        + ",\n".join(json.dumps(o) for o in objects)
        + "\n]\n}\n]\n"
    )
    server = "SET IDENTITY_INSERT [dbo].[Users] ON\n" + "".join(
        f"INSERT [dbo].[Users] ([Id], [Name], [Phone], [Address]) VALUES ({n}, N'{p.name}', N'{p.phone}', N'{p.address}')\n"
        for n, p in enumerate(who)
    )
    quotes = [Person(p.name, p.phone, p.email, p.resident_id, p.address + "(O'Neil \\ 家)") for p in who]
    long_json = json.dumps({"code": 0, "data": {"total": 60, "list": objects}}, ensure_ascii=False)
    sheet = [["会员表", "", ""], ["姓名", "手机号", "地址"], *[[p.name, float(p.phone), p.address] for p in who]]
    halves = {
        "a.csv": plain(who[:30]).encode(),
        "b.csv": plain(who[30:]).encode("gb18030"),
        "__MACOSX/._a.csv": b"\0\5\x16\7" * 9,
        "更多数据加群.txt": "更多数据请联系\n".encode(),
    }
    other = {
        "a.csv": plain(who[:30]).encode(),
        "b.csv": plain(who[30:], fields=("phone", "name")).replace("姓名", "寄件人").encode(),
    }
    return [
        Case(name="MySQL dump", content=mysql(who).encode(), truth=whole),
        Case(name="MySQL dump of several tables, with stored code", content=mysql_many(quotes).encode(), truth=tuple(quotes)),
        Case(name="MySQL dump in GBK", content=mysql(who).encode("gb18030"), truth=whole),
        Case(name="PostgreSQL COPY", content=postgres(who).encode(), truth=whole),
        Case(name="SQL Server script", content=server.encode("utf-16"), truth=whole, fields=("name", "phone", "address")),
        Case(name="JSON Lines", content="".join(json.dumps(o) + "\n" for o in objects).encode(), truth=whole),
        Case(name="one JSON array, pretty", content=json.dumps(objects, indent=2, ensure_ascii=False).encode(), truth=whole),
        Case(name="JSON in one line within a reply", content=long_json.encode(), truth=whole),
        Case(name="mongoexport", content=mongo.encode(), truth=whole, fields=("name", "phone", "email")),
        Case(name="phpMyAdmin JSON", content=admin.encode(), truth=whole),
        Case(name="Python's print", content="".join(f"{o!r}\n" for o in objects).encode(), truth=whole),
        Case(name="spreadsheet with a title and numbers", content=workbook({"说明": [["本表仅供内部"]], "会员": sheet}), truth=whole, fields=("name", "phone", "address")),
        Case(name="spreadsheet on two sheets", content=workbook({"1": [list(HEADER), *[p.cells() for p in who[:30]]], "2": [list(HEADER), *[p.cells() for p in who[30:]]]}), truth=whole),
        Case(name="Parquet", content=parquet(who), truth=whole),
        Case(name="gzip of CSV", content=gzip.compress(plain(who).encode("gb18030")), truth=whole),
        Case(name="zstd of SQL", content=zstd(mysql(who).encode()), truth=whole),
        Case(name="bzip2 of JSON Lines", content=bz2.compress("".join(json.dumps(o) + "\n" for o in objects).encode()), truth=whole),
        Case(name="xz of hyphens", content=lzma.compress(joined(who, by="----").encode()), truth=whole),
        Case(name="zip of two halves, an advertisement and litter", content=zipped(halves), truth=whole),
        Case(name="zip of a spreadsheet", content=zipped({"../../etc/名单.xlsx": workbook({"s": [list(HEADER), *[p.cells() for p in who]]})}), truth=whole),
        Case(name="zip of Parquet", content=zipped({"part-0.parquet": parquet(who)}), truth=whole),
        Case(name="zip of files laid out differently", content=zipped(other), refused="trace.members"),
        Case(name="gzip that breaks off", content=gzip.compress(plain(people(3000)).encode())[:30], refused="trace.archive"),
        Case(name="zip within a zip", content=zipped({"in.zip": zipped({"a.csv": plain(who).encode()})}), refused="trace.nested-archive"),
        Case(name="no people in it", content=b"a1,b2\n" + b"zz,yy\n" * 40, refused="trace.no-column"),
    ]  # fmt: skip


CORPORA: tuple[Callable[[], list[Case]], ...] = (text_cases, shape_cases, structured_cases)


def every_case() -> list[Case]:
    """Give all cases."""
    return [case for cases in CORPORA for case in cases()]
