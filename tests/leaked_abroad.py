"""Leaked files of the rest of the world, and of programs that are the same everywhere."""

import json

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans(seed=11)
ODD_ENDS, OLD_ENDS = "\u2028\u2029\x85", "\x0b\x0c\x1c"
FIRST = ("Jürgen", "Françoise", "Søren", "Zoë", "Siobhán", "Peter", "Anna", "José")
LAST = ("Müller", "O'Brien", "Lefèvre", "Ångström", "Smith", "García", "Weiß", "Jones")
WEST = [(f"{FIRST[p.number % 8]} {LAST[p.number * 3 % 8]}", f"+44 20 7946 {p.number:04}", p.email) for p in H]


def western(*fields: str) -> list[dict[str, str]]:
    return [dict(zip(("name", "phone", "email"), w, strict=True)) for w in WEST] if not fields else [
        {f: v for f, v in zip(("name", "phone", "email"), w, strict=True) if f in fields} for w in WEST]  # fmt: skip


@leak
def windows_1252_with_semicolons() -> Made:
    rows = [
        "Kundennr;Name;Telefon;E-Mail;Umsatz",
        *(f"{n};{a};{b};{c};1.234,{n:02}" for n, (a, b, c) in enumerate(WEST)),
    ]
    return {"content": lines(rows, end="\r\n").encode("cp1252"), "truth": western()}


@leak
def returns_alone() -> Made:
    rows = ["Name,Phone,Email", *(f'"{a}",{b},{c}' for a, b, c in WEST)]
    return {"content": lines(rows, end="\r").encode("utf-8"), "truth": western()}


@leak
def line_separators_of_unicode_within() -> Made:
    rows = [f"{p.name},{p.phone},{p.address[:6]}{ODD_ENDS[p.number % 3]}{p.address[6:]},{p.email}" for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email"), "loose": frozenset({"address"})}


@leak
def vertical_tabs_and_form_feeds_within() -> Made:
    rows = [f"{p.name}\t{p.phone}\t{p.address[:6]}{OLD_ENDS[p.number % 3]}{p.address[6:]}\t{p.email}" for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email"), "loose": frozenset({"address"})}


@leak
def thousands_separators_in_phones() -> Made:
    rows = ["name,phone,mail", *(f'{p.name},"{int(p.phone):,}",{p.email}' for p in H)]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email"), "codes": ("trace.no-column",)}


@leak
def phones_rounded_mailboxes_whole() -> Made:
    rows = ["name,phone,mail", *(f"{p.name},{int(p.phone):.2E},{p.email}" for p in H)]
    return {"content": lines(rows), "truth": truths(H, "name", "email"), "loose": frozenset({"phone"})}


@leak
def phones_in_full_scientific_digits() -> Made:
    rows = ["name,phone,mail", *(f"{p.name},{p.phone[0]}.{p.phone[1:]}E+10,{p.email}" for p in H)]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email")}


@leak
def dates_of_ten_kinds() -> Made:
    def date(p: object) -> str:
        y, m, d = p.born.split("-")  # type: ignore[attr-defined]
        forms = (f"{y}{m}{d}", f"{d}/{m}/{y}", f"{y}年{m}月{d}日", f"{y}-{m}-{d}T00:00:00Z", f"{int(y) * 365}", f"{y}.{m}.{d}",
                 f"{d}-Jan-{y[2:]}", f"15{y}{m}{d}0", f"{m}/{d}/{y} 12:00 AM", "0000-00-00")  # fmt: skip
        return forms[p.number % 10]  # type: ignore[attr-defined]

    return {
        "content": lines([f"{date(p)};{p.phone};{date(p)};{p.name};{p.email}" for p in H]),
        "truth": truths(H, "name", "phone", "email"),
    }


@leak
def empty_columns_and_ragged_ends() -> Made:
    rows = [f",{p.name},,,{p.phone},,{p.address},{p.email}{',' * 6 if p.number % 4 else ',,,,,'}" for p in H]
    return {
        "content": lines(rows),
        "truth": truths(H, *NPA, "email"),
        "maybe": frozenset(i for i, p in enumerate(H) if p.number % 4 == 0),
    }


@leak
def names_in_pinyin() -> Made:
    rows = [f"{p.pinyin},{p.phone},{p.email},{p.resident_id}" for p in H]
    truth = [{"name": p.pinyin, "phone": p.phone, "email": p.email, "resident_id": p.resident_id} for p in H]
    return {"content": lines(rows), "truth": truth}


@leak
def taiwan_with_its_own_ids() -> Made:
    rows = [
        "編號,姓名,身分證字號,行動電話,電子郵件",
        *(
            f"{p.number},陳{p.number % 10 * '志'[:1]}豪,A1{p.number:08},0912-{p.number:03}-{p.number * 7 % 1000:03},{p.email}"
            for p in H
        ),
    ]
    truth = [{"name": f"陳{p.number % 10 * '志'[:1]}豪", "email": p.email} for p in H]
    return {"content": lines(rows), "truth": truth, "loose": frozenset({"phone", "resident_id"})}


@leak
def foreign_numbers_among_ours() -> Made:
    def number(p: object) -> str:
        n = p.number  # type: ignore[attr-defined]
        return (p.phone, f"+852 5123 4{n:03}", f"+1-202-555-01{n % 100:02}", f"0044 20 7946 0{n:03}")[n % 4]  # type: ignore[attr-defined]

    rows = ["username\tphone\temail", *(f"user{p.number}\t{number(p)}\t{p.email}" for p in H)]
    return {
        "content": lines(rows),
        "truth": [{"phone": number(p), "email": p.email} for p in H],
        "loose": frozenset({"name"}),
    }


@leak
def yaml_list() -> Made:
    text = "users:\n" + "".join(
        f"  - id: {p.number}\n    name: {p.name}\n    phone: '{p.phone}'\n    email: {p.email}\n" for p in H
    )
    return {"content": text, "truth": truths(H, "name", "phone", "email"), "junk": 1}


@leak
def tuples_of_python() -> Made:
    rows = [repr((p.number, p.name, p.phone, None, p.email)) for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email")}


@leak
def mailboxes_and_passwords() -> Made:
    words = ("hunter2", "p:ss:word", "123456", "qwe;rty", "a,b", "16012345678")
    rows = [f"{p.email}:{words[p.number % 6]}" for p in H]
    return {
        "content": lines(rows),
        "truth": truths(H, "email"),
        "maybe": frozenset(i for i, p in enumerate(H) if p.number % 6 == 1),
    }


@leak
def social_network_by_colons() -> Made:
    rows = [
        f"44207946{p.number:04}:10000{p.number:09}:{a.split()[0]}:{a.split()[1]}:male:London, United Kingdom:London:Single::1/1/0001 12:00:00 AM::{c}"
        for p, (a, b, c) in zip(H, WEST, strict=True)
    ]
    truth = [{"email": c} for a, b, c in WEST]
    return {"content": lines(rows), "truth": truth, "loose": frozenset({"name", "phone", "address"})}


@leak
def sql_server_script() -> Made:
    rows = [
        f"INSERT [dbo].[Members] ([Id], [XM], [Tel], [Addr], [Mail], [Created]) VALUES ({p.number}, N'{p.name}', N'{p.phone}', N'{p.address}', N'{p.email}', CAST(N'2012-01-01T00:00:00.000' AS DateTime))\nGO"
        for p in H
    ]
    head = "USE [crm]\nGO\nSET IDENTITY_INSERT [dbo].[Members] ON\nGO\nINSERT [dbo].[Roles] ([Id], [Name]) VALUES (1, N'admin')\nGO\n"
    return {
        "content": b"\xff\xfe" + (head + lines(rows, end="\r\n")).encode("utf-16-le"),
        "truth": truths(H, *NPA, "email"),
    }


@leak
def postgres_copies_of_three_tables() -> Made:
    people = "".join(f'{p.number}\t{p.name}\t{p.phone}\t\\N\t{p.address}\t{{"a": "x\\\\ty"}}\n' for p in H)
    content = f"--\n-- PostgreSQL database dump\n--\nSET statement_timeout = 0;\nCOPY public.config (k, v) FROM stdin;\na\tb\n\\.\n\n--\n-- Data for Name: users\n--\nCOPY public.users (id, full_name, mobile, email, address, extra) FROM stdin;\n{people}\\.\n\nCOPY public.sessions (id, ip) FROM stdin;\n1\t10.0.0.1\n\\.\n\nSELECT pg_catalog.setval('users_id_seq', 48, true);\n"
    return {"content": content, "truth": truths(H, *NPA)}


@leak
def sqlite_dump_with_new_lines_in_values() -> Made:
    rows = "".join(
        f"INSERT INTO contact VALUES({p.number},'{p.name}','{p.phone}','{p.address}\nfloor ''{p.number}''; -- back',X'00FF');\n"
        for p in H
    )
    return {"content": f"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE meta(k,v);\nINSERT INTO meta VALUES('ver','1');\nCREATE TABLE contact(id INTEGER, display TEXT, number TEXT, note TEXT, photo BLOB);\n{rows}COMMIT;\n",
            "truth": truths(H, "name", "phone"), "loose": frozenset({"address"})}  # fmt: skip


@leak
def mongo_shell_print() -> Made:
    rows = [
        f'{{ "_id" : ObjectId("5c0e{p.number:020x}"), "name" : "{p.name}", "phone" : NumberLong("{p.phone}"), "mail" : "{p.email}", "t" : ISODate("2019-01-01T00:00:00Z") }}'
        for p in H
    ]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email"), "codes": ("trace.format",)}


@leak
def php_array_export() -> Made:
    rows = ",\n".join(
        f"  array('id' => '{p.number}','name' => '{p.name}','phone' => '{p.phone}','email' => '{p.email}')" for p in H
    )
    return {
        "content": f"<?php\n/** Export to PHP Array plugin */\n\n// `shop`.`users`\n$users = array(\n{rows}\n);\n",
        "truth": truths(H, "name", "phone", "email"),
        "codes": ("trace.format",),
        "junk": 6,
    }


@leak
def inch_marks_in_cells() -> Made:
    rows = [f'{p.name}\t{p.phone}\t5" pipe {p.number}\t"{p.address}\t{p.email}' for p in H]
    return {
        "content": lines(rows),
        "truth": truths(H, "name", "phone", "email"),
        "loose": frozenset({"address"}),
        "codes": ("trace.quoting",),
    }


@leak
def commas_in_the_last_cell() -> Made:
    rows = [
        f"{p.number},{a},{c},Flat {p.number}{', Rose House' * (p.number % 3)}, {p.number} High Street, London"
        for p, (a, b, c) in zip(H, WEST, strict=True)
    ]
    return {"content": lines(["id,name,email,address", *rows]), "truth": western("name", "email"), "loose": frozenset({"address"}),
            "maybe": frozenset(range(48)), "codes": ("trace.ragged",)}  # fmt: skip


@leak
def encoded_twice() -> Made:
    rows = [f"{p.number},{p.name},{p.phone},{p.email}" for p in H]
    return {
        "content": lines(rows).encode().decode("latin-1").encode(),
        "truth": truths(H, "phone", "email"),
        "loose": frozenset({"name"}),
    }


@leak
def files_put_one_after_the_other() -> Made:
    pieces = [
        ("\ufeffName,Mobile,Email\r\n" + lines([f"{p.name},{p.phone},{p.email}" for p in H[i : i + 12]], end="\r\n"))
        for i in range(0, 48, 12)
    ]
    return {"content": "".join(pieces), "truth": truths(H, "name", "phone", "email")}


@leak
def german_headers_again_and_again() -> Made:
    pieces = [
        "Kunde;Rufnummer;Postfach\n" + lines([f"{a};{b};{c}" for a, b, c in WEST[i : i + 12]]) for i in range(0, 48, 12)
    ]
    return {"content": "".join(pieces), "truth": western(), "junk": 3}


@leak
def new_lines_in_quoted_addresses() -> Made:
    rows = [f'{p.name},"{p.address[:9]}\n{p.address[9:]}",{p.phone}' + ("\r\n" if p.number % 2 else "\n") for p in H]
    return {
        "content": "name,address,phone\r\n" + "".join(rows),
        "truth": truths(H, "name", "phone"),
        "loose": frozenset({"address"}),
    }


@leak
def carets_and_tildes() -> Made:
    return {
        "content": lines([f"{p.number}^~{p.name}^~{p.phone}^~{p.address}^~{p.email}" for p in H]),
        "truth": truths(H, *NPA, "email"),
    }


@leak
def array_on_one_line_escaped() -> Made:
    rows = [{"Name": p.name + "\U00020000", "Phone": int(p.phone), "Email": p.email} for p in H]
    return {
        "content": json.dumps({"code": 0, "data": {"total": 48, "list": rows}}),
        "truth": [p.truth("phone", "email") for p in H],
        "loose": frozenset({"name"}),
    }


@leak
def json_with_two_lists() -> Made:
    orders = [{"order": p.number, "sum": p.number * 2} for p in H]
    return {
        "content": json.dumps(
            {"orders": orders, "users": [p.truth("name", "phone", "address") for p in H], "v": []},
            indent=1,
            ensure_ascii=False,
        ),
        "truth": truths(H, *NPA),
    }


@leak
def spreadsheet_in_xml() -> Made:
    cells = [["#", "Name", "Phone", "E-mail"], *([str(p.number), p.name, p.phone, p.email] for p in H)]
    rows = "".join(
        "<Row>" + "".join(f'<Cell ss:StyleID="s1"><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>\n"
        for row in cells
    )
    return {
        "content": f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S1"><Table>{rows}</Table></Worksheet></Workbook>',
        "truth": truths(H, "name", "phone", "email"),
    }


@leak
def ldif_of_a_directory() -> Made:
    text = "version: 1\n\n" + "".join(
        f"dn: uid=u{p.number},ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: {p.pinyin}\nmail: {p.email}\ntelephoneNumber: +86 {p.phone}\n\n"
        for p in H
    )
    return {"content": text, "truth": truths(H, "phone", "email"), "loose": frozenset({"name"}), "junk": 1}
