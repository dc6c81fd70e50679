"""Two partners compare their copies, drop what only one has, write everything in one style, and are named all the same.

Through the command line: from the export to the bundle that a stranger verifies.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import Done, run_here
from tests.families import DECOYS, policy

from suyuan.kinds import KINDS
from suyuan.simulation import invent_people

PARTNERS, PERSONS = 4, 30
KIND_OF = {"name": "person_name", "phone": "phone", "email": "email", "address": "postal_address"}

Suyuan = Callable[..., Done]


@pytest.fixture
def suyuan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    """Run a verb in a folder of its own; the store lies in `store`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda *arguments: run_here(capsys, *arguments)


def normalised(path: str) -> pl.DataFrame:
    """Give a copy as somebody leaves it who knows what marks in values are: one spelling, whoever's it was."""
    frame = pl.read_csv(path, infer_schema=False)
    return frame.with_columns(
        KINDS[kind].canonical_column(frame[name]).alias(name)  # type: ignore[index]
        for name, kind in KIND_OF.items()
    )


def test_who_compares_copies_is_named_by_the_decoys_that_both_have(suyuan: Suyuan) -> None:
    here = ("--store", "store", "--json")

    def result(*arguments: object) -> Any:
        done = suyuan(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    result("init", "store", "--passphrase-file", "passphrase", "--json")
    for name in ("contracts.toml", "pools.toml"):
        (Path("store/policy") / name).write_text(policy()[name], encoding="utf-8")
    people = invent_people(PERSONS, seed=3).select("customer", *KIND_OF)
    people.write_csv("customers.csv")
    for number in range(PARTNERS):
        asked = ("--to", f"p{number}", "--purpose", "fulfilment", "--contract", f"S-{number}")
        done = result("release", "export", "customers.csv", *asked, "-o", f"p{number}.csv", *here)
        assert done["rows"] == PERSONS
        assert DECOYS / 2 < done["decoys"] < DECOYS

    # Two compare: what is not in both copies is gone, and so is every spelling.
    one, other = normalised("p0.csv"), normalised("p1.csv")
    both = one.join(other, on=one.columns, how="semi", nulls_equal=True)
    assert PERSONS < both.height < min(one.height, other.height)
    both.write_csv("found.csv")

    traced = result("trace", "dump", "found.csv", "--exact-only", "--bundle", "found.suyuan", *here)
    assert {named["id"] for named in traced["named"]} == {"p0", "p1"}
    verified = result("verify", "found.suyuan", "--dump", "found.csv", "--json")
    accused = verified["accused"]
    assert {(who["recipient"]["id"], who["named"]) for who in accused} == {("p0", True), ("p1", True)}
    assert all(who["decoys"] == who["decoys_held"] == both.height - PERSONS for who in accused)
    entries = result("ledger", "verify", *here)["entries"]
    assert entries["family"] == 2  # Who the decoys are, and what is written of them: drawn once for all copies.
