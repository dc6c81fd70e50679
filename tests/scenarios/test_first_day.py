"""The first day: a legacy log, a dump that was never marked, reports; through the command line, and after a restore."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.command_line import Done, run_here
from tests.courier import courier

Run = Callable[..., Done]


@pytest.fixture
def suyuan(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""
    return lambda *arguments: run_here(capsys, *arguments)


def test_from_a_legacy_log_to_an_account_and_all_of_it_survives_a_restore(tmp_path: Path, suyuan: Run) -> None:
    dice = np.random.default_rng(3)
    with courier(tmp_path, people=500) as made:
        people = made.people
    shop = tmp_path / "store"
    (shop / "policy" / "trace.toml").write_text("[sets]\nalpha = 0.001\nreports_alpha = 0.001\n")
    customers = people["customer"].to_numpy()
    rows = [
        (str(customer), f"clerk-{n:02}", "2024-05-01T09:00:00+08:00")
        for n in range(20)
        for customer in dice.choice(customers, 50, replace=False)
    ]
    log = pl.DataFrame(rows, schema=["customer", "clerk", "time"], orient="row")
    log.write_csv(tmp_path / "access.csv")
    columns = ("--person", "customer", "--account", "clerk", "--at", "time")
    done = suyuan("trace", "history", "import", tmp_path / "access.csv", *columns, "--json", "--store", shop)
    assert done.code == 0, done.err
    assert json.loads(done.out)["kept"] == 1000
    leaked = log.filter(pl.col("clerk") == "clerk-07")["customer"].to_list()
    people.filter(pl.col("customer").is_in(leaked)).select("name", "phone").write_csv(tmp_path / "dump.csv")

    def sets(store: Path) -> dict[str, object]:
        traced = suyuan("trace", "dump", tmp_path / "dump.csv", "--exact-only", "--json", "--store", store)
        assert traced.code == 0, traced.err
        answer = json.loads(traced.out)
        assert answer["answer"] == "unknown"  # No mark: access sets never name at grade A.
        return dict(answer["sets"])

    found = sets(shop)
    assert found["named"] == [{"kind": "account", "id": "clerk-07"}]
    told = suyuan("trace", "dump", tmp_path / "dump.csv", "--exact-only", "--lang", "zh", "--store", shop)
    assert "clerk-07" in told.out
    assert "B 级" in told.out
    for customer in leaked[:14]:
        filed = suyuan(
            "trace", "report", "add", customer, "--at", "2026-01-05T10:00", "--knew", "phone", "--store", shop
        )
        assert filed.code == 0, filed.err
    lead = json.loads(suyuan("trace", "report", "lead", "--json", "--store", shop).out)
    assert lead["lead"] == {"kind": "account", "id": "clerk-07"}
    assert lead["grade"] == "C"
    assert not any(customer in suyuan("trace", "report", "list", "--store", shop).out for customer in leaked[:14])

    for place in ("one", "other"):
        (tmp_path / place).mkdir()
    data, keys = tmp_path / "one" / "data.tar", tmp_path / "other" / "keys.tar"
    assert suyuan("backup", "--data", data, "--keys", keys, "--store", shop).code == 0
    back = tmp_path / "back"
    restored = suyuan("restore", "--data", data, "--keys", keys, back)
    assert restored.code == 0, restored.err
    assert sets(back) == found
