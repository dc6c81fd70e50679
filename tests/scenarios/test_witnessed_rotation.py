"""Rotation and recovery where witnesses keep watch, evidence that goes through two shards, and what the verbs refuse."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import require_one_clear_line, run_here
from tests.courier import make_store
from tests.shard_world import (
    ORIGIN,
    begun_store,
    checkpoint,
    enter,
    require_verifies,
)
from tests.witness_server import Witness, serving

from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.app import open_log, open_store, read_vkey
from suyuan.app.rotating import recover_store, rotate_store
from suyuan.crypto.sign import parse_vkey
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.flows.rotation import close_shard
from suyuan.ledger.shards import open_shard_checkpoint, shards
from suyuan.simulation import invent_people


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return begun_store(tmp_path)


@pytest.fixture
def witness(store: Path, tmp_path: Path) -> Iterator[Witness]:
    with serving(Witness(name="north.example/w", state=tmp_path / "north.json", logs=[read_vkey(store)])) as one:
        text = f"log {read_vkey(store)}\n{one.policy_line('north')}quorum north\n"
        (store / "policy" / "log.policy").write_text(text)
        yield one


def test_a_store_that_was_rolled_back_whole_is_refused_by_its_witness(
    store: Path, tmp_path: Path, witness: Witness
) -> None:
    with open_store(store) as opened:
        enter(opened, 5)
    shutil.copytree(store, tmp_path / "backup")
    with open_store(store) as opened:
        enter(opened, 6)
    with pytest.raises(VerificationError, match="witness north has seen") as caught, open_store(tmp_path / "backup"):
        pass
    assert caught.value.code == "ledger.rolled_back"
    with open_store(store):
        pass


def test_nothing_is_written_while_no_witness_answers_unless_the_settings_say_so(
    store: Path, witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (store / "ledger.db").read_bytes()
    witness.lie = "error"
    done = run_here(capsys, "ledger", "rotate", "2027", "--store", store)
    require_one_clear_line(done, code=5)
    assert "witness north: answers with the error 500" in done.err
    assert (store / "ledger.db").read_bytes() == before
    settings = store / "suyuan.toml"
    settings.write_text(settings.read_text() + "[ledger]\nstart_without_witness = true\n")
    told: list[str] = []
    with open_store(store, warn=told.append) as opened:
        enter(opened, 5)
    assert told[0] == "witness north: answers with the error 500"
    assert "too few witnesses" in told[-1]
    require_verifies(store)
    # The command line says the same on standard error, and does its work.
    done = run_here(capsys, "ledger", "rotate", "2027", "--store", store)
    assert done.code == 0
    assert "suyuan: warning: witness north: answers with the error 500" in done.err


def test_a_policy_of_another_log_is_refused_before_anything_is_written(
    store: Path, tmp_path: Path, witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    other = read_vkey(make_store(tmp_path / "other"))
    policy = store / "policy" / "log.policy"
    policy.write_text(policy.read_text().replace(str(read_vkey(store)), str(other)))
    done = run_here(capsys, "ledger", "rotate", "2027", "--store", store)
    require_one_clear_line(done, code=3)
    assert "names other logs" in done.err
    assert witness.asked == []


def test_the_next_shard_is_not_opened_before_the_last_checkpoint_is_witnessed(
    store: Path, witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(store) as opened:
        enter(opened, 5)
    witness.lie = "flipped bit"
    told: list[str] = []
    with pytest.raises(UnavailableError) as caught:
        # The witness answers at start, and its word on the last checkpoint is no word.
        rotate_store(store, origin=f"{ORIGIN}/2027", warn=told.append)
    assert caught.value.code == "ledger.no_witness"
    with pytest.raises(UnavailableError), open_store(store, warn=told.append):
        pass
    witness.lie = ""
    with open_store(store, warn=told.append) as opened:
        assert opened.ledger.origin == f"{ORIGIN}/2027"
        opened.publish()
    assert any("its word was dropped" in line for line in told)
    require_verifies(store)


def test_an_older_copy_that_ends_with_its_shard_does_not_open_the_next_one_again(
    store: Path, tmp_path: Path, witness: Witness
) -> None:
    with open_store(store) as opened:
        enter(opened, 5)
        close_shard(opened.ledger, broker=opened.broker, origin=f"{ORIGIN}/2027")
        opened.publish()
        following = opened.broker.shard_key(f"{ORIGIN}/2027").verify_key
    shutil.copytree(store, tmp_path / "backup")
    witness.logs.append(following)
    (store / "policy" / "log.policy").write_text(f"log {following}\n{(store / 'policy' / 'log.policy').read_text()}")
    with open_store(store) as opened:
        enter(opened, 6)
    with pytest.raises(VerificationError, match="witness north has seen") as caught, open_store(tmp_path / "backup"):
        pass
    assert caught.value.code == "ledger.rolled_back"
    # Nothing was entered or signed under the next key a second time.
    assert checkpoint(tmp_path / "backup").startswith(f"{ORIGIN}\n")
    with SqliteLedgerStore.open_reader(tmp_path / "backup" / "ledger.db") as log:
        assert log.latest("open") is None


def test_a_recovery_says_of_all_that_is_known_to_be_lost(store: Path, tmp_path: Path, witness: Witness) -> None:
    aside = tmp_path / "aside"
    shutil.copytree(store, aside)
    with open_store(store) as opened:
        enter(opened, 5)
        older = checkpoint(store)
        enter(opened, 6)
    newest = checkpoint(store)
    shutil.copy(aside / "ledger.db", store / "ledger.db")
    with pytest.raises(RefusedError, match="the one given has") as caught:
        recover_store(store, lost=older.encode(), origin=f"{ORIGIN}/r")
    assert caught.value.code == "ledger.recover"
    # The public files are gone as well: the witness still knows.
    shutil.copy(aside / "ledger" / "checkpoint", store / "ledger" / "checkpoint")
    with pytest.raises(RefusedError, match="witness north has a checkpoint of"):
        recover_store(store, lost=older.encode(), origin=f"{ORIGIN}/r")
    (store / "ledger" / "checkpoint").write_text("nothing that verifies")
    (store / "policy" / "log.policy").unlink()
    with pytest.raises(VerificationError):
        recover_store(store, lost=b"no note", origin=f"{ORIGIN}/r")
    (store / "ledger" / "checkpoint").write_text(newest)
    carried = recover_store(store, lost=newest.encode(), origin=f"{ORIGIN}/r")
    assert carried.lost is not None
    require_verifies(store)


@pytest.mark.parametrize("name", ["log.vkey", "checkpoint"])
@pytest.mark.parametrize("change", ["dropped", "exchanged"])
def test_what_an_ended_shard_keeps_is_missed_and_compared(store: Path, name: str, change: str) -> None:
    rotate_store(store, origin=f"{ORIGIN}/2027")
    require_verifies(store)
    place = store / "ledger" / "shards" / "0" / name
    place.unlink() if change == "dropped" else place.write_bytes((store / "ledger" / name).read_bytes())
    with pytest.raises(VerificationError):
        require_verifies(store)


def test_a_bundle_from_copies_of_both_shards_verifies_under_a_policy_of_both_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def result(*arguments: object) -> Any:
        done = run_here(capsys, *arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    here = ("--store", "store", "--json")
    result("init", "store", "--passphrase-file", "passphrase", "--origin", ORIGIN, "--json")
    people = invent_people(120, seed=7).drop("updated", "id_number", "birth_date")
    old = str(read_vkey(Path("store")))
    with serving(Witness(name="north.example/w", state=tmp_path / "w.json", logs=[parse_vkey(old)])) as witness:
        policy = Path("store/policy/log.policy")
        policy.write_text(f"log {old}\n{witness.policy_line('north')}quorum north\n")
        copies = []
        for half, frame in enumerate((people.head(60), people.tail(60))):
            frame.write_csv("rows.csv")
            export = ("--purpose", "fulfilment", "--contract", "C-7")
            for partner in ("acme", "zenith"):
                result("release", "export", "rows.csv", "--to", partner, *export, "-o", f"{partner}{half}.csv", *here)
            copies.append(pl.read_csv(f"acme{half}.csv", infer_schema=False))
            if half == 0:
                said = result("ledger", "rotate", "2027", *here)
                witness.logs.append(parse_vkey(said["vkey"]))
                policy.write_text(f"log {said['vkey']}\n{policy.read_text()}")
        pl.concat(copies).sample(fraction=1, shuffle=True, seed=3).write_csv("found.csv")
        traced = result("trace", "dump", "found.csv", "--exact-only", "--bundle", "found.suyuan", *here)
    assert traced["named"] == [{"kind": "partner", "id": "acme"}]
    verified = result("verify", "found.suyuan", "--policy", policy, "--dump", "found.csv", "--json")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [("acme", True)]
    with open_log(Path("store")) as (log, _, key):
        opened = log.latest("open")
        line = shards(log, key=key)
    leaves = verified["accused"][0]["releases"]
    assert opened is not None
    assert min(leaves) < opened < max(leaves), "copies of both shards stand in the bundle"
    # Under the old key alone nobody vouches for the new checkpoint.
    Path("old.policy").write_text(f"log {old}\nquorum none\n")
    require_one_clear_line(run_here(capsys, "verify", "found.suyuan", "--policy", "old.policy"), code=4)
    said = result("ledger", "verify", "--policy", policy, "--vkey", old, *here)
    assert said["key"]["authenticated_by"] == "vkey"
    assert [one["origin"] for one in said["shards"]] == [ORIGIN, f"{ORIGIN}/2027"]
    open_shard_checkpoint(checkpoint(Path("store")), line=line)


def test_the_verbs_refuse_in_one_clear_line(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "--store", store), code=3)
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "a b", "--store", store), code=3)
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "a", "--origin", "b", "--store", store), code=3)
    recover = ("ledger", "recover", "--store", store, "r", "--checkpoint")
    require_one_clear_line(run_here(capsys, *recover, store / "nothing"), code=3)
    require_one_clear_line(run_here(capsys, *recover, store / "ledger" / "checkpoint"), code=3)
    require_one_clear_line(run_here(capsys, *recover, store / "suyuan.toml"), code=4)
    (store / "policy" / "log.policy").write_text("quorum of friends\n")
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "2027", "--store", store), code=3)
    (store / "policy" / "log.policy").write_bytes(b"\xff\xfe")
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "2027", "--store", store), code=3)
