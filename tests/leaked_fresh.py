"""Leaked files of yet other kinds, added after the reader was mended for the first ones."""

import bz2
import json

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans(seed=23)


@leak
def api_answer_with_arrays_of_arrays() -> Made:
    return {
        "content": json.dumps(
            {
                "code": 0,
                "columns": ["uid", "xm", "sj", "dz"],
                "rows": [[p.number, p.name, p.phone, p.address] for p in H],
            },
            ensure_ascii=False,
        ),
        "truth": truths(H, *NPA),
        "codes": ("trace.format",),
    }


@leak
def javascript_source_of_objects() -> Made:
    return {
        "content": "var data = [\n"
        + ",\n".join(f"  {{id: {p.number}, name: '{p.name}', phone: '{p.phone}', email: '{p.email}'}}" for p in H)
        + "\n];\n",
        "truth": truths(H, "name", "phone", "email"),
        "junk": 2,
    }


@leak
def first_row_with_a_bad_phone() -> Made:
    rows = [f"{p.name},{p.phone if p.number > 1 else '未留'},{p.email},{p.address}" for p in H]
    truth = [p.truth(*NPA, "email") for p in H]
    truth[0]["phone"] = ""
    return {"content": lines(rows), "truth": truth}


@leak
def names_and_phones_on_alternate_lines() -> Made:
    return {
        "content": lines([x for p in H for x in (p.name, p.phone, p.address, "")]),
        "truth": truths(H, *NPA),
        "codes": ("trace.no-column", "trace.ragged", "trace.format"),
    }


@leak
def transposed_sheet() -> Made:
    return {
        "content": "姓名," + ",".join(p.name for p in H) + "\n电话," + ",".join(p.phone for p in H) + "\n",
        "truth": truths(H, "name", "phone"),
        "codes": ("trace.no-column", "trace.ragged", "trace.format"),
    }


@leak
def quotes_around_some_and_tabs_after() -> Made:
    rows = [f'"\t{p.resident_id}","\t{p.phone}",{p.name},"{p.address}"\t' for p in H]
    return {
        "content": lines(["身份证号码,手机号码,姓名,地址", *rows]).encode("gb18030"),
        "truth": truths(H, *NPA, "resident_id"),
    }


@leak
def contacts_app_export_of_google() -> Made:
    rows = [
        f'{p.pinyin},{p.pinyin.split()[1]},,{p.pinyin.split()[0]},* myContacts,* Home,{p.email},Mobile,+86 {p.phone},Home,"{p.address}\nChina"'
        for p in H
    ]
    return {
        "content": lines(
            [
                "Name,Given Name,Additional Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Address 1 - Type,Address 1 - Formatted",
                *rows,
            ]
        ).encode("utf-16"),
        "truth": [{"phone": p.phone, "email": p.email} for p in H],
        "loose": frozenset({"name", "address"}),
    }


@leak
def separators_of_two_kinds() -> Made:
    rows = [f"{p.name}{'----' if p.number % 2 else '|'}{p.phone}{'----' if p.number % 2 else '|'}{p.email}" for p in H]
    return {
        "content": lines(rows),
        "truth": truths(H, "name", "phone", "email"),
        "codes": ("trace.ragged",),
        "maybe": frozenset(range(48)),
    }


@leak
def bzip2_of_a_db2_del_export() -> Made:
    rows = [
        f'{p.number},"{p.name}        ","{p.resident_id}","+00000{p.phone}.","{p.address}",{p.born.replace("-", "")}'
        for p in H
    ]
    return {
        "content": bz2.compress(lines(rows).encode("gbk")),
        "truth": truths(H, "name", "resident_id", "address"),
        "loose": frozenset({"phone"}),
    }


@leak
def emergency_contacts_before_ones_own() -> Made:
    rows = [
        f"{p.number}\t{q.name}\t{q.second}\t{p.name}\t{p.phone}\t{p.address}" for p, q in zip(H, H[::-1], strict=True)
    ]
    return {
        "content": lines(["序号\t紧急联系人\t紧急联系人电话\t员工姓名\t本人手机\t现住址", *rows]),
        "truth": truths(H, *NPA),
    }


@leak
def totals_and_signatures_below() -> Made:
    rows = [
        "发放名单,,,",
        "序号,姓名,身份证号,手机号",
        *(f"{p.number},{p.name},{p.resident_id},{p.phone}" for p in H),
        "合计,48人,,",
        "制表人：,张三,审核：,李四",
    ]
    return {
        "content": lines(rows).encode("gbk"),
        "truth": truths(H, "name", "resident_id", "phone"),
        "junk": 2,
    }


@leak
def two_people_of_a_couple_in_a_row() -> Made:
    rows = [
        f"{a.name},{a.resident_id},{a.phone},{b.name},{b.resident_id},{b.phone},{a.address}"
        for a, b in zip(H, H[::-1], strict=True)
    ]
    return {
        "content": lines(["男方姓名,男方身份证,男方电话,女方姓名,女方身份证,女方电话,住址", *rows]),
        "truth": truths(H, *NPA, "resident_id"),
    }
