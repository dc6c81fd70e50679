"""Several tables with people in one file: whoever stands in any of them is in the leak."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans
from tests.ugly_files import workbook, zipped

from suyuan.errors import RefusedError
from suyuan.trace.files.dialect import Given
from suyuan.trace.ingest import ingest

WHO = humans(24)


def inserts(table: str, columns: str, rows: list[tuple[object, ...]]) -> str:
    values = ",".join("(" + ",".join(f"'{cell}'" for cell in row) + ")" for row in rows)
    return f"INSERT INTO `{table}` ({columns}) VALUES {values};\n"


MEMBERS = inserts("member", "`id`,`mobile`,`email`", [(at, p.phone, p.email) for at, p in enumerate(WHO[:12])])
BUYERS = inserts("orders", "`no`,`consignee`,`address`,`tel`", [(f"A{at}", p.name, p.address, p.phone) for at, p in enumerate(WHO[12:])])  # fmt: skip


def test_every_table_with_people_is_read_by_its_own_columns(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(MEMBERS + BUYERS)
    dump = ingest(path, fields=FIELDS)
    table = dump.table()
    assert table["phone"].to_list() == [p.phone for p in WHO]
    assert table["email"].to_list() == [p.email for p in WHO[:12]] + [""] * (len(WHO) - 12)
    assert table["name"].to_list() == [""] * 12 + [p.name for p in WHO[12:]]
    assert set(dump.kinds) == {"name", "address", "phone", "email"}
    assert "read by columns of their own: member" in dump.notes


def test_one_table_may_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(MEMBERS + BUYERS)
    dump = ingest(path, fields=FIELDS, given=Given(part="member"))
    assert (dump.rows, set(dump.kinds)) == (12, {"phone", "email"})


@pytest.mark.parametrize(
    "other",
    [
        # A log has the same number again and again.
        inserts("sms_log", "`id`,`phone`,`code`", [(at, WHO[at % 4].phone, 1000 + at) for at in range(24)]),
        # The column says that it is another's.
        inserts("parcels", "`id`,`sender_phone`,`sender_name`", [(at, p.phone, p.name) for at, p in enumerate(WHO)]),
    ],
)
def test_what_is_no_list_of_people_is_left_out_and_told(tmp_path: Path, other: str) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(BUYERS + other)
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO[12:]]
    assert any(note.startswith("left out, with people in it") for note in dump.notes)


def test_a_login_is_no_name_of_another_table_s_people(tmp_path: Path) -> None:
    logins = inserts("login", "`username`,`mobile`", [(f"qxz{at}77", p.phone) for at, p in enumerate(WHO[:12])])
    path = tmp_path / "dump.sql"
    path.write_text(BUYERS + logins)
    assert ingest(path, fields=FIELDS).table()["name"].to_list() == [p.name for p in WHO[12:]] + [""] * 12


def test_sheets_and_members_with_other_columns_are_read_too(tmp_path: Path) -> None:
    first = [["姓名", "手机", "地址"], *[[p.name, p.phone, p.address] for p in WHO[:12]]]
    second = [["客户", "证件号码", "邮箱"], *[[p.name, p.resident_id, p.email] for p in WHO[12:]]]
    sheets = tmp_path / "two.xlsx"
    sheets.write_bytes(workbook({"会员": first, "开户": second}))
    members = tmp_path / "two.zip"
    members.write_bytes(
        zipped({f"{n}.csv": "\n".join(map(",".join, rows)).encode() for n, rows in enumerate((first, second))})
    )
    for path in (sheets, members):
        table = ingest(path, fields=FIELDS).table()
        assert table["name"].to_list() == [p.name for p in WHO]
        assert table["resident_id"].to_list() == [""] * 12 + [p.resident_id for p in WHO[12:]]


def test_an_archive_with_a_member_that_may_be_of_others_is_refused(tmp_path: Path) -> None:
    first = [["姓名", "手机"], *[[p.name, p.phone] for p in WHO[:12]]]
    second = [["联系人", "紧急联系人电话", "备注"], *[[p.name, p.phone, "x"] for p in WHO[12:]]]
    path = tmp_path / "two.zip"
    path.write_bytes(
        zipped({f"{n}.csv": "\n".join(map(",".join, rows)).encode() for n, rows in enumerate((first, second))})
    )
    with pytest.raises(RefusedError) as refused:
        ingest(path, fields=FIELDS)
    assert refused.value.code == "trace.members"
