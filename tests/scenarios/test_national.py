"""A store of the national profile from end to end: what it seals is SM4, its tokens are SM4's, and a leak is traced."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import Done, run_here

from suyuan.app import open_store
from suyuan.crypto import aead, kdf
from suyuan.crypto.suite import Suite
from suyuan.crypto.token import Tokenizer
from suyuan.errors import VerificationError
from suyuan.hold.unseal import unseal
from suyuan.simulation import invent_people, write_dump
from suyuan.terms import FieldName, PersonNumber

PERSONS, SHOWN = 40, 10


@pytest.fixture
def suyuan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a verb in a folder of its own and give its result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def result(*arguments: object) -> Any:
        done: Done = run_here(capsys, *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    return result


@pytest.fixture
def customers(suyuan: Callable[..., Any]) -> pl.DataFrame:
    suyuan("init", "store", "--passphrase-file", "passphrase", "--profile", "sm")
    people = invent_people(PERSONS, seed=7).drop("updated")
    people.write_csv("customers.csv")
    assert suyuan("collect", "import", "customers.csv", "--store", "store")["added"] == PERSONS
    return people


def test_a_leak_is_traced_in_a_store_of_the_national_profile(
    suyuan: Callable[..., Any], customers: pl.DataFrame
) -> None:
    here = ("--store", "store")
    lines = ["case,account,customer,opened,closed"]
    shown: dict[str, list[dict[str, str]]] = {"clerk-07": [], "clerk-08": []}
    chosen = customers["customer"].head(SHOWN).to_list()
    lines += [f"P-{clerk}-{one},{clerk},{one},2020-01-01,\n".strip() for clerk in shown for one in chosen]
    Path("cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    suyuan("collect", "cases", "cases.csv", *here)
    assert suyuan("hold", "rotate", "--all", *here)["generation"] == 2
    for clerk in shown:
        for one in chosen:
            asked = (one, "--account", clerk, "--purpose", "delivery", "--case", f"P-{clerk}-{one}")
            shown[clerk].append(suyuan("release", "lookup", *asked, *here)["fields"])
    stolen = pl.DataFrame(shown["clerk-07"]).select("phone", "address", "name").sample(fraction=1, shuffle=True, seed=7)
    write_dump(stolen, Path("found.csv"), encoding="gb18030", header=False)
    traced = suyuan("trace", "dump", "found.csv", "--exact-only", "--bundle", "found.suyuan", *here)
    assert traced["named"] == [{"kind": "account", "id": "clerk-07"}]
    # What is public is what it always was: a stranger needs to know nothing of the profile.
    verified = suyuan("verify", "found.suyuan", "--dump", "found.csv")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [("clerk-07", True)]
    assert suyuan("ledger", "verify", *here)["size"] > 2 * SHOWN


def test_what_is_sealed_is_sm4_and_nothing_else_opens_it(suyuan: Callable[..., Any], customers: pl.DataFrame) -> None:
    with open_store(Path("store")) as store:
        broker, person = store.broker, PersonNumber(3)
        [record] = store.people.records([person])
        secret = broker._secret(person)
        key = kdf.data_key(secret, suite=Suite.SM)
        assert len(key) == 16
        opened = unseal(record, key=key)
        assert opened[FieldName("name")] == customers["name"][3]
        for wrong in (kdf.data_key(secret), kdf.data_key(secret)[:16]):
            with pytest.raises(VerificationError):
                unseal(record, key=wrong)
        kind = store.policy.fields[FieldName("customer")].kind
        national = Tokenizer(broker.named("token-key"), kind=kind, suite=Suite.SM)
        tokens = national.column(customers["customer"]).to_numpy()
        assert (store.people.find(kind, tokens) >= 0).all()
        foreign = Tokenizer(broker.named("token-key"), kind=kind).column(customers["customer"]).to_numpy()
        assert (store.people.find(kind, foreign) < 0).all()
        sealed = broker.seal_side(b"side", name="outcome", bound=b"")
        with pytest.raises(VerificationError):
            aead.unwrap(sealed, kek=broker.named("side-key"), associated=b"suyuan/side/v1\x00outcome\x00")
    with sqlite3.connect("store/keys.db") as keys:
        heads = {bytes(envelope[:8]) for (envelope,) in keys.execute("SELECT wrapped FROM person")}
    keys.close()
    assert heads == {b"syk\x02\x00\x00\x00\x01"}


def test_the_profile_never_changes(
    suyuan: Callable[..., Any], customers: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Path("store/suyuan.toml")
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('profile = "sm"', 'profile = "aes"'), encoding="utf-8")
    refused = run_here(capsys, "hold", "keys", "--store", "store")
    assert (refused.code, "never changes" in refused.err) == (3, True), refused.err


def test_it_is_backed_up_and_restored_as_any_other(suyuan: Callable[..., Any], customers: pl.DataFrame) -> None:
    Path("a").mkdir()
    Path("b").mkdir()
    suyuan("backup", "--data", "a/data", "--keys", "b/keys", "--store", "store")
    suyuan("hold", "erase", customers["customer"][1], "--yes", "--store", "store")
    suyuan("backup", "--data", "a/data2", "--keys", "b/keys2", "--store", "store")
    shutil.rmtree("store")
    assert suyuan("restore", "--data", "a/data2", "--keys", "b/keys", "back")["erased_again"] == 1
    with open_store(Path("back")) as store:
        assert store.broker.secrets_held([0, 1, 2]).tolist() == [True, False, True]
