"""More leaked files of China: lists with labels, of schools, owners and borrowers, and what bots and logs show."""

import json

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans()


@leak
def sender_recipient_and_household() -> Made:
    head = "运单号,寄件人,寄件电话,寄件地址,收件人,收件电话,收件地址,户籍地址"
    rows = [
        f"ZT{a.number:09},{b.name},{b.second},{b.address},{a.name},{a.phone},{a.address},{b.address[:9]}"
        for a, b in zip(H, H[::-1], strict=True)
    ]
    return {"content": lines([head, *rows]).encode("gbk"), "truth": truths(H, *NPA)}


@leak
def labelled_with_bars() -> Made:
    rows = [f"姓名:{p.name}|性别:男|身份证:{p.resident_id}|手机:{p.phone}|地址:{p.address}" for p in H]
    return {"content": lines(rows), "truth": truths(H, *NPA, "resident_id")}


@leak
def blocks_of_a_telegram_bot() -> Made:
    text = "".join(
        f"🔍 查询结果 #{p.number}\n👤 姓名：{p.name}\n📱 手机：{p.phone}\n🪪 身份证：{p.resident_id}\n🏠 地址：{p.address}\n➖➖➖➖➖➖\n"
        for p in H
    )
    return {"content": text, "truth": truths(H, *NPA, "resident_id"), "junk": 48}


@leak
def school_list_in_a_page_of_word() -> Made:
    rows = [
        f"<tr><td width=50><p class=MsoNormal>{p.number}<o:p></o:p></p></td><td><p>{p.name}</p></td><td><p>{p.resident_id}&nbsp;</p></td><td><p><span lang=EN-US>{p.phone}</span></p></td><td><p>{p.address}</p></td></tr>"
        for p in H
    ]
    content = (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><meta charset=gb2312><style><!-- td {mso-number-format:'\\@'} --></style></head><body><p>三年级二班花名册</p><table border=1><tr><td>序号</td><td>学生姓名</td><td>身份证号</td><td>家长手机</td><td>家庭住址</td></tr>"
        + "\n".join(rows)
        + "</table></body></html>"
    )
    return {"content": content.encode("gbk"), "truth": truths(H, *NPA, "resident_id")}


@leak
def owners_with_merged_buildings() -> Made:
    rows = ["楼栋\t单元房号\t业主姓名\t联系电话\t备注"]
    rows += [
        f"{f'{p.number // 8 + 1}号楼' if p.number % 8 == 1 else ''}\t1-{p.number}01\t{p.name}\t{p.phone}\t" for p in H
    ]
    return {"content": ("\ufeff" + lines(rows, end="\r\n")).encode("utf-16-le"), "truth": truths(H, "name", "phone")}


@leak
def loans_with_contacts() -> Made:
    rows = [json.dumps({"apply": {"realName": p.name, "idCard": p.resident_id, "mobile": p.phone, "addr": p.address},
                        "contacts": [{"name": q.name, "mobile": q.second, "relation": "父母"} for q in H[p.number % 40 : p.number % 40 + 2]],
                        "amount": p.number * 100}, ensure_ascii=p.number % 2 == 0) for p in H]  # fmt: skip
    return {"content": lines(rows), "truth": truths(H, *NPA, "resident_id")}


@leak
def two_exports_of_other_orders() -> Made:
    rows = [f"{p.name},{p.phone},{p.address}" for p in H[:24]] + [f"{p.phone},{p.address},{p.name}" for p in H[24:]]
    return {
        "content": lines(rows),
        "truth": truths(H, *NPA),
        "maybe": frozenset(range(48)),
        "codes": ("trace.ragged", "trace.no-column", "trace.format"),
    }


@leak
def fifteen_digit_ids_of_before() -> Made:
    rows = ["姓名;身份证;电话", *(f"{p.name};{p.resident_id[:6]}{p.resident_id[8:17]};{p.phone}" for p in H)]
    return {
        "content": lines(rows).encode("gbk"),
        "truth": truths(H, "name", "phone"),
        "loose": frozenset({"resident_id"}),
    }


@leak
def phones_in_groups_and_prefixes() -> Made:
    forms = ("+86 {a} {b} {c}", "(86){a}-{b}-{c}", "0086{a}{b}{c}", "{a}-{b}-{c}", "86-{a}{b}{c}", "{a} {b} {c}")
    rows = [
        "客户姓名,联系方式,住址",
        *(
            f"{p.name},{forms[p.number % 6].format(a=p.phone[:3], b=p.phone[3:7], c=p.phone[7:])},{p.address}"
            for p in H
        ),
    ]
    return {"content": lines(rows), "truth": truths(H, *NPA)}


@leak
def bars_around_and_blanks_within() -> Made:
    rows = [f"| {p.name} | {p.phone} | {p.address} | {p.email} |" for p in H]
    return {"content": lines(rows), "truth": truths(H, *NPA, "email")}


@leak
def ideographic_blanks_between() -> Made:
    rows = [f"{p.name}　{p.phone}　{p.address}" for p in H]
    return {"content": lines(rows).encode("gbk"), "truth": truths(H, *NPA)}


@leak
def json_text_in_a_csv_cell() -> Made:
    rows = ["id,payload,ts"]
    rows += [
        f'{p.number},"{{""name"":""{p.name}"",""phone"":""{p.phone}"",""addr"":""{p.address}""}}",2020-01-0{p.number % 9 + 1}'
        for p in H
    ]
    return {"content": lines(rows), "truth": truths(H, *NPA), "codes": ("trace.no-column", "trace.format")}


@leak
def query_strings_in_a_web_log() -> Made:
    from urllib.parse import urlencode

    rows = [
        f'10.0.0.{p.number} - - [02/Jan/2019:03:04:05 +0800] "GET /reg?{urlencode({"realname": p.name, "mobile": p.phone, "idcard": p.resident_id})} HTTP/1.1" 200 512'
        for p in H
    ]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "resident_id")}
