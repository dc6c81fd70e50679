"""Leaked files written with only the issue's words at hand: what a store's, a courier's and a hotel's export came to."""

import json
import random

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans(40, seed=61)
WIDE = {0x30 + n: 0xFF10 + n for n in range(10)}


@leak
def latin_with_numbers_of_germany() -> Made:
    draw = random.Random(106)
    rows, truth = ["Kundennr;Vorname;Nachname;Telefon;E-Mail;Straße;PLZ;Ort"], []
    for n in range(40):
        phone, email = (
            f"+49 15{draw.randrange(10)} {draw.randrange(10**8):08}",
            f"k{n}.{draw.randrange(999)}@example.org",
        )
        rows.append(f"{n};Jürgen;Müller;{phone};{email};Königstraße {n};{draw.randrange(10_000, 99_999)};München")
        truth.append({"phone": phone, "email": email})
    return {"content": "\r\n".join(rows).encode("cp1252"), "truth": truth, "loose": frozenset({"name", "address"})}


@leak
def gbk_fields_cut_within_a_character() -> Made:
    """Addresses of 20 bytes: half a character at the end, and at every fourth one the half swallows nothing."""
    content = b"".join(
        p.name.encode("gbk")
        + b","
        + p.address.encode("gbk")[: 21 - (p.number % 4 > 0)]
        + b","
        + p.phone.encode()
        + b"\r\n"
        for p in H
    )
    return {"content": content, "truth": truths(H, "name", "phone"), "loose": frozenset({"address"})}


@leak
def fixed_bytes_without_blanks() -> Made:
    content = b"".join(
        p.name.encode("gbk").ljust(12)
        + p.phone.encode()
        + p.resident_id.encode()
        + p.address.encode("gbk").ljust(60)
        + b"\r\n"
        for p in H
    )
    return {"content": content, "truth": truths(H, "name", "phone", "resident_id", "address")}


@leak
def header_again_in_another_order() -> Made:
    rows = ["姓名,手机,邮箱", *(f"{p.name},{p.phone},{p.email}" for p in H[:25])]
    rows += ["手机,邮箱,姓名", *(f"{p.phone},{p.email},{p.name}" for p in H[25:])]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email")}


@leak
def second_table_of_another_width() -> Made:
    rows = ["姓名,手机,邮箱", *(f"{p.name},{p.phone},{p.email}" for p in H[:28]), ""]
    rows += ["姓名,身份证,手机,地址", *(f"{p.name},{p.resident_id},{p.phone},{p.address}" for p in H[28:])]
    truth = truths(H[:28], "name", "phone", "email") + [{**p.truth("name", "phone"), "email": ""} for p in H[28:]]
    return {"content": lines(rows), "truth": truth, "loose": frozenset({"resident_id", "address"})}


@leak
def mailbox_without_a_blank_after_the_number() -> Made:
    return {
        "content": lines([f"{p.name} {p.phone}{p.email}" for p in H]),
        "truth": truths(H, "name", "phone"),
        "loose": frozenset({"email"}),
    }


@leak
def numbers_spelled_in_twelve_ways() -> Made:
    spelled = (
        "+86{0}",
        "86-{0}",
        "0086 {0}",
        "'{0}",
        "{0}.0",
        "(+86){0}",
        "0{0}",
        "手机{0}",
        "{0}(微信同号)",
        "{0} 妈妈",
        "{0}转2",
    )
    rows = [f"{p.name},{spelled[p.number % 11].format(p.phone)}" for p in H]
    return {"content": lines(["name,phone", *rows]), "truth": truths(H, "name", "phone")}


@leak
def ids_in_groups() -> Made:
    def spelled(number: str, way: int) -> str:
        parts = (number[:6], number[6:14], number[14:])
        return (number.lower(), number.translate(WIDE), " ".join(parts), "-".join(parts), f"'{number}")[way]

    rows = [f"{spelled(p.resident_id, p.number % 5)},{p.name}" for p in H]
    return {"content": lines(["证件号码,客户名称", *rows]), "truth": truths(H, "resident_id", "name")}


@leak
def rounded_with_a_spare_column() -> Made:
    rows = [f"{p.name},{float(p.phone):.3E},{p.phone}" if p.number % 2 else f"{p.name},{p.phone}," for p in H]
    return {"content": lines(["姓名,手机,备用电话", *rows]), "truth": truths(H, "name", "phone")}


@leak
def contacts_with_numbered_columns() -> Made:
    header = "Name,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value"
    rows = [f"{p.name},*,{p.email},Mobile,{p.phone if p.number % 3 else ''},Home,{p.second}" for p in H]
    truth = [{**p.truth("name", "email"), "phone": p.phone if p.number % 3 else p.second} for p in H]
    return {"content": lines([header, *rows]), "truth": truth}


@leak
def guests_of_a_hotel() -> Made:
    """Thirty columns in GBK; a firm's name with commas makes every eighth row too wide."""
    header = (
        "Name,CardNo,CtfTp,CtfId,Gender,Birthday,Address,Zip,Dirty,Duty,Mobile,Tel,Fax,EMail,Company,CTel,Version,id"
    )
    rows = [
        f"{p.name},,ID,{p.resident_id},M,{p.born.replace('-', '')},{p.address},100000,F,,{p.phone},010-61234567,,{p.email},"
        f"{'北京科技有限公司' if p.number % 8 else 'Acme, Ltd, Beijing'},,2012-12-01 10:00:00,{p.number}"
        for p in H
    ]
    return {
        "content": lines([header, *rows], end="\r\n").encode("gb18030"),
        "truth": truths(H),
        "maybe": frozenset(n for n, p in enumerate(H) if p.number % 8 == 0),
    }


@leak
def orders_of_a_market() -> Made:
    header = '"订单编号","买家会员名","收货人姓名","收货地址 ","联系电话 ","联系手机","宝贝标题 "'
    rows = [
        f'="{40_000_000_000 + p.number}","tb_{p.number}","{p.name}","{p.address}","null","\'{p.phone}","连衣裙，新款"'
        for p in H
    ]
    return {"content": lines([header, *rows], end="\r\n").encode("gbk"), "truth": truths(H, *NPA)}


@leak
def masked_beside_clear() -> Made:
    rows = [f"{p.number},{p.phone[:3]}****{p.phone[7:]},{p.name},{p.phone}" for p in H]
    return {"content": lines(["id,手机号(脱敏),姓名,手机号", *rows]), "truth": truths(H, "name", "phone")}


@leak
def colours_of_a_terminal() -> Made:
    rows = [f"\x1b[32m{p.name}\x1b[0m\t\x1b[1m{p.phone}\x1b[0m\t{p.email}" for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email")}


@leak
def phone_under_another_heading_late() -> Made:
    """From the last fifth on order numbers stand in the phone's column, and the phone in theirs."""
    people = humans(1_500, seed=62)
    rows = [f"{p.name},{p.phone},{20_180_000_000 + p.number}" for p in people[:1_200]]
    rows += [f"{p.name},{20_180_000_000 + p.number},{p.phone}" for p in people[1_200:]]
    return {
        "content": lines(["name,phone,order_no", *rows]),
        "truth": truths(people, "name", "phone"),
        "maybe": frozenset(range(1_200, 1_500)),
    }


@leak
def words_before_the_number_late() -> Made:
    people = humans(1_500, seed=63)
    rows = [f"{p.name},{'联系电话' if p.number > 1_400 else ''}{p.phone},x" for p in people]
    return {"content": lines(rows), "truth": truths(people, "name", "phone")}


@leak
def insert_all() -> Made:
    rows = [
        f"  INTO CRM.T_CUST (CID, CNAME, CPHONE, CREATED) VALUES ({p.number}, '{p.name}', '{p.phone}', TO_DATE('2019-01-01', 'YYYY-MM-DD'))"
        for p in H
    ]
    content = lines(["SET DEFINE OFF;", "INSERT ALL", *rows, "SELECT * FROM dual;", "COMMIT;"])
    return {"content": content, "truth": truths(H, "name", "phone")}


@leak
def strings_that_look_like_rows() -> Made:
    rows = [f"({p.number},'{p.name}','{p.phone}','第一行),(\n第二行''x''; INSERT INTO y')" for p in H]
    content = "INSERT INTO t (id,nm,tel,memo) VALUES\n" + ",\n".join(rows) + ";\n"
    return {"content": content, "truth": truths(H, "name", "phone")}


@leak
def json_of_columns() -> Made:
    columns = {field: [getattr(p, field) for p in H] for field in ("name", "phone", "email")}
    return {"content": json.dumps(columns), "truth": truths(H, "name", "phone", "email")}


@leak
def json_of_columns_by_number() -> Made:
    columns = {field: {str(n): getattr(p, field) for n, p in enumerate(H)} for field in ("name", "phone")}
    return {"content": json.dumps(columns, ensure_ascii=False), "truth": truths(H, "name", "phone")}


@leak
def json_under_keys() -> Made:
    found = {"users": {f"-Mx{p.number}": {**p.truth("name", "phone"), "tags": ["a", "b"]} for p in H}}
    return {"content": json.dumps(found, ensure_ascii=False), "truth": truths(H, "name", "phone")}


@leak
def pages_of_an_interface() -> Made:
    pages = [
        {
            "code": 0,
            "data": {"total": 40, "list": [{"userName": p.name, "userMobile": p.phone} for p in H[at : at + 10]]},
        }
        for at in range(0, 40, 10)
    ]
    return {
        "content": lines([json.dumps(page, ensure_ascii=False) for page in pages]),
        "truth": truths(H, "name", "phone"),
    }


@leak
def key_renamed_midway() -> Made:
    rows = [
        json.dumps({"name": p.name, "phone" if p.number < 30 else "mobile": p.phone}, ensure_ascii=False) for p in H
    ]
    return {"content": lines(rows), "truth": truths(H, "name", "phone")}


@leak
def key_renamed_after_the_head() -> Made:
    people = humans(2_600, seed=64)
    rows = [json.dumps({"name": p.name, "phone" if p.number < 2_500 else "mobile": p.phone}) for p in people]
    return {"content": lines(rows), "truth": truths(people, "name", "phone")}


@leak
def xml_in_groups() -> Made:
    rows = [
        f"<item><base><name><![CDATA[{p.name}]]></name></base><contact><mobile>{p.phone}</mobile><addr>{p.address}</addr></contact></item>"
        for p in H
    ]
    content = f"<?xml version='1.0' encoding='GBK'?><data>{''.join(rows)}</data>".encode("gbk")
    return {"content": content, "truth": truths(H, *NPA)}


@leak
def xml_of_two_numbers_each() -> Made:
    rows = [
        f"<user><name>{p.name}</name><phone type='m'>{p.phone}</phone><phone type='h'>{p.second}</phone></user>"
        for p in H
    ]
    return {"content": f"<users>{''.join(rows)}</users>", "truth": truths(H, "name", "phone")}


@leak
def cards_of_a_page() -> Made:
    rows = [f"<div class='card'><span class='n'>{p.name}</span><span class='t'>{p.phone}</span></div>" for p in H]
    return {"content": f"<html><body>{lines(rows)}</body></html>", "truth": truths(H, "name", "phone")}
