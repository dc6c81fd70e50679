"""Every verb once as a person uses it, with its JSON; and what it refuses."""

import contextlib
import io
import json
import shutil
import sqlite3
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.command_line import CUSTOMERS, require_no_value, require_one_clear_line, run_program

LOOKUP = ("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "delivery")
EXPORT = ("release", "export", "--to", "acme", "--purpose", "fulfilment", "--contract", "C-7")


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_import_again_changes_nothing(here: Path, suyuan) -> None:
    done = suyuan("collect", "import", here / "customers.csv", "--json")
    assert json.loads(done.out) == {"added": 0, "corrected": 0, "unchanged": 2, "rejected": 0}


def test_import_corrects(here: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, CUSTOMERS.replace("100号", "101号").encode("gb18030"))
    assert suyuan("collect", "import", "-").out == "0 people added, 1 corrected, 1 unchanged\n"


BAD = CUSTOMERS + "KZ-7700773,司马铜锤,not a phone,,\n,欧阳铁柱,,,\nKZ-7700774,欧阳铁柱,,,\nKZ-7700774,司马铜锤,,,\n"


def test_bad_rows_refuse_the_file(here: Path, suyuan) -> None:
    (here / "bad.csv").write_text(BAD, encoding="utf-8")
    done = suyuan("collect", "import", here / "bad.csv")
    require_one_clear_line(done, code=3)
    assert "4 rows" in done.err
    assert "row 3: phone" in done.err


def test_bad_rows_are_set_aside(here: Path, suyuan) -> None:
    (here / "bad.csv").write_text(BAD, encoding="utf-8")
    done = suyuan("collect", "import", here / "bad.csv", "--rejects", here / "aside.csv", "--json")
    assert json.loads(done.out) == {"added": 0, "corrected": 0, "unchanged": 2, "rejected": 4}
    aside = pl.read_csv(here / "aside.csv", infer_schema=False)
    assert aside["suyuan_row"].to_list() == ["3", "4", "5", "6"]
    assert aside["suyuan_problem"].to_list() == [
        "phone is not a value of its kind", "customer is empty", "customer is in another row too",
        "customer is in another row too",
    ]  # fmt: skip
    assert aside["name"].to_list()[0] == "司马铜锤"
    again = suyuan("collect", "import", here / "bad.csv", "--rejects", here / "aside.csv")
    require_one_clear_line(again, code=3)


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ("case,account,customer,opened\nP,a,KZ-7700771,yesterday\n", "row 1: opened"),
        ("case,account,customer,opened\nP,a,KZ-7700771,2026-01-01\nP,a,KZ-7700779,2026-01-01\n", "the first is row 2"),
        ("case,account,customer,opened\nP,,KZ-7700771,2026-01-01\n", "row 1: account"),
        ("case,account,customer,opened,closed\nP,a,KZ-7700771,2026-02-01,2026-01-01\n", "row 1: closed"),
        ("case,account,customer,opened,closed\nP,a,KZ-7700771,2026-02-01,soon\n", "row 1: closed"),
        ("case,account,opened\nP,a,2026-01-01\n", "missing: customer"),
        ("case,account,customer,opened,note\nP,a,KZ-7700771,2026-01-01,x\n", "exactly"),
    ],
)
def test_bad_cases_are_refused_whole(here: Path, suyuan, cases: str, told: str) -> None:
    (here / "c.csv").write_text(cases)
    done = suyuan("collect", "cases", here / "c.csv")
    require_one_clear_line(done, code=3)
    assert told in done.err


def test_cases_of_unknown_people_are_counted_and_can_be_set_aside(here: Path, suyuan) -> None:
    rows = (
        "P-8,clerk-07,KZ-7700771,2026-01-01,",
        "P-9,clerk-07,KZ-404,2026-01-01,",
        "P-10,clerk-07,KZ-405,2026-01-01,",
    )
    (here / "c.csv").write_text("case,account,customer,opened,closed\n" + "\n".join(rows) + "\n")
    done = suyuan("collect", "cases", here / "c.csv")
    require_one_clear_line(done, code=3)
    assert "2 rows name nobody whom the store knows by this customer; the first is row 2" in done.err
    assert "--rejects" in done.err
    done = suyuan("collect", "cases", here / "c.csv", "--rejects", here / "bad.csv")
    assert (done.code, done.out.splitlines()[0]) == (0, "1 case stored")
    assert "2 rows set aside" in done.out
    assert (here / "bad.csv").read_text().splitlines()[1].endswith(",2,nobody in the store is known by this customer")
    # A file that is there already is never overwritten, and nothing is stored then.
    again = suyuan("collect", "cases", here / "c.csv", "--rejects", here / "bad.csv")
    assert again.code == 3


def test_cases_are_stored(here: Path, suyuan) -> None:
    (here / "c.csv").write_text("Case,Account,customer_id,opened\nP-9,a,KZ-7700771,2026-01-01 08:00\n")
    assert json.loads(suyuan("collect", "cases", here / "c.csv", "--json").out) == {"cases": 1, "rejected": 0}
    assert suyuan("status", "--json").out.count('"cases": 3')


def test_lookup(suyuan, here: Path) -> None:
    done = suyuan(*LOOKUP, "--case", "P-1")
    assert done.code == 0
    assert "欧阳铁柱" in done.out
    assert "tiezhu" not in done.out
    require_no_value(done.err)
    shown = json.loads(suyuan(*LOOKUP, "--case", "P-1", "--json").out)
    assert set(shown["fields"]) == {"name", "phone", "address"}


def test_lookup_by_another_field_and_from_standard_input(here: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("release", "lookup", "--account", "clerk-07", "--purpose", "service", "--case", "P-1", "--json")
    shown = json.loads(suyuan(*asked, "--by", "phone", "+86 139-1111-2222").out)["fields"]
    assert shown["customer"] == "KZ-7700771"
    assert "1111" not in shown["phone"]
    feed(monkeypatch, b"KZ-7700771\n")
    assert json.loads(suyuan(*asked, "-").out)["fields"]["customer"] == "KZ-7700771"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*LOOKUP,), 3),
        ((*LOOKUP, "--case", "P-2"), 3),
        (("release", "lookup", "KZ-7700772", "--account", "clerk-08", "--purpose", "delivery", "--case", "P-2"), 3),
        (("release", "lookup", "KZ-7700779", "--account", "clerk-07", "--purpose", "delivery", "--case", "P-1"), 3),
        (("release", "lookup", "--by", "name", "欧阳铁柱", "--account", "a", "--purpose", "delivery"), 3),
        (("release", "lookup", "--by", "nofield", "x", "--account", "a", "--purpose", "delivery"), 3),
        (("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "marketing"), 3),
        (("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "fulfilment"), 3),
        (("release", "lookup", "--account", "clerk-07", "--purpose", "delivery"), 2),
        (("release", "lookup", "KZ-7700771", "--purpose", "delivery"), 2),
    ],
)
def test_lookups_that_are_refused(here: Path, suyuan, arguments: tuple[str, ...], code: int) -> None:
    require_one_clear_line(suyuan(*arguments), code=code)


def test_a_refusal_is_ledgered_and_has_a_code(here: Path, suyuan) -> None:
    done = suyuan(*LOOKUP, "--case", "P-2", "--json")
    error = json.loads(done.out)["error"]
    assert (error["code"], error["exit"], done.code) == ("release.case", 3, 3)
    entries = json.loads(suyuan("ledger", "show", "--last", "1", "--json").out)
    assert entries[0]["leaf"]["op"] == "refuse"


def test_export_of_rows_that_are_supplied(here: Path, suyuan) -> None:
    done = suyuan(*EXPORT, here / "customers.csv", "-o", here / "out.csv", "--drop", "email", "--json")
    facts = json.loads(done.out)
    assert (facts["rows"], facts["decoys"]) == (2, 0)
    assert facts["bits_per_row"] > 3
    out = pl.read_csv(here / "out.csv", infer_schema=False)
    assert out.columns == ["customer", "name", "phone", "address"]
    assert out["name"].to_list() == ["欧阳铁柱", "司马铜锤"]
    require_no_value(done.out + done.err)
    again = suyuan(*EXPORT, here / "customers.csv", "-o", here / "out.csv")
    require_one_clear_line(again, code=3)


def test_export_from_the_store(here: Path, suyuan) -> None:
    (here / "keys.txt").write_text("customer\nKZ-7700772\n")
    done = suyuan(*EXPORT, "--people", here / "keys.txt", "-o", here / "out.parquet")
    assert done.code == 0
    assert pl.read_parquet(here / "out.parquet")["name"].to_list() == ["司马铜锤"]
    (here / "keys.txt").write_text("KZ-7700779\n")
    require_one_clear_line(suyuan(*EXPORT, "--people", here / "keys.txt", "-o", here / "no.csv"), code=3)
    assert not (here / "no.csv").exists()


def test_export_into_a_pipe(here: Path) -> None:
    done = run_program(*EXPORT, "--drop", "email", "-o", "-", folder=here / "store")
    assert done.out.splitlines()[0] == "customer,name,phone,address"
    assert "2 rows written: 2 persons + 0 decoys; 0 left out by key\nto partner acme" in done.err
    assert "passed through" not in done.err
    require_no_value(done.err)


def test_an_export_names_the_columns_that_pass_through(here: Path, suyuan) -> None:
    table = pl.read_csv(here / "customers.csv", infer_schema=False)
    table.with_columns(pl.lit("x").alias("parcel"), pl.lit("y").alias("sh\u202eelf")).write_csv(here / "more.csv")
    done = suyuan(*EXPORT, here / "more.csv", "-o", here / "out.csv", "--json")
    assert json.loads(done.out)["unmarked_columns"][0] == "parcel"
    assert "note: passed through as they are, unmarked: parcel, sh" in done.err
    assert "\u202e" not in done.out + done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--drop", "nothing", "-o", "x.csv"),
        ("-o", "x.txt"),
        ("-o", "nodir/x.csv"),
        ("--purpose", "delivery", "-o", "x.csv"),
    ],
)
def test_exports_that_are_refused_leave_nothing(here: Path, suyuan, arguments: tuple[str, ...]) -> None:
    before = json.loads(suyuan("status", "--json").out)
    require_one_clear_line(suyuan(*EXPORT, here / "customers.csv", *arguments), code=3)
    assert not list((here / "store").glob("*x.*"))
    assert json.loads(suyuan("status", "--json").out)["persons"] == before["persons"]


def test_ledger_and_status(here: Path, suyuan) -> None:
    suyuan(*LOOKUP, "--case", "P-1")
    shown = suyuan("ledger", "show")
    assert "lookup to account clerk-07, purpose delivery" in shown.out
    require_no_value(shown.out)
    verified = json.loads(suyuan("ledger", "verify", "--json").out)
    assert (verified["verified"], verified["unpublished"]) == (True, 0)
    assert "the ledger verifies" in suyuan("ledger", "verify").out
    status = json.loads(suyuan("status", "--json").out)
    assert (status["persons"], status["releases"], status["persons_released"]) == (2, 1, 1)
    assert status["checkpoint"] == status["ledger_entries"] == verified["size"]
    assert "overlay" in suyuan("status").out


def test_a_ledger_held_against_what_was_kept_elsewhere(here: Path, suyuan) -> None:
    alone = suyuan("ledger", "verify").out
    assert "key not authenticated: taken from the store itself" in alone
    assert "a cut tail or a rewritten log cannot be seen without a checkpoint kept elsewhere" in alone
    (here / "store/ledger/checkpoint").rename(here / "aside")
    require_one_clear_line(suyuan("ledger", "checkpoint"), code=3)
    suyuan(*LOOKUP, "--case", "P-1")
    kept, vkey = here / "kept", (here / "store/ledger/log.vkey").read_text().strip()
    kept.write_text(suyuan("ledger", "checkpoint").out)
    (here / "log.policy").write_text(f"log {vkey}\nquorum none\n")
    head = json.loads(suyuan("ledger", "checkpoint", "--json").out)
    assert (head["note"], head["vkey"], head["unpublished"]) == (kept.read_text(), vkey, 0)
    suyuan(*LOOKUP, "--case", "P-1")
    by = ("--checkpoint", kept, "--vkey", vkey, "--policy", here / "log.policy")
    told = suyuan("ledger", "verify", *by).out
    assert "key authenticated by --vkey" in told
    assert f"holds what was kept elsewhere: {head['size']} entries are as they were" in told
    assert "later entries cannot be seen" in told
    data = json.loads(suyuan("ledger", "verify", "--policy", here / "log.policy", "--checkpoint", kept, "--json").out)
    assert (data["key"]["authenticated_by"], data["kept_checkpoints"]) == ("policy", [head["size"]])
    told = suyuan("ledger", "verify", "--vkey", here / "store/ledger/log.vkey").out
    assert "key authenticated by --vkey" in told
    other = "log.example+40a7166c+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    for arguments, code in (
        (("--vkey", other), 3),
        (("--vkey", "log.example/suyuan+b240faec+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"), 4),
        (("--vkey", kept), 3),
        (("--checkpoint", here / "none"), 3),
        (("--checkpoint", here / "customers.csv"), 4),
        (("--policy", here / "none"), 3),
    ):
        require_one_clear_line(suyuan("ledger", "verify", *arguments), code=code)


def test_an_administrator_without_keys_who_cuts_the_log_and_publishes_anew_is_seen(here: Path, suyuan) -> None:
    for _ in range(3):
        suyuan(*LOOKUP, "--case", "P-1")
    kept, vkey = here / "kept", here / "log.vkey"
    kept.write_text(suyuan("ledger", "checkpoint").out)
    shutil.copy(here / "store/ledger/log.vkey", vkey)
    cut_and_publish_anew(here / "store", entries=2)
    assert suyuan("ledger", "verify").code == 0  # By itself the store fits itself.
    for arguments in (("--checkpoint", kept), ("--vkey", vkey), ("--checkpoint", kept, "--vkey", vkey)):
        require_one_clear_line(suyuan("ledger", "verify", *arguments), code=4)


def cut_and_publish_anew(store: Path, *, entries: int) -> None:
    """Do what somebody with the disk and no key can: drop the newest entries, sign the rest with a key of one's own."""
    from suyuan.adapters.files.tile_directory import TileDirectory
    from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
    from suyuan.crypto.sign import SigningKey, parse_vkey
    from suyuan.ledger import Log, publish

    with contextlib.closing(sqlite3.connect(store / "ledger.db")) as ledger:
        for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            ledger.execute(f"DROP TRIGGER {name}")
        (top,) = ledger.execute("SELECT max(seq) FROM entries").fetchone()
        for table in ("sides", "named", "latest", "entries"):
            ledger.execute(f"DELETE FROM {table} WHERE seq > ?", (top - entries,))
        ledger.commit()
    name = parse_vkey((store / "ledger/log.vkey").read_text().strip()).name
    shutil.rmtree(store / "ledger")
    (store / "ledger").mkdir()
    key = SigningKey(b"\x05" * 32, name=name)
    with SqliteLedgerStore.open_reader(store / "ledger.db") as rest:
        publish(Log(rest), files=TileDirectory(store / "ledger"), key=key)
    (store / "ledger/log.vkey").write_text(f"{key.verify_key}\n")


def test_a_ledger_that_was_tampered_with(here: Path, suyuan) -> None:
    suyuan(*LOOKUP, "--case", "P-1")
    # Of the bundles that were published one after another, the newest is the one that is read.
    tile = max((here / "store/ledger/tile/entries").rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    raw = bytearray(tile.read_bytes())
    raw[20] ^= 1
    tile.write_bytes(raw)
    require_one_clear_line(suyuan("ledger", "verify"), code=4)


def test_no_store(tmp_path: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for verb in (("status",), ("ledger", "show"), ("collect", "import", "x.csv"), ("status", "--store", "nowhere")):
        require_one_clear_line(suyuan(*verb), code=5)


def test_a_file_of_the_store_that_is_gone(here: Path, suyuan) -> None:
    (here / "store/keys.db").unlink()
    done = suyuan(*LOOKUP, "--case", "P-1", "--json")
    require_one_clear_line(done, code=5)
    error = json.loads(done.out)["error"]
    assert (error["code"], error["hint"]) == ("store.missing", "put it back from its backup")


def test_trace_and_verify(here: Path, suyuan) -> None:
    from suyuan.simulation import invent_people

    people = invent_people(80, seed=5).drop("updated", "id_number", "birth_date")
    people.write_csv(here / "people.csv")
    for partner in ("acme", "other"):
        suyuan(*EXPORT, here / "people.csv", "--to", partner, "-o", here / f"{partner}.csv")
    dump = pl.read_csv(here / "acme.csv", infer_schema=False).head(40).select("phone", "address", "name")
    dump.write_csv(here / "dump.csv", include_header=False)
    report, bundle = here / "leak.html", here / "leak.suyuan"
    done = suyuan("trace", "dump", here / "dump.csv", "--exact-only", "--report", report, "--bundle", bundle)
    assert (done.code, "partner acme" in done.out) == (0, True), done.err
    assert dump["phone"][0] not in done.out + done.err + report.read_text()
    said = json.loads(suyuan("trace", "dump", here / "dump.csv", "--exact-only", "--json", "--column", "0=phone").out)
    assert said["named"] == [{"kind": "partner", "id": "acme"}]
    assert "acme" in suyuan("verify", bundle).out
    assert "acme" in suyuan("verify", bundle, "--lang", "zh").out
    judged = json.loads(suyuan("verify", bundle, "--dump", here / "dump.csv", "--json").out)
    assert judged["dump"]["rows_checked"] == 40
    require_one_clear_line(suyuan("trace", "dump", here / "dump.csv", "--report", report), code=3)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (("--column", "phone"), 2),
        (("--column", "0=nofield"), 3),
        (("--column", "99=phone"), 3),
        (("--encoding", "klingon"), 2),
        (("--report", "no/where.html"), 3),
    ],
)
def test_trace_options_that_cannot_be_meant(here: Path, suyuan, option: tuple[str, str], code: int) -> None:
    require_one_clear_line(suyuan("trace", "dump", here / "customers.csv", "--exact-only", *option), code=code)
