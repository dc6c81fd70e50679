"""Whose the values of a row are: headers in another order, cells of several people, spare columns, words of other languages."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, Human, humans, lines

from suyuan.trace.columns.glued import VALUE, taken_apart
from suyuan.trace.columns.whose import own_values
from suyuan.trace.dump import Dump
from suyuan.trace.files.damage import cleaned
from suyuan.trace.ingest import ingest

H = humans(60, seed=47)
MINE, THEIRS = "16812345678", "16987654321"


def read(folder: Path, content: str | bytes) -> Dump:
    path = folder / "dump.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump, *fields: str, people: list[Human] = H) -> None:
    for field in fields:
        assert dump.table()[field].to_list() == [getattr(p, field) for p in people], field


@pytest.mark.parametrize("far", [1, 60])
def test_a_header_in_another_order_is_followed_and_is_no_row(tmp_path: Path, far: int) -> None:
    people = H * far
    half = len(people) // 2
    rows = ["工号,姓名,本人手机,紧急联系人,紧急联系人手机,身份证号"]
    rows += [f"A{p.number},{p.name},{p.phone},{p.name[::-1]},{p.second},{p.resident_id}" for p in people[:half]]
    rows += ["工号,姓名,紧急联系人手机,紧急联系人,本人手机,身份证号"]
    rows += [f"A{p.number},{p.name},{p.second},{p.name[::-1]},{p.phone},{p.resident_id}" for p in people[half:]]
    require_people(read(tmp_path, lines(rows)), "name", "phone", "resident_id", people=people)


@pytest.mark.parametrize("extension", ["-4364", "转4364", ",4364", " ext. 128", "[4364]", "#818", "（分机 203）"])
def test_a_number_with_an_extension_is_nobody_s(extension: str) -> None:
    pieces = taken_apart(pl.Series([f"{H[0].name} {MINE}{extension}", f"{H[0].name} {MINE} {H[0].address}"]))
    assert pieces["phone"].to_list() == ["", MINE]


def test_a_platform_s_numbers_are_not_its_customers(tmp_path: Path) -> None:
    rows = [
        f"2{p.number:05},{p.name},{f'{THEIRS}-{4000 + p.number}' if p.number % 2 else p.phone},{p.address}" for p in H
    ]
    dump = read(tmp_path, lines(["订单号,收件人,联系方式,地址", *rows]))
    assert [p for p in dump.table()["phone"].to_list() if "-" not in p] == [p.phone for p in H if p.number % 2 == 0]
    assert any("30 of 60 rows hold something there that is no phone" in note for note in dump.notes)


@pytest.mark.parametrize("reserve", ["备用电话", "其他手机", "第二联系电话", "alternate phone"])
def test_the_reserve_is_not_taken_for_the_number_because_its_column_is_cleaner(tmp_path: Path, reserve: str) -> None:
    rows = [f"{p.name},{f'{THEIRS}转{4000 + p.number}' if p.number % 6 == 0 else p.phone},{p.second}" for p in H]
    dump = read(tmp_path, lines([f"姓名,联系电话,{reserve}", *rows]))
    phones = dump.table()["phone"].to_list()
    assert [phone for p, phone in zip(H, phones, strict=True) if p.number % 6] == [p.phone for p in H if p.number % 6]


def test_the_reserve_is_taken_where_the_first_column_has_no_numbers(tmp_path: Path) -> None:
    dump = read(tmp_path, lines(["姓名,联系方式,备用电话", *(f"{p.name},微信同名,{p.phone}" for p in H)]))
    require_people(dump, "phone")


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (f"{MINE}(本人)/{THEIRS}(配偶)", MINE),
        (f"配偶:{THEIRS} 本人:{MINE}", MINE),
        (f"{THEIRS}（父亲） {MINE}（本人）", MINE),
        (f"{THEIRS}配偶{MINE}本人", MINE),
        (f"配偶{THEIRS}本人{MINE}", MINE),
        (f"{MINE}，母亲电话{THEIRS}", MINE),
        (f"{THEIRS}/{MINE}(本人)", MINE),
        (f"spouse: {THEIRS}, {MINE}", MINE),
        (f"{THEIRS} (father) {MINE}", MINE),
        (f"配偶 李四 {THEIRS}", ""),
        (f"{THEIRS}（配偶）", ""),
        (f"Paul Johnson {MINE}", MINE),
    ],
)
def test_a_cell_says_whose_its_numbers_are(cell: str, phone: str) -> None:
    assert taken_apart(pl.Series([cell]))["phone"].to_list() == [phone]


def test_cells_that_say_nothing_stay_as_they_are() -> None:
    cells = pl.Series([f"{p.name} {p.phone}" for p in H])
    assert own_values(cells, value=VALUE).to_list() == cells.to_list()


def test_a_companion_s_id_is_not_the_guest_s(tmp_path: Path) -> None:
    rows = ["姓名,证件类型,证件号码,联系电话,同住人,同住人证件号"]
    for p, other in zip(H, H[1:] + H[:1], strict=True):
        abroad, together = p.number % 9 == 4, p.number % 9 in (4, 5)
        own = f"护照,E5{p.number:07}" if abroad else f"身份证,{p.resident_id}"
        rows.append(f"{p.name},{own},{p.phone},{f'{other.name},{other.resident_id}' if together else ','}")
    dump = read(tmp_path, lines(rows))
    shown = dump.table()["resident_id"].to_list()
    assert [cell for cell in shown if "E5" not in cell] == [p.resident_id for p in H if p.number % 9 != 4]
    require_people(dump, "name", "phone")


@pytest.mark.parametrize("mark", ["\n", "/"])
def test_a_couple_in_a_row_is_counted(tmp_path: Path, mark: str) -> None:
    rows = ["户号\t姓名\t手机\t身份证\t地址"]
    for p, q in zip(H[::2], H[1::2], strict=True):
        if p.number % 5 == 0:
            pairs = (f"{p.name}{mark}{q.name}", f"{p.phone}{mark}{q.phone}", f"{p.resident_id}{mark}{q.resident_id}")
            rows.append("\t".join([str(p.number), *(f'"{pair}"' for pair in pairs), p.address]))
        else:
            rows.append(f"{p.number}\t{p.name}\t{p.phone}\t{p.resident_id}\t{p.address}")
    dump = read(tmp_path, lines(rows))
    require_people(dump, "name", "phone", "resident_id", people=[p for p in H[::2] if p.number % 5])
    assert dump.unreadable == sum(p.number % 5 == 0 for p in H[::2])


def test_a_landline_of_one_s_own_stands_in(tmp_path: Path) -> None:
    rows = ["运单编号,收件人,收件手机,收件固话,收件详细地址,寄件人,寄件电话"]
    for p in H:
        own = f",010-{71222000 + p.number}" if p.number % 7 == 3 else f"{p.phone},"
        rows.append(f"67{p.number:010},{p.name},{own},{p.address},{H[p.number % 60].name},0571-88001234")
    phones = [f"010-{71222000 + p.number}" if p.number % 7 == 3 else p.phone for p in H]
    assert read(tmp_path, lines(rows)).table()["phone"].to_list() == phones


def test_what_stands_for_a_lost_character_is_no_picture() -> None:
    assert cleaned(pl.Series(["叹参\ufffd", "\ufffd张三", "★张三😀"])).to_list() == ["叹参\ufffd", "\ufffd张三", "张三"]


def test_a_header_on_two_rows(tmp_path: Path) -> None:
    rows = ["业主登记表,,,,,,", "序号,业主,联系方式,,紧急联系人,,房产", ",,手机,邮箱,姓名,手机,详细地址"]
    rows += [f"{p.number},{p.name},{p.phone},{p.email},{p.name[::-1]},{p.second},{p.address}" for p in H[:30]]
    rows += rows[1:3]
    rows += [f"{p.number},{p.name},{p.phone},{p.email},{p.name[::-1]},{p.second},{p.address}" for p in H[30:]]
    require_people(read(tmp_path, lines(rows)), "name", "phone", "email", "address")


def test_two_blanks_part_what_one_does_not(tmp_path: Path) -> None:
    names = {p.number: ("阿依古丽 艾山", "Anna Maria Lopez", p.name)[p.number % 3] for p in H}
    rows = [f"  {p.number}  {p.phone}  {names[p.number]}  {p.resident_id}" for p in H]
    dump = read(tmp_path, lines(rows))
    require_people(dump, "phone", "resident_id")
    assert dump.table()["name"].to_list() == [names[p.number] for p in H]


@pytest.mark.parametrize(
    "header",
    [
        "Kundennr;Nachname;Vorname;Telefon;E-Mail;Straße;PLZ;Ort",
        "N°;Nom;Prénom;Téléphone;Courriel;Adresse;Code;Ville",
        "N;Apellidos;Nombre;Teléfono;Correo electrónico;Dirección;CP;Ciudad",
        "N;Фамилия;Имя;Телефон;Электронная почта;Адрес;Индекс;Город",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_headers_of_other_languages(tmp_path: Path, header: str, codec: str) -> None:
    people = [("Núñez", "Jürgen"), ("Müller", "Hans"), ("Groß", "Jörg"), ("Weiß", "Günther")]
    rows = ["sep=;", header]
    for p in H:
        last, first = people[p.number % 4]
        rows.append(
            f"{4000 + p.number};{last};{first};+49 151 {10000000 + p.number};{p.email};Bahnhofstraße {p.number};50667;Köln"
        )
    content = lines(rows).encode(codec, "replace")
    if "?" in content.decode(codec):
        pytest.skip("the codec lacks these letters")
    table = read(tmp_path, content).table()
    assert table["name"].to_list() == [" ".join(people[p.number % 4][::-1]) for p in H]
    assert table["address"].to_list() == [f"Bahnhofstraße {p.number}" for p in H]


def test_single_quotes_beside_bare_numbers(tmp_path: Path) -> None:
    rows = ["'id','xm','sj','sfz','dz'"]
    rows += [
        f"{p.number},'{p.name}',{p.phone},{'NULL' if p.number % 5 == 0 else repr(p.resident_id)},'{p.address},中国'"
        for p in H
    ]
    dump = read(tmp_path, lines(rows))
    require_people(dump, "name", "phone")
    assert dump.table()["address"].to_list() == [f"{p.address},中国" for p in H]
    assert dump.unreadable == 0


def test_columns_under_dashes(tmp_path: Path) -> None:
    names = {p.number: ("Henrik de la Cruz", p.name, "Björn Whitfield")[p.number % 3] for p in H}
    rows = [
        f"{'id':<6} {'RealName':<24} {'MobilePhone':<20} {'Email':<40} Address",
        f"{'-' * 6} {'-' * 24} {'-' * 20} {'-' * 40} {'-' * 60}",
    ]
    rows += [f"{p.number:<6} {names[p.number]:<24} {p.phone:<20} {p.email:<40} {p.address:<60}" for p in H]
    dump = read(tmp_path, ("\ufeff" + lines([*rows, "", "(60 rows affected)"])).encode("utf-16-le"))
    assert dump.table()["name"].to_list()[: len(H)] == [names[p.number] for p in H]
    assert dump.table()["phone"].to_list()[: len(H)] == [p.phone for p in H]


def test_lines_of_big5_among_gb18030_are_read_as_such(tmp_path: Path) -> None:
    people = ["鄭雅華", "劉雅豪", "陳怡君", "林志豪"]
    rows = [
        f"{people[p.number % 4]},{p.phone},臺北市中正區忠孝東路{p.number}號\n".encode("big5")
        if p.number % 3 == 0
        else f"{p.name},{p.phone},{p.address}\n".encode("gb18030")
        for p in H
    ]
    dump = read(tmp_path, b"".join(rows))
    assert dump.table()["name"].to_list() == [people[p.number % 4] if p.number % 3 == 0 else p.name for p in H]
    assert not any("Big5" in note for note in dump.notes)
    plain = "".join(f"{p.name},{p.phone},{p.address}\n" for p in H).encode("gb18030")
    assert not any("Big5" in note for note in read(tmp_path, plain).notes)
