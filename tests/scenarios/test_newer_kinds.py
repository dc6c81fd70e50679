"""A store whose releases were made before there were some kinds: it gets one new law, and its old copies are still traced."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import run_here

from suyuan.mark.law import LawBook
from suyuan.simulation import invent_people, write_dump

NEWER = ("bank_card", "plate")
OLD, NEW = "clerk-07", "clerk-08"
SHOWN = 12


@pytest.fixture
def result(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: object) -> Any:
        done = run_here(capsys, *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    return run


def looked_up(result: Callable[..., Any], *, clerk: str, customers: list[str]) -> list[dict[str, str]]:
    asked = ("--account", clerk, "--purpose", "delivery", "--store", "store")
    return [result("release", "lookup", c, "--case", f"P-{clerk}-{c}", *asked)["fields"] for c in customers]


def test_copies_from_before_a_new_kind_are_named_after_it(
    result: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    result("init", "store", "--passphrase-file", "passphrase")
    people = invent_people(40, seed=9).drop("updated")
    people.write_csv("customers.csv")
    result("collect", "import", "customers.csv", "--store", "store")
    customers = people["customer"].head(SHOWN).to_list()
    cases = [(f"P-{clerk}-{c}", clerk, c, "2026-01-01") for clerk in (OLD, NEW) for c in customers]
    pl.DataFrame(cases, schema=["case", "account", "customer", "opened"], orient="row").write_csv("cases.csv")
    result("collect", "cases", "cases.csv", "--store", "store")

    whole = LawBook.document

    def document_before(book: LawBook) -> dict[str, object]:
        document = whole(book)
        kinds = document["kinds"]
        assert isinstance(kinds, dict)
        return document | {"kinds": {name: kind for name, kind in kinds.items() if name not in NEWER}}

    with monkeypatch.context() as before:
        before.setattr(LawBook, "document", document_before)
        old_copy = looked_up(result, clerk=OLD, customers=customers)
    laws = result("ledger", "verify", "--store", "store")["entries"]["law"]
    looked_up(result, clerk=NEW, customers=customers)
    assert (laws, result("ledger", "verify", "--store", "store")["entries"]["law"]) == (1, 2)

    write_dump(pl.DataFrame(old_copy).select("phone", "address", "name"), Path("found.csv"), header=False)
    traced = result("trace", "dump", "found.csv", "--exact-only", "--bundle", "found.suyuan", "--store", "store")
    assert traced["named"] == [{"kind": "account", "id": OLD}]
    verified = result("verify", "found.suyuan", "--dump", "found.csv")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [(OLD, True)]
