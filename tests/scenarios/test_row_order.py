"""The order of ties, from the export to the court: a dump with every spelling normalised is traced by the order of its rows."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import run_here

from suyuan.simulation import invent_people

ROWS = 160
COLUMNS = ["customer", "name", "phone", "depot"]


@pytest.fixture
def result(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: object, code: int = 0) -> Any:
        done = run_here(capsys, *arguments, "--json")
        assert done.code == code, done.err
        return json.loads(done.out) if code == 0 else done.err

    return run


def exported(result: Callable[..., Any], *, to: str, contract: str, how: tuple[str, ...]) -> pl.DataFrame:
    under = ("--to", to, "--purpose", "fulfilment", "--contract", contract, "--store", "store")
    assert result("release", "export", "customers.csv", *under, *how, "-o", f"{to}.csv")["rows"] == ROWS
    return pl.read_csv(f"{to}.csv", infer_schema=False)


def test_a_normalised_dump_is_traced_by_the_order_of_its_rows_and_a_shuffled_one_is_not(
    result: Callable[..., Any],
) -> None:
    result("init", "store", "--passphrase-file", "passphrase")
    people = invent_people(ROWS, seed=9).with_columns(depot=pl.int_range(ROWS) // 40).select(COLUMNS)
    people.write_csv("customers.csv")
    customers = people["customer"].to_list()
    acme = exported(result, to="acme", contract="C-7", how=("--any-order",))
    bolt = exported(result, to="bolt", contract="C-8", how=("--order-by", "depot"))
    plain = exported(result, to="cargo", contract="C-9", how=())
    assert plain["customer"].to_list() == customers
    assert bolt["depot"].to_list() == people["depot"].cast(pl.String).to_list()
    for copy in (acme, bolt):
        turned = [i for i in range(0, ROWS, 2) if copy["customer"][i] != customers[i]]
        assert 15 < len(turned) < 65
        assert sorted(copy["customer"]) == sorted(customers)
        assert all(copy["customer"][i : i + 2].to_list() == [customers[i + 1], customers[i]] for i in turned)
    # Every column stays with its person: a number is never another's.
    assert acme.join(people, on="customer", suffix=":own").filter(pl.col("depot") != pl.col("depot:own").cast(pl.String)).is_empty()  # fmt: skip

    # The thief writes the platform's own spelling of every value, the same for everybody, and keeps the rows as they stand.
    own = people.select("customer", "phone")
    normal = acme.select("customer").join(own, on="customer", maintain_order="left")
    normal.write_csv("normal.csv")
    normal.sample(fraction=1, shuffle=True, seed=4).write_csv("shuffled.csv")
    shutil.copytree("store", "other")

    trace = ("--exact-only", "--bundle", "found.suyuan")
    traced = result("trace", "dump", "normal.csv", *trace, "--store", "store")
    assert [one["id"] for one in traced["named"]] == ["acme"]
    by_name = {one["recipient"]["id"]: one for one in traced["suspects"]}
    order = {who: {c["name"]: c for c in by_name[who]["channels"]}["row_order"] for who in ("acme", "bolt", "cargo")}
    assert (order["acme"]["agree"], order["acme"]["differ"], order["cargo"]["agree"]) == (ROWS // 2, 0, 0)
    assert order["bolt"]["agree"] + order["bolt"]["differ"] == ROWS // 2
    assert float(order["acme"]["bits"]) > 40 > 20 > float(order["bolt"]["bits"])
    verified = result("verify", "found.suyuan", "--dump", "normal.csv")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [("acme", True)]

    shuffled = result("trace", "dump", "shuffled.csv", "--exact-only", "--store", "other")
    assert shuffled["named"] == []
    # What one opening has read counts nothing in the next.
    again = result("trace", "dump", "shuffled.csv", "--exact-only", "--store", "store")
    assert again["named"] == []


def test_an_order_that_there_is_not_is_refused(result: Callable[..., Any]) -> None:
    result("init", "store", "--passphrase-file", "passphrase")
    invent_people(3, seed=9).select("customer", "name").write_csv("customers.csv")
    under = ("--to", "a", "--purpose", "fulfilment", "--contract", "C-7", "--store", "store", "-o", "out.csv")
    assert "no such column" in result("release", "export", "customers.csv", "--order-by", "day", *under, code=3)
    assert "--any-order" in result("release", "export", "--order-by", "customer", *under, code=2)
    both = ("--order-by", "customer", "--any-order")
    assert "leave --order-by out" in result("release", "export", "customers.csv", *both, *under, code=2)
    assert not Path("out.csv").exists()
