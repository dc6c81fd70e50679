"""One leak from end to end, through the command line. Begin reading here.

Two clerks work on the same persons. One clerk's screen is copied out and sold. The platform finds the file, traces it
to that clerk's copies, and hands out evidence that a stranger can check without the platform.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import Done, run_here

from suyuan.simulation import invent_people, invent_strangers, write_dump

CLERK, COLLEAGUE = "clerk-07", "clerk-08"
PERSONS, SHOWN, STRANGERS = 60, 12, 5

Suyuan = Callable[..., Done]


@pytest.fixture
def suyuan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    """Run a verb in a folder of its own; the store lies in `store`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda *arguments: run_here(capsys, *arguments)


def test_a_leak_is_traced_to_its_copy_and_proved(suyuan: Suyuan) -> None:
    here = ("--store", "store", "--json")

    def result(*arguments: object) -> Any:
        done = suyuan(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    # Collect and hold: people are admitted and sealed; each clerk gets a case for each of twelve of them.
    result("init", "store", "--passphrase-file", "passphrase", "--json")
    people = invent_people(PERSONS, seed=7).drop("updated")
    people.write_csv("customers.csv")
    assert result("collect", "import", "customers.csv", *here)["added"] == PERSONS
    customers = people["customer"].head(SHOWN).to_list()
    write_cases(customers)
    assert result("collect", "cases", "cases.csv", *here)["cases"] == 2 * SHOWN

    # Release: both clerks look the same persons up. Each sees true values, in spellings of the copy's own.
    shown: dict[str, list[dict[str, str]]] = {CLERK: [], COLLEAGUE: []}
    for clerk, customer in [(clerk, customer) for clerk in shown for customer in customers]:
        asked = (customer, "--account", clerk, "--purpose", "delivery", "--case", f"P-{clerk}-{customer}")
        shown[clerk].append(result("release", "lookup", *asked, *here)["fields"])
    assert shown[CLERK] != shown[COLLEAGUE]

    # Without a case the door stays shut, and the refusal is ledgered.
    refused = suyuan("release", "lookup", customers[0], "--account", CLERK, "--purpose", "delivery", "--store", "store")
    assert (refused.code, refused.out) == (3, "")

    # The clerk's screen is sold: shuffled, strangers mixed in, no header, another encoding.
    stolen = pl.concat([pl.DataFrame(shown[CLERK]), invent_strangers(STRANGERS, seed=7)], how="diagonal")
    stolen = stolen.select("phone", "address", "name").sample(fraction=1, shuffle=True, seed=7)
    write_dump(stolen, Path("found.csv"), encoding="gb18030", header=False)

    # Trace: whose copy is it? The colleague saw the very same persons, and is not named.
    out = ("--report", "report.html", "--bundle", "found.suyuan")
    traced = result("trace", "dump", "found.csv", "--exact-only", *out, *here)
    assert traced["named"] == [{"kind": "account", "id": CLERK}]
    assert (traced["dump"]["matched"], traced["dump"]["strangers"]) == (SHOWN, STRANGERS)
    report = Path("report.html").read_text(encoding="utf-8")
    assert CLERK in report
    assert "When the copies were released" in report
    assert "copies with the values of the file were released" in report

    # The same file again is answered from the same opening, and told on paper.
    again = result("trace", "dump", "found.csv", "--exact-only", "--report", "report.pdf", *here)
    assert (again["named"], again["opened"]) == (traced["named"], traced["opened"])
    assert Path("report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert suyuan("trace", "dump", "found.csv", "--report", "report.docx", "--store", "store").code == 3

    # Evidence: a stranger checks it with the bundle and the file alone.
    verified = result("verify", "found.suyuan", "--dump", "found.csv", "--json")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [(CLERK, True)]
    assert verified["dump"]["rows_checked"] == SHOWN

    # With one bit changed it is refused.
    forged = bytearray(Path("found.suyuan").read_bytes())
    forged[len(forged) // 3] ^= 1
    Path("forged.suyuan").write_bytes(forged)
    assert suyuan("verify", "forged.suyuan").code == 4

    # A file that never came from the platform names nobody.
    write_dump(invent_strangers(40, seed=8).select("name", "phone", "address"), Path("elsewhere.csv"))
    elsewhere = result("trace", "dump", "elsewhere.csv", "--exact-only", *here)
    assert (elsewhere["answer"], elsewhere["named"]) == ("unknown", [])

    # All of it is in the ledger, and the ledger replays.
    entries = result("ledger", "verify", *here)["entries"]
    assert (entries["release"], entries["refuse"], entries["trace-open"]) == (2 * SHOWN, 1, 2)


def write_cases(customers: list[str]) -> None:
    """Write a case for each clerk and customer."""
    pairs = [(clerk, customer) for clerk in (CLERK, COLLEAGUE) for customer in customers]
    cases = [(f"P-{clerk}-{customer}", clerk, customer, "2026-01-01") for clerk, customer in pairs]
    pl.DataFrame(cases, schema=["case", "account", "customer", "opened"], orient="row").write_csv("cases.csv")
