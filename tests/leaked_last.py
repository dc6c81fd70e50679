"""The last leaked files written: chats, terminals, entities, dumps of stores that are no tables."""

import json
import lzma
from urllib.parse import quote

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans(seed=41)


@leak
def blanks_before_quotes() -> Made:
    rows = [f'{p.number}, "{p.name}", "{p.phone}", "{p.address},门口"' for p in H]
    return {
        "content": lines(["id, name, phone, address", *rows]),
        "truth": truths(H, "name", "phone"),
        "loose": frozenset({"address"}),
    }


@leak
def whatsapp_style_chat() -> Made:
    rows = [f"2021/3/{p.number % 28 + 1} 10:{p.number:02} - 客服小王: {p.name} {p.phone} 地址 {p.address}" for p in H]
    return {"content": lines(rows), "truth": truths(H, *NPA), "codes": ("trace.no-column",)}


@leak
def percent_escapes_in_csv() -> Made:
    rows = [f"{quote(p.name)},{p.phone},{quote(p.address)},{quote(p.email)}" for p in H]
    return {"content": lines(rows), "truth": truths(H, "phone"), "loose": frozenset({"name", "address", "email"})}


@leak
def html_entities_in_tsv() -> Made:
    rows = [f"{''.join(f'&#{ord(c)};' for c in p.name)}\t{p.phone}\t{p.email}" for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "email"), "loose": frozenset({"name"})}


@leak
def oracle_spool_with_wrapped_headers() -> Made:
    out = ["SQL> select * from t;", ""]
    for i, p in enumerate(H):
        if i % 14 == 0:
            out += ["        ID XM         SJH         EMAIL", "---------- ---------- ----------- " + "-" * 40]
        pad = " " * (10 - 2 * len(p.name))
        out.append(f"{p.number:>10} {p.name}{pad} {p.phone} {p.email}")
    return {
        "content": lines([*out, "", "48 rows selected."]).encode("gbk"),
        "truth": truths(H, "name", "phone", "email"),
        "junk": 8,
    }


@leak
def cut_id_and_phone_in_parts() -> Made:
    rows = [f"{p.name},{p.phone[:3]},{p.phone[3:7]},{p.phone[7:]},{p.email}" for p in H]
    return {
        "content": lines(["姓名,号段,中,尾,邮箱", *rows]),
        "truth": truths(H, "name", "email"),
        "loose": frozenset({"phone"}),
    }


@leak
def redis_aof_of_hashes() -> Made:
    out = []
    for p in H:
        items = ["HMSET", f"user:{p.number}", "name", p.name, "phone", p.phone]
        out.append(f"*{len(items)}\r\n" + "".join(f"${len(i.encode())}\r\n{i}\r\n" for i in items))
    return {
        "content": "".join(out),
        "truth": truths(H, "name", "phone"),
        "codes": ("trace.no-column", "trace.format", "trace.ragged", "trace.missed"),
    }


@leak
def latex_table() -> Made:
    rows = [f"{p.number} & {p.name} & {p.phone} & {p.email} \\\\ \\hline" for p in H]
    return {
        "content": lines(["\\begin{tabular}{|l|l|l|l|}", *rows, "\\end{tabular}"]),
        "truth": truths(H, "name", "phone", "email"),
        "junk": 2,
    }


@leak
def qq_group_members() -> Made:
    rows = [f"{p.name}({1000000000 + p.number})\t{p.phone}\t男\t{p.number % 30}岁" for p in H]
    return {
        "content": lines(["群名片(QQ)\t备注手机\t性别\tQ龄", *rows]).encode("gbk"),
        "truth": truths(H, "phone"),
        "loose": frozenset({"name"}),
    }


@leak
def xz_of_pipe_with_quotes_of_oracle() -> Made:
    rows = [
        '"CUST_NO"|"CUST_NAME"|"CERT_NO"|"MOBILE_TEL"|"ADDR"',
        *(f'"{p.number:010}"|"{p.name}"|"{p.resident_id}"|"{p.phone}"|"{p.address}|附"' for p in H),
    ]
    return {
        "content": lzma.compress(lines(rows, end="\r\n").encode("gb18030")),
        "truth": truths(H, "name", "phone", "resident_id"),
        "loose": frozenset({"address"}),
    }


@leak
def column_of_lists_of_phones() -> Made:
    rows = [json.dumps({"n": p.name, "tels": [p.phone, p.second], "m": p.email}, ensure_ascii=False) for p in H]
    return {
        "content": lines(rows),
        "truth": [{"name": p.name, "phone": (p.phone, p.second), "email": p.email} for p in H],
    }


@leak
def ids_in_lower_case_and_names_in_brackets() -> Made:
    rows = [f"【{p.name}】 {p.resident_id.lower()} ({p.phone}) <{p.email}>" for p in H]
    return {"content": lines(rows), "truth": truths(H, "name", "phone", "resident_id", "email")}
