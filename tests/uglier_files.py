"""A second corpus, by another hand: small files in the manner of leaks that were sold, each with its truth.

A truth is what each row shows by field, None where nobody can read the row. A field of no row must not be found at all.
"""

import gzip
import io
import json
import tarfile
import zipfile
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.resident_ids import with_check

NAMES = ("欧阳明轩", "林婉儿", "陈大文", "司马懿德", "何秀莲", "马云飞", "许志安", "邓丽", "蔡依", "彭于晏之")
STREETS = (
    "江苏省南京市鼓楼区中山北路30号", "广西壮族自治区南宁市青秀区民族大道131号", "山东省青岛市市南区香港中路12号甲",
    "新疆乌鲁木齐市天山区解放北路88号", "河南省郑州市金水区花园路59号院3号楼", "福建省厦门市思明区湖滨南路334号",
    "重庆市渝中区解放碑步行街1号", "湖南省长沙市岳麓区麓山南路932号", "云南省昆明市五华区翠湖北路2号", "陕西省西安市雁塔区小寨东路126号",
)  # fmt: skip
IDS = [f"990202{1960 + n}0{n % 9 + 1}15{100 + n * 37}" for n in range(10)]
Row = dict[str, str] | None


P: list[dict[str, str]] = [
    {
        "name": NAMES[n], "phone": f"17012{n * 8117 % 10**6:06}", "email": f"lx_{n}.mail@example.org",
        "resident_id": with_check(IDS[n]), "address": STREETS[n],
    }
    for n in range(10)
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ugly:
    """One file. `codes`: it may be refused with one of these; with `truth` too, either is right."""

    name: str
    content: bytes = field(repr=False)
    truth: list[Row] | None = field(repr=False, default=None)
    codes: tuple[str, ...] = ()


def only(*fields: str) -> list[Row]:
    return [{name: p[name] for name in fields} for p in P]


def lines(form: str, *, end: str = "\n") -> str:
    return "".join(form.format(n=n, **p) + end for n, p in enumerate(P))


def tarball() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        content = lines("{name},{phone}").encode()
        info = tarfile.TarInfo("a.csv")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def locked_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", lines("{name},{phone}"))
    raw = bytearray(out.getvalue())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def spreadsheet_xml() -> str:
    rows = "".join(
        f'<Row><Cell><Data ss:Type="Number">{n}</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">{p["name"]}</Data></Cell>'
        f'<Cell><Data ss:Type="String">{p["phone"]}</Data></Cell></Row>\n'
        for n, p in enumerate(P)
    )
    head = '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>\n'
    return head + rows + "</Table></Worksheet></Workbook>"


HOTEL = "Name,CardNo,Descriot,CtfTp,CtfId,Gender,Birthday,Address,Zip,Dirty,District1,District2,Mobile,Tel,Fax,EMail,Nation,Version,id\n"


def uglier() -> list[Ugly]:
    """Give the corpus."""
    ad = "===== t.me/dataxx 每日更新 =====\n更多数据进群\n\n"
    ragged = "".join(
        f"{p['name']},{p['phone']},{p['address']}{',3单元,502室' if n % 3 == 0 else ''}\n" for n, p in enumerate(P)
    )
    every = ("name", "phone", "email", "resident_id", "address")
    nav = '"id"\t"xm"\t"sjh"\t"yx"\r\n' + lines('"{n}"\t"{name}"\t"{phone}"\t"{email}"', end="\r\n")
    admin = (
        '-- phpMyAdmin SQL Dump\n-- version 4.9\nSET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\n--\n-- Table structure\n--\n'
        "CREATE TABLE `member` (\n  `uid` int(11) NOT NULL,\n  `realname` varchar(50) COLLATE utf8_unicode_ci NOT NULL,\n  `mobile` varchar(11),\n  `address` varchar(99)\n) ENGINE=MyISAM;\n\n"
        "INSERT INTO `member` (`uid`, `realname`, `mobile`, `address`) VALUES\n"
        + ",\n".join(f"({n}, '{p['name']}', '{p['phone']}', '{p['address']} (''旧'')')" for n, p in enumerate(P))
        + ";\n"
    )
    pg = "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n" + lines(
        "INSERT INTO public.member (id, name, phone, note) VALUES ({n}, '{name}'::character varying, '{phone}', E'a\\'b\\\\');"
    )
    oracle = "REM INSERTING into USERS\nSET DEFINE OFF;\n" + lines(
        "Insert into USERS (ID,NAME,PHONE,CREATED) values ({n},'{name}','{phone}',to_date('2026-01-02','YYYY-MM-DD'));"
    )
    sqlite = (
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, phone TEXT, sfz TEXT);\n"
        + lines("INSERT INTO users VALUES({n},'{name}','{phone}','{resident_id}');")
        + "COMMIT;\n"
    )
    varied = "".join(
        f"姓名:{p['name']},电话:{p['phone']}" + (f",地址:{p['address']}" if n % 2 else "") + "\n"
        for n, p in enumerate(P)
    )
    varied_truth: list[Row] = [
        {"name": p["name"], "phone": p["phone"], "address": p["address"] if n % 2 else ""} for n, p in enumerate(P)
    ]
    broken = b"".join(
        line.encode() if n != 4 else line.encode()[:4] + b"\xff\xfe" + line.encode()[4:]
        for n, line in enumerate(lines("{phone},{email}").splitlines(keepends=True))
    )
    broken_truth = only("phone", "email")
    broken_truth[4] = {"phone": "", "email": P[4]["email"]}
    nav_table = (
        "<html><table><tr><td>首页</td><td>登录</td></tr></table><table border=1>"
        + lines("<tr><td>{n}</td><td>{name}</td><td>{phone}</td></tr>")
        + "</table></html>"
    )
    courier = "运单号,寄件人,寄件电话,收件人,收件电话,收件地址\n" + lines(
        "SF10{n}77,某商行,400-820-0000,{name},{phone},{address}"
    )
    vertical = "".join(f"{n + 1}、{p['name']}，{p['phone']}，{p['address']}\n" for n, p in enumerate(P))
    wide_row = ["" for _ in range(40)]
    wide = "".join(",".join([*wide_row[:30], p["name"], "1", p["phone"], *wide_row[:5]]) + "\n" for p in P)
    masked = "".join(f"{p['name']}|{p['phone'][:3]}****{p['phone'][7:]}|{p['address']}|{p['email']}\n" for p in P)
    return [
        Ugly("QQ and phone", lines("10{n}86{n}3----{phone}").encode(), only("phone")),
        Ugly("advertisement, then bars", (ad + lines("{name}|{phone}|{resident_id}|{address}")).encode("gbk"), [None, None, *only("name", "phone", "resident_id", "address")]),
        Ugly("Navicat text", nav.encode("utf-8-sig"), only("name", "phone", "email")),
        Ugly("phpMyAdmin SQL", admin.encode(), [{"name": p["name"], "phone": p["phone"], "address": p["address"] + " ('旧')"} for p in P]),
        Ugly("mongoexport CSV", ("_id,user.name,user.phone,user.email\n" + lines("ObjectId(5f{n}),{name},{phone},{email}")).encode(), only("name", "phone", "email")),
        Ugly("Excel's sep line", ("sep=;\n姓名;电话\n" + lines("{name};{phone}")).encode("utf-8-sig"), only("name", "phone")),
        Ugly("line ends within quotes", ("姓名,电话,地址\n" + lines('{name},{phone},"{address}\n后门, 右转"')).encode(), [{**r, "address": p["address"] + "\n后门, 右转"} for r, p in zip(only("name", "phone"), P, strict=True)]),
        Ugly("commas in addresses, no quotes", ragged.encode(), [{"name": p["name"], "phone": p["phone"], "address": p["address"] + (",3单元,502室" if n % 3 == 0 else "")} for n, p in enumerate(P)]),
        Ugly("labels that are sometimes missing", varied.encode("gb18030"), varied_truth),
        Ugly("English labels", lines("Name: Anna White | Phone: +1 202-555-01{n}0 | Email: {email}").encode(), [{"name": "Anna White", "phone": f"+1 202-555-01{n}0", "email": p["email"]} for n, p in enumerate(P)]),
        Ugly("escaped JSON with a mark and commas", "".join(json.dumps(p) + ",\n" for p in P).encode("utf-8-sig"), only(*every)),
        Ugly("JSON of arrays", json.dumps([[p["name"], p["phone"]] for p in P]).encode(), only("name", "phone")),
        Ugly("two HTML tables", nav_table.encode("gbk"), [None, *only("name", "phone")]),
        Ugly("tar.gz", tarball(), only("name", "phone")),
        Ugly("locked zip", locked_zip(), None, ("trace.encrypted",)),
        Ugly("SQLite database", b"SQLite format 3\0" + bytes(200), None, ("trace.binary",)),
        Ugly("rounded phones beside mailboxes", ("电话,邮箱\n" + lines("1.70E+10,{email}")).encode(), [{"phone": "", "email": p["email"]} for p in P]),
        Ugly("columns far to the right", wide.encode(), only("name", "phone")),
        Ugly("the hotels' columns", (HOTEL + lines("{name},,,ID,{resident_id},M,19800101,{address},100000,F,,,{phone},,,{email},,0,{n}")).encode(), only(*every)),
        Ugly("courier", courier.encode("gb18030"), only("name", "phone", "address")),
        Ugly("double carriage returns", lines("{name},{phone}", end="\r\r\n").encode(), only("name", "phone")),
        Ugly("a separator after each row", ("姓名,电话\n" + lines("{name},{phone},")).encode(), only("name", "phone")),
        Ugly("single blanks", lines("{name} {phone} {email}").encode(), only("name", "phone", "email")),
        Ugly("numbered lines with ideographic commas", vertical.encode(), only("name", "phone", "address")),
        Ugly("nothing between", lines("{name}{phone}{address}").encode(), [{**r, "name": "" if len(r["name"]) > 3 and r["name"][:2] not in ("欧阳", "司马") else r["name"]} for r in only("name", "phone", "address")]),
        Ugly("tabs with blanks around", lines("{name} \t {phone} \t {email}").encode(), only("name", "phone", "email")),
        Ugly("PostgreSQL INSERT with casts", pg.encode(), only("name", "phone")),
        Ugly("Oracle", oracle.encode("gb18030"), only("name", "phone")),
        Ugly("sqlite .dump", sqlite.encode(), only("name", "phone", "resident_id")),
        Ugly("two gzip members", gzip.compress(lines("{name},{phone}").encode()) + gzip.compress(lines("{name},{phone}").encode()), only("name", "phone") * 2),
        Ugly("comments at the top", ("# exported 2026\n# rows: 10\nname,phone\n" + lines("{name},{phone}")).encode(), only("name", "phone")),
        Ugly("each row within quotes", lines('"{name},{phone},{address}"').encode(), only("name", "phone", "address")),
        Ugly("single quotes", lines("'{name}','{phone}','{email}'").encode(), only("name", "phone", "email")),
        Ugly("a header of nothing", ("c1,c2,c3\n" + lines("{name},{phone},{address}")).encode(), only("name", "phone", "address")),
        Ugly("log lines", lines("2026-01-01 10:00:0{n} INFO login user={name} phone={phone} ip=10.0.0.{n}").encode(), only("name", "phone"), ()),
        Ugly("form encoded", "".join(f"name={quote(p['name'])}&tel={p['phone']}&addr={quote(p['address'])}\n" for p in P).encode(), only("name", "phone", "address")),
        Ugly("spreadsheet of 2003 in XML", spreadsheet_xml().encode(), only("name", "phone")),
        Ugly("a line that no codec decodes", broken, broken_truth),
        Ugly("tildes", lines("{name}~{phone}~{address}").encode(), only("name", "phone", "address")),
        Ugly("bars with blanks", lines("{name} | {phone} | {email}").encode(), only("name", "phone", "email")),
        Ugly("tab bar tab", lines("{name}\t|\t{phone}\t|\t{email}").encode("gbk"), only("name", "phone", "email")),
        Ugly("mailbox and password", lines("{email}:pass{n}word").encode(), only("email")),
        Ugly("masked phones", masked.encode("gb18030"), [{**r, "phone": ""} for r in only("name", "phone", "address", "email")]),
        Ugly("phones alone", lines("{phone}").encode(), only("phone")),
        Ugly("UTF-32", lines("{name},{phone}").encode("utf-32"), None, ("trace.binary", "trace.no-column", "trace.encoding")),
        Ugly("spaced phones", lines("{name},+86 {phone}").replace("17012", "170 12").encode(), only("name", "phone")),
        Ugly("brackets of lists", lines("['{name}', '{phone}', '{address}'],").encode(), only("name", "phone", "address")),
        Ugly("YAML", lines('- name: {name}\n  phone: "{phone}"\n  address: {address}').encode(), only("name", "phone", "address")),
        Ugly("people in one line", lines("{name},{phone};", end="").encode(), None, ("trace.format",)),
        Ugly("Chinese quotes", lines("“{name}”，“{phone}”，“{address}”").encode("gbk"), [{**r, "name": "" if r["name"] == "彭于晏之" else r["name"]} for r in only("name", "phone", "address") if r]),
        Ugly("in brackets", lines("{name}(手机:{phone};住址:{address})").encode(), only("name", "phone", "address")),
        Ugly("prose", "今天天气很好，我们去北京路散步。\n明天下雨，在家看书。\n".encode() * 9, None, ("trace.no-column",)),
        Ugly("a table of one row", ("姓名,电话\n" + "{name},{phone}\n".format(**P[0])).encode("gb18030"), only("name", "phone")[:1]),
    ]  # fmt: skip
