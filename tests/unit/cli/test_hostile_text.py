"""Ids and names with escape codes neither reach the terminal nor the ledger; tables that cannot be written neither."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.command_line import require_one_clear_line

from suyuan.adapters.files import open_sink, writing
from suyuan.errors import RefusedError

STEERING = "\x1b[31mEVIL\x1b]0;pwn\x07"
EXPORT = ("release", "export", "../people.parquet", "--to", "acme", "--purpose", "fulfilment", "--contract", "C-7")


def people(**columns: object) -> pl.DataFrame:
    keys = [f"KZ-880{i:04d}" for i in range(20)]
    return pl.DataFrame({"customer": keys, **columns})


@pytest.mark.parametrize("value", [STEERING, "a\u202eb", "a\udcffb", "a" * 257])
@pytest.mark.parametrize(
    ("verb", "option"),
    [
        (("release", "lookup", "KZ-7700771", "--purpose", "delivery", "--case", "c"), "--account"),
        (("release", "lookup", "KZ-7700771", "--account", "a", "--case", "c"), "--purpose"),
        (("release", "lookup", "KZ-7700771", "--account", "a", "--purpose", "delivery"), "--case"),
        (("release", "export", "../customers.csv", "--purpose", "p", "--contract", "c", "-o", "o.csv"), "--to"),
        (("release", "export", "../customers.csv", "--purpose", "p", "--to", "a", "-o", "o.csv"), "--contract"),
    ],
)
def test_ids_are_refused_at_the_edge(suyuan, here: Path, verb: tuple[str, ...], option: str, value: str) -> None:
    before = suyuan("ledger", "show").out
    done = suyuan(*verb, option, value)
    require_one_clear_line(done, code=3)
    assert "id is no text of" in done.err
    assert suyuan("ledger", "show").out == before


def test_ids_of_cases_are_refused(suyuan, here: Path) -> None:
    for account in ("a\x1bb", "a\u202eb", "a" * 257):
        (here / "bad.csv").write_text(f"case,account,customer,opened\nP-9,{account},KZ-7700771,2026-03-01\n")
        done = suyuan("collect", "cases", "../bad.csv")
        require_one_clear_line(done, code=3)
        assert "row 1: account is no id" in done.err


def test_file_names_are_spelled_out(suyuan, here: Path) -> None:
    done = suyuan("collect", "import", f"../no{STEERING}\n.csv")
    require_one_clear_line(done, code=3)
    assert "no\\u001b[31mEVIL" in done.err
    assert "\x1b" not in done.err + done.out
    assert (
        "\x1b"
        not in suyuan("release", "export", "../customers.csv", "--drop", STEERING, *EXPORT[3:], "-o", "o.csv").err
    )


@pytest.mark.parametrize("column", [[["a"]] * 20, [{"a": 1}] * 20, [b"a"] * 20])
@pytest.mark.parametrize("out", ["o.csv", "o.parquet"])
def test_a_column_that_is_no_cell_is_refused_before_the_ledger(suyuan, here: Path, column: list, out: str) -> None:
    people(tags=column).write_parquet(here / "people.parquet")
    before = suyuan("ledger", "show").out
    done = suyuan(*EXPORT, "-o", out)
    require_one_clear_line(done, code=3)
    assert "column tags holds lists, objects or bytes" in done.err
    assert suyuan("ledger", "show").out == before
    require_one_clear_line(suyuan("collect", "import", "../people.parquet"), code=3)
    assert suyuan(*EXPORT, "--drop", "tags", "-o", out).code == 0


NUMBERS = [13800000000 + 37 * i for i in range(20)]


@pytest.mark.parametrize(
    "column",
    [pl.Series(NUMBERS), pl.Series(NUMBERS, dtype=pl.UInt64), pl.Series(NUMBERS, dtype=pl.Float64),
     pl.Series(NUMBERS, dtype=pl.Decimal(20, 2)), pl.Series([str(n) for n in NUMBERS], dtype=pl.Categorical)],
    ids=str,
)  # fmt: skip
def test_numbers_that_are_telephone_numbers_do_not_leave_unregistered(suyuan, here: Path, column: pl.Series) -> None:
    people(second=column).write_parquet(here / "people.parquet")
    done = suyuan(*EXPORT, "-o", "o.csv")
    require_one_clear_line(done, code=3)
    assert "column second looks like phone" in done.err


@pytest.mark.parametrize(
    "inside", ["请改打13911112222", "寄件人证件11010119900307663X已核", "mail to tiezhu@example.org please"]
)
def test_remarks_with_somebody_s_number_do_not_leave_unregistered(suyuan, here: Path, inside: str) -> None:
    people(remark=["放门口", None, ""] * 6 + ["周末勿派", inside]).write_parquet(here / "people.parquet")
    done = suyuan(*EXPORT, "-o", "o.csv")
    require_one_clear_line(done, code=3)
    assert "column remark has telephone numbers, ID numbers or mailboxes inside its text" in done.err
    assert suyuan(*EXPORT, "--drop", "remark", "-o", "o.csv").code == 0


def test_remarks_with_numbers_of_things_leave(suyuan, here: Path) -> None:
    remarks = [f"订单{10**17 + n}号, 电话见面单 SF1391111{n:04d}222 @前台" for n in range(20)]
    people(remark=remarks).write_parquet(here / "people.parquet")
    assert suyuan(*EXPORT, "-o", "o.csv").code == 0


def test_plain_numbers_and_times_leave(suyuan, here: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(20)]
    people(amount=[1.5] * 20, pieces=list(range(20)), paid=[True] * 20, day=days).write_parquet(here / "people.parquet")
    assert suyuan(*EXPORT, "-o", "o.csv").code == 0


def test_a_file_made_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    sink = open_sink(target)
    sink.write(pl.DataFrame({"a": ["1"]}))
    target.write_text("another's")
    with pytest.raises(RefusedError, match="exists already"):
        sink.finish()
    sink.abandon()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "another's"
    again = writing.CsvSink(tmp_path / "new.csv")
    again.write(pl.DataFrame({"a": ["1"]}))
    again.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "out.csv"]


@pytest.mark.parametrize("content", [b"x" * 5000, b"\xff\xfe"])
def test_a_passphrase_file_that_holds_none(suyuan, here: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    other = here / "other"
    other.write_bytes(content)
    other.chmod(0o600)
    monkeypatch.setenv("SUYUAN_PASSPHRASE_FILE", str(other))
    done = suyuan("release", "lookup", "KZ-7700771", "--account", "a", "--purpose", "delivery")
    require_one_clear_line(done, code=3)
    assert "holds no passphrase" in done.err
