"""Leaked files as they are sold and passed on in China, each of another ugliness."""

import gzip
import io
import zipfile

from tests.leaked_people import NPA, Made, humans, leak, lines, truths

H = humans()


@leak
def waybills_with_dashes_in_remarks() -> Made:
    rows = []
    for p in H:
        remark = "轻放----易碎" if p.number % 9 == 0 else "送货上门"
        rows.append(f"SF{p.number:010}----{p.name}----{p.phone}----{p.address}----{remark}")
    return {"content": lines(rows, end="\r\n").encode("gbk"), "truth": truths(H, *NPA),
            "maybe": frozenset(i for i, p in enumerate(H) if p.number % 9 == 0)}  # fmt: skip


@leak
def dashes_within_addresses() -> Made:
    rows = []
    for p in H:
        address = p.address.replace("号", "号----") if p.number % 8 == 0 else p.address
        rows.append(f"{p.name}----{p.phone}----{address}----{p.resident_id}")
    truth = [
        p.truth(*NPA, "resident_id")
        | {"address": p.address.replace("号", "号----") if p.number % 8 == 0 else p.address}
        for p in H
    ]
    return {"content": lines(rows), "truth": truth, "maybe": frozenset(i for i, p in enumerate(H) if p.number % 8 == 0)}


@leak
def two_codecs_in_turn() -> Made:
    rows = [f"{p.number},{p.name},{p.phone},{p.resident_id},{p.address}\r\n" for p in H]
    content = b"".join(row.encode("gbk" if n % 3 else "utf-8") for n, row in enumerate(rows))
    return {"content": content, "truth": truths(H, *NPA, "resident_id")}


@leak
def second_bytes_that_are_bars() -> Made:
    # 亅 磡 穦 end in 0x7C; ｜ itself does not.
    tails = [c for c in map(chr, range(0x4E00, 0x9FA5)) if len(b := c.encode("gbk", "ignore")) == 2 and b[1] == 0x7C]
    rows = [f"{p.name[:2]}{tails[p.number]}|{p.phone}|{p.address}{tails[-p.number]}|{p.email}" for p in H]
    truth = [{"name": p.name[:2] + tails[p.number], "phone": p.phone, "email": p.email} for p in H]
    return {"content": lines(rows).encode("gbk"), "truth": truth, "loose": frozenset({"address"})}


@leak
def second_bytes_that_are_backslashes_in_sql() -> Made:
    tails = [c for c in map(chr, range(0x4E00, 0x9FA5)) if len(b := c.encode("gbk", "ignore")) == 2 and b[1] == 0x5C]
    rows = [
        f"INSERT INTO `t_user` VALUES ({p.number},'{p.name[0]}{tails[p.number]}','{p.phone}','{p.address}');" for p in H
    ]
    truth = [{"name": p.name[0] + tails[p.number], "phone": p.phone, "address": p.address} for p in H]
    return {"content": lines(["/*!40101 SET NAMES gbk */;", *rows]).encode("gbk"), "truth": truth}


@leak
def big5_with_traps() -> Made:
    people = [(f"許功{c}", p) for c, p in zip("蓋珮瑞豹吳" * 10, H, strict=False)]
    rows = ["姓名,手機,地址", *(f"{n},{p.phone},臺北市中山區許昌路{p.number}號功成大廈{p.number}樓" for n, p in people)]
    return {"content": lines(rows).encode("big5"), "truth": [{"name": n, "phone": p.phone} for n, p in people],
            "loose": frozenset({"address"})}  # fmt: skip


@leak
def all_glued_together() -> Made:
    return {"content": lines([f"{p.name}{p.phone}{p.address}" for p in H]).encode("gbk"), "truth": truths(H, *NPA)}


@leak
def glued_in_one_of_three() -> Made:
    rows = ["单号,收件信息,件数", *(f"YT{p.number:012},{p.name} {p.phone} {p.address},1" for p in H)]
    return {"content": lines(rows).encode("gbk"), "truth": truths(H, *NPA)}


@leak
def mysqldump_of_a_hotel() -> Made:
    rows = ",\n".join(
        f"({p.number},'{p.name}','0','{p.resident_id}','M','{p.born.replace('-', '')}','{p.address}','{p.phone}',NULL,"
        f"'{p.email}','2012-11-2{p.number % 9} 10:00:00')" for p in H)  # fmt: skip
    content = f"""-- MySQL dump 10.13  Distrib 5.5.30, for Win64 (x86)
-- Host: localhost    Database: hotel's
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
DROP TABLE IF EXISTS `room`;
CREATE TABLE `room` (`id` int(11) NOT NULL, `no` varchar(20) DEFAULT ';', PRIMARY KEY (`id`)) ENGINE=MyISAM COMMENT='it''s; rooms';
INSERT INTO `room` VALUES (1,'801'),(2,'802);'),(3,'-- no');
DROP TABLE IF EXISTS `cdsgus`;
CREATE TABLE `cdsgus` (
  `ID` int(11) NOT NULL, `Name` varchar(50), `CtfTp` varchar(9), `CtfId` varchar(50), `Gender` varchar(5),
  `Birthday` varchar(10), `Address` varchar(200), `Mobile` varchar(20), `Tel` varchar(20), `EMail` varchar(60),
  `Version` datetime, KEY `a` (`CtfId`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
LOCK TABLES `cdsgus` WRITE;
/*!40000 ALTER TABLE `cdsgus` DISABLE KEYS */;
INSERT INTO `cdsgus` VALUES {rows};
/*!40000 ALTER TABLE `cdsgus` ENABLE KEYS */;
UNLOCK TABLES;
INSERT INTO `staff_log` (`who`,`what`) VALUES ('admin','login');
-- Dump completed on 2013-01-01
"""
    return {"content": content, "truth": truths(H)}


@leak
def hotel_rows_without_header() -> Made:
    rows = [
        f"{p.name},,ID,{p.resident_id},{'F' if p.number % 2 else 'M'},{p.born.replace('-', '')},{p.address},100000,CHN,,,"
        f"{p.phone},,,{p.email if p.number % 3 else ''},,2012-12-{p.number % 28 + 1:02} 13:11:22,{2_000_000 + p.number}" for p in H]  # fmt: skip
    truth = [p.truth() | {"email": p.email if p.number % 3 else ""} for p in H]
    return {"content": lines(rows, end="\r\n"), "truth": truth}


@leak
def sqlldr_control_file() -> Made:
    head = ["LOAD DATA", "CHARACTERSET ZHS16GBK", "INFILE *", "APPEND INTO TABLE LOANS", "FIELDS TERMINATED BY '|'",
            "TRAILING NULLCOLS", "(XM, SFZH, SJH, DZ, JE)", "BEGINDATA"]  # fmt: skip
    rows = [f"{p.name}|{p.resident_id}|{p.phone}|{p.address}|{p.number * 1000}.00" for p in H]
    return {"content": lines([*head, *rows]).encode("gbk"), "truth": truths(H, *NPA, "resident_id"), "junk": 8}


@leak
def hive_text() -> Made:
    rows = ["\x01".join((str(p.number), p.name, p.phone, r"\N", p.resident_id, r"\N", p.address, "2019")) for p in H]
    return {"content": lines(rows), "truth": truths(H, *NPA, "resident_id")}


@leak
def navicat_text_export() -> Made:
    rows = [
        '"id"\t"xm"\t"sfzh"\t"sjhm"\t"jtzz"',
        *(f'"{p.number}"\t"{p.name}"\t"{p.resident_id}"\t"{p.phone}"\t"{p.address}"' for p in H),
    ]
    return {"content": lines(rows, end="\r\n"), "truth": truths(H, *NPA, "resident_id")}


@leak
def navicat_sql_with_many_comments() -> Made:
    head = "/*\nNavicat MySQL Data Transfer\nSource Server : 127.0.0.1\nDate: 2016-05-06 12:00:00\n*/\n\nSET FOREIGN_KEY_CHECKS=0;\n-- ----------------------------\n-- Table structure for `xs`\n-- ----------------------------\nDROP TABLE IF EXISTS `xs`;\nCREATE TABLE `xs` (\n  `xh` varchar(20) COMMENT '学号',\n  `xm` varchar(20) COMMENT '姓名',\n  `jzdh` varchar(20) COMMENT '家长电话',\n  `zz` varchar(99) COMMENT '住址'\n);\n-- ----------------------------\n-- Records of xs\n-- ----------------------------\n"
    rows = [f"INSERT INTO `xs` VALUES ('2016{p.number:04}', '{p.name}', '{p.phone}', '{p.address}');" for p in H]
    return {"content": head + lines(rows), "truth": truths(H, *NPA)}


@leak
def three_people_side_by_side() -> Made:
    rows = [",".join(f"{p.name},{p.phone}" for p in H[i : i + 3]) for i in range(0, 48, 3)]
    return {"content": lines(["姓名,电话,姓名,电话,姓名,电话", *rows]).encode("gbk"), "truth": truths(H, "name", "phone"),
            "codes": ("trace.format",)}  # fmt: skip


@leak
def two_phones_in_a_cell() -> Made:
    rows = [
        "业主,房号,联系电话",
        *(f"{p.name},{p.number}-{p.number}01,{p.phone}{'/、;'[p.number % 3]}{p.second}" for p in H),
    ]
    return {"content": lines(rows).encode("gbk"), "truth": [{"name": p.name, "phone": (p.phone, p.second)} for p in H]}


@leak
def two_phone_columns() -> Made:
    rows = [
        "业主姓名\t房号\t手机1\t手机2\t建筑面积",
        *(f"{p.name}\t{p.number}-{p.number}01\t{p.phone}\t{p.second}\t{80 + p.number}.5" for p in H),
    ]
    return {"content": lines(rows), "truth": [{"name": p.name, "phone": (p.phone, p.second)} for p in H]}


@leak
def header_in_the_middle() -> Made:
    rows = [f"{p.resident_id},{p.name},{p.phone},{p.address}" for p in H]
    return {
        "content": lines([*rows[:15], "身份证号,姓名,手机号,地址", *rows[15:]]),
        "truth": truths(H, *NPA, "resident_id"),
        "junk": 1,
    }


@leak
def printed_report_with_pages() -> Made:
    def wide(text: str, size: int) -> str:
        return text + " " * (size - sum(2 if ord(c) > 255 else 1 for c in text))

    text = []
    for page in range(4):
        text += [f"{'':20}某某街道常住人口登记表", f"打印日期：2015年03月0{page + 1}日{'':30}第{page + 1}页/共4页", "-" * 90,
                 wide("户号", 10) + wide("姓名", 10) + wide("公民身份号码", 22) + wide("联系电话", 14) + "住址", "-" * 90]  # fmt: skip
        text += [wide(f"{p.number:08}", 10) + wide(p.name, 10) + wide(p.resident_id, 22) + wide(p.phone, 14) + p.address
                 for p in H[page * 12 : page * 12 + 12]]  # fmt: skip
        text += ["-" * 90, "本页小计：12人", "\f"]
    return {"content": lines(text, end="\r\n").encode("gbk"), "truth": truths(H, *NPA, "resident_id"), "junk": 24}


@leak
def adverts_of_the_seller() -> Made:
    rows = []
    for p in H:
        if p.number % 10 == 1:
            rows.append("★★★更多一手数据 加QQ：1000012345 电报@datashop ★★★")
        rows.append(f"{p.name}\t{p.phone}\t{p.address}")
    return {"content": lines(rows, end="\r\n").encode("gbk"), "truth": truths(H, *NPA), "junk": 5}


@leak
def utf16_without_its_mark() -> Made:
    rows = ["姓名|手机|身份证|地址", *(f"{p.name}|{p.phone}|{p.resident_id}|{p.address}" for p in H)]
    return {"content": lines(rows, end="\r\n").encode("utf-16-be"), "truth": truths(H, *NPA, "resident_id")}


@leak
def full_width_everything() -> Made:
    wide = {ord("0") + n: 0xFF10 + n for n in range(10)} | {ord("X"): 0xFF38}
    rows = [
        f"{p.name}，{p.phone.translate(wide)}，{p.resident_id.translate(wide)}，{p.address.translate(wide)}" for p in H
    ]
    return {"content": lines(rows).encode("gbk"), "truth": truths(H, *NPA, "resident_id")}


@leak
def zero_width_marks() -> Made:
    rows = [
        f"{p.name[0]}\u200b{p.name[1:]}\ufeff,{p.phone[:3]}\u200b{p.phone[3:7]}\u2060{p.phone[7:]},\u202d{p.resident_id}\u202c,{p.address}"
        for p in H
    ]
    return {"content": lines(rows), "truth": truths(H, *NPA, "resident_id")}


@leak
def ids_with_apostrophes_phones_as_floats() -> Made:
    rows = [
        "车牌,车主,证件,电话,车架号",
        *(f"京A{p.number:05},{p.name},'{p.resident_id},{p.phone}.0,LSVAM4187C2{p.number:06}" for p in H),
    ]
    return {"content": lines(rows).encode("gbk"), "truth": truths(H, "name", "phone", "resident_id")}


@leak
def ids_rounded_by_a_spreadsheet() -> Made:
    rows = ["姓名,身份证号,手机号", *(f"{p.name},{p.resident_id[0]}.{p.resident_id[1:6]}E+17,{p.phone}" for p in H)]
    return {
        "content": lines(rows).encode("gbk"),
        "truth": [p.truth("name", "phone") for p in H],
        "loose": frozenset({"resident_id"}),
    }


@leak
def absent_in_eight_spellings() -> Made:
    none = ("NULL", r"\N", "None", "-", "无", "暂无", "#N/A", "null")
    rows = [
        f"{p.name},{p.phone if p.number % 2 else none[p.number // 2 % 8]},{none[p.number // 2 % 8] if p.number % 2 else p.email},{p.address}"
        for p in H
    ]
    truth = [
        p.truth(*NPA) | {"phone": p.phone if p.number % 2 else "", "email": "" if p.number % 2 else p.email} for p in H
    ]
    return {"content": lines(rows), "truth": truth}


@leak
def every_line_quoted_as_a_whole() -> Made:
    rows = [f'"{p.name},{p.phone},""{p.address},门口"",{p.email}"' for p in H]
    return {
        "content": lines(rows),
        "truth": truths(H, "name", "phone", "email"),
        "loose": frozenset({"address"}),
        "codes": ("trace.ragged",),
    }


@leak
def cut_within_a_character() -> Made:
    content = lines([f"{p.phone},{p.name},{p.resident_id},{p.address}" for p in H]).encode("gbk")
    truth = truths(H[:-1], *NPA, "resident_id")
    return {
        "content": content[:-22],
        "truth": [*truth, H[-1].truth("name", "phone", "resident_id")],
        "maybe": frozenset({47}),
        "loose": frozenset({"address"}),
    }


@leak
def order_numbers_like_phones() -> Made:
    rows = [
        "订单号,下单人,金额,收货手机,收货地址",
        *(f"1380000{p.number:04},{p.name},{p.number}.50,{p.phone},{p.address}" for p in H),
    ]
    return {"content": lines(rows), "truth": truths(H, *NPA)}


@leak
def bank_cards_beside_ids() -> Made:
    rows = [
        f"{p.name}|6222021001{p.number * 7919:09}|{p.resident_id}|{p.phone}|{p.born.replace('-', '')}|{p.number * 500}"
        for p in H
    ]
    return {"content": lines(rows).encode("gbk"), "truth": truths(H, "name", "phone", "resident_id")}


@leak
def gzip_in_pieces() -> Made:
    rows = [f"{p.name},{p.phone},{p.address}\n".encode("gbk") for p in H]
    return {
        "content": b"".join(gzip.compress(b"".join(rows[i : i + 12]), mtime=0) for i in range(0, 48, 12)),
        "truth": truths(H, *NPA),
    }


@leak
def zip_of_pieces_and_a_readme() -> Made:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("说明.txt", "本数据仅供测试\n联系QQ 1000012345\n")
        for i in range(3):
            archive.writestr(
                f"数据/part{i}.csv",
                lines(["姓名,手机,地址", *(f"{p.name},{p.phone},{p.address}" for p in H[i * 16 : i * 16 + 16])]).encode(
                    "gbk"
                ),
            )
        archive.writestr("__MACOSX/数据/._part0.csv", b"\0\5\26\7\0\2\0\0Mac OS X")
    return {"content": packed.getvalue(), "truth": truths(H, *NPA)}
