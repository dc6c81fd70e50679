"""The log goes on under another key, or after a loss: what was proved before still is, and nobody is fooled by the old key."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.command_line import Done, require_one_clear_line, run_here
from tests.courier import courier, make_store
from tests.witness_server import Witness, serving

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.app import Store, open_log, open_store, read_vkey
from suyuan.app.rotating import recover_store, rotate_store
from suyuan.crypto.merkle import EMPTY_ROOT
from suyuan.crypto.sign import parse_vkey
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.flows.rotation import close_shard
from suyuan.ledger import (
    Draft,
    TileReader,
    open_checkpoint,
    prove_inclusion,
    sign_checkpoint,
    verify_log,
    verify_proof,
    write_proof,
)
from suyuan.ledger.bodies import OpenEntry, PolicyEntry
from suyuan.ledger.fsck import fsck
from suyuan.ledger.shards import open_shard_checkpoint, shards
from suyuan.simulation import invent_people

Suyuan = Callable[..., Done]
ORIGIN = "log.example/courier"


def files(store: Path) -> TileDirectory:
    return TileDirectory(store / "ledger")


def checkpoint(store: Path) -> str:
    return (store / "ledger" / "checkpoint").read_text()


def enter(store: Store, number: int) -> None:
    """Append an entry of no meaning and publish it."""
    store.ledger.append([Draft(body=PolicyEntry(policy=number.to_bytes(32, "big")))])
    store.publish()


def require_verifies(folder: Path, *, kept: list[str | bytes] | None = None, vkey: str | None = None) -> None:
    with open_log(folder) as (log, tiles, key):
        keys = (key if vkey is None else parse_vkey(vkey),)
        verify_log(log, keys=keys, files=tiles, kept=kept or [])
        # Whoever has only what is published sees the same.
        public = files(folder)
        fsck(public, keys=keys, paths=public.paths(), kept=kept or [])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = make_store(tmp_path)
    with open_store(folder) as opened:
        enter(opened, 1)
    return folder


def test_the_tree_carries_on_under_another_key(store: Path) -> None:
    before, old_vkey = checkpoint(store), str(read_vkey(store))
    carried = rotate_store(store, origin=f"{ORIGIN}/2027")
    with open_store(store) as opened:
        enter(opened, 2)
    assert checkpoint(store).startswith(f"{ORIGIN}/2027\n")
    assert read_vkey(store) == carried.key
    require_verifies(store, kept=[before])
    # Whoever kept only the first key follows the log through its own entries.
    require_verifies(store, kept=[before], vkey=old_vkey)
    assert (store / "ledger/shards/0/log.vkey").read_text().strip() == old_vkey
    last = open_checkpoint((store / "ledger/shards/0/checkpoint").read_bytes(), keys=(parse_vkey(old_vkey),))
    assert last.size == carried.opened
    # A proof made under the old key still verifies under it, and the same entry has one under the new key.
    with open_log(store) as (log, tiles, key):
        leaf = log.leaf(1)
        for head, one in ((before, parse_vkey(old_vkey)), (checkpoint(store), key)):
            signed = open_checkpoint(head, keys=(one,))
            path = prove_inclusion(1, tiles=TileReader(tiles, size=signed.size))
            verify_proof(write_proof(1, path=path, checkpoint=signed), leaf=leaf, keys=(one,))


def test_everybody_has_another_label_in_a_registry_of_the_shard_s_own(tmp_path: Path) -> None:
    with courier(tmp_path, people=5) as world:
        folder = world.store.settings.store
        world.store.publish()
    carried = rotate_store(folder, origin=f"{ORIGIN}/2027")
    assert carried.enrolled == 5
    with open_store(folder) as opened:
        registries = opened.ledger.named("registry")
        assert len(registries) == 2
        keys = {opened.ledger.entry(index).body.vrf_key for index in registries}  # type: ignore[union-attr]
        assert len(keys) == 2
        assert opened.registrar.enrol_pending().enrolled == 0
    require_verifies(folder)


def test_a_second_rotation_and_a_third(store: Path) -> None:
    first = str(read_vkey(store))
    heads = [checkpoint(store)]
    for year in ("2027", "2028", "2029"):
        rotate_store(store, origin=f"{ORIGIN}/{year}")
        heads.append(checkpoint(store))
    require_verifies(store, kept=[*heads], vkey=first)
    with open_log(store) as (log, _, key):
        line = shards(log, key=key)
    assert [shard.key.name for shard in line] == [ORIGIN, *(f"{ORIGIN}/{year}" for year in ("2027", "2028", "2029"))]
    assert all(a.end == b.first for a, b in pairwise(line))


def test_the_old_key_must_not_sign_later_sizes(store: Path) -> None:
    carried = rotate_store(store, origin=f"{ORIGIN}/2027")
    with open_store(store) as opened:
        enter(opened, 2)
        old, new = opened.broker.shard_key(ORIGIN), opened.ledger.key
        size = opened.ledger.size
        head = open_checkpoint(checkpoint(store), keys=(new.verify_key,))
        late = sign_checkpoint(size, root=head.root, keys=(old,))
        early = sign_checkpoint(carried.opened, root=head.root, keys=(new,))
    with pytest.raises(VerificationError, match=f"that key ended at {carried.opened} entries"):
        require_verifies(store, kept=[late.note])
    with pytest.raises(VerificationError, match="that key began at entry"):
        require_verifies(store, kept=[early.note])
    (store / "ledger/checkpoint").write_text(late.note)
    with pytest.raises(VerificationError, match="that key ended at"):
        require_verifies(store)
    with pytest.raises(VerificationError, match="that key ended at"), open_store(store):
        pass


def test_a_last_checkpoint_that_was_exchanged_is_found(store: Path) -> None:
    carried = rotate_store(store, origin=f"{ORIGIN}/2027")
    with open_store(store) as opened:
        old = opened.broker.shard_key(ORIGIN)
    place = store / "ledger/shards/0/checkpoint"
    place.write_text(sign_checkpoint(carried.opened, root=EMPTY_ROOT, keys=(old,)).note)
    with pytest.raises(VerificationError, match="has another root"):
        require_verifies(store)
    place.write_text(sign_checkpoint(carried.opened - 1, root=EMPTY_ROOT, keys=(old,)).note)
    with pytest.raises(VerificationError, match="its shard ended at"):
        require_verifies(store)


def test_another_key_than_the_log_names_opens_nothing(store: Path, tmp_path: Path) -> None:
    rotate_store(store, origin=f"{ORIGIN}/2027")
    other = make_store(tmp_path / "other")
    with pytest.raises(VerificationError, match="another key than the one given"):
        require_verifies(store, vkey=str(read_vkey(other)))
    forged = parse_vkey(str(read_vkey(other)))
    renamed = type(forged)(name=f"{ORIGIN}/2027", public=forged.public)
    (store / "ledger/log.vkey").write_text(f"{renamed}\n")
    with pytest.raises(VerificationError):
        require_verifies(store)


@pytest.mark.parametrize("name", ["a b", "a+b", "", "x" * 300, "naïve", ORIGIN])
def test_names_that_cannot_be_a_shard_s_change_nothing(store: Path, name: str) -> None:
    before = checkpoint(store)
    with pytest.raises(RefusedError) as caught:
        rotate_store(store, origin=name)
    assert caught.value.code == "ledger.shard"
    with open_store(store) as opened:
        assert opened.ledger.origin == ORIGIN
        opened.publish()
    assert checkpoint(store) == before


class Stop(Exception):
    """The process dies here."""


@contextmanager
def dying_at(step: int, *, after: bool) -> Iterator[list[str]]:
    """Let the run die before or after its n-th durable step; give the steps that were reached."""
    reached: list[str] = []
    patch = pytest.MonkeyPatch()

    def wrap(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def dying(*arguments: Any, **named: Any) -> Any:
            reached.append(f"{owner.__name__}.{name}")
            if len(reached) == step + 1 and not after:
                raise Stop
            done = real(*arguments, **named)
            if len(reached) == step + 1 and after:
                raise Stop
            return done

        patch.setattr(owner, name, dying)

    wrap(SqliteLedgerStore, "append")
    wrap(SqliteKeyStore, "put")
    wrap(TileDirectory, "commit")
    wrap(TileDirectory, "drop")
    try:
        yield reached
    finally:
        patch.undo()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rotation_that_dies_anywhere_is_finished_by_the_next_run(store: Path, tmp_path: Path, after: bool) -> None:
    first, kept = str(read_vkey(store)), checkpoint(store)
    for step in range(100):
        copy = tmp_path / f"copy-{step}"
        shutil.copytree(store, copy)
        with dying_at(step, after=after) as reached:
            try:
                rotate_store(copy, origin=f"{ORIGIN}/2027")
            except Stop:
                pass
            else:
                break
        with open_store(copy) as opened:
            begun = opened.ledger.origin != ORIGIN
            enter(opened, 2)
        if not begun:
            rotate_store(copy, origin=f"{ORIGIN}/2027")
        assert checkpoint(copy).startswith(f"{ORIGIN}/2027\n"), f"step {step}, {reached[-1]}"
        require_verifies(copy, kept=[kept], vkey=first)
        require_verifies(copy, kept=[kept])
        with open_log(copy) as (log, _, _):
            assert len(log.named("registry")) == 2
            assert len(log.named("open")) == 1
        shutil.rmtree(copy)
    assert step > 8


# ---- recovery ------------------------------------------------------------------------------------------


def lose(store: Path, aside: Path) -> str:
    """Give a store that was restored from an older copy, and the checkpoint of what it lost."""
    shutil.copytree(store, aside)
    with open_store(store) as opened:
        for number in range(10, 30):
            enter(opened, number)
    lost = checkpoint(store)
    shutil.copy(aside / "ledger.db", store / "ledger.db")
    return lost


def test_a_store_that_is_behind_refuses_and_can_be_recovered(store: Path, tmp_path: Path) -> None:
    kept, old = checkpoint(store), str(read_vkey(store))
    lost = lose(store, tmp_path / "aside")
    with pytest.raises(VerificationError, match="an older copy was restored"), open_store(store):
        pass
    carried = recover_store(store, lost=lost.encode(), origin=f"{ORIGIN}/recovered")
    head = open_checkpoint(lost, keys=(parse_vkey(old),))
    with open_store(store) as opened:
        enter(opened, 40)
        body = opened.ledger.entry(carried.opened).body
        assert body == OpenEntry(key=parse_vkey(old).public, size=head.size, origin=ORIGIN, root=head.root)
    require_verifies(store, kept=[kept])
    assert (store / "ledger/shards/0/checkpoint").read_text() == lost
    # What was lost is said to be lost, and not taken for the log's past.
    with pytest.raises(VerificationError, match=f"the entries after {carried.opened} were lost"):
        require_verifies(store, kept=[lost])
    # The first key says nothing of what came after a loss.
    with pytest.raises(VerificationError, match="another key than the one given"):
        require_verifies(store, vkey=old)


def test_a_recovered_store_can_be_rotated_and_recovered_again(store: Path, tmp_path: Path) -> None:
    lost = lose(store, tmp_path / "a")
    recover_store(store, lost=lost.encode(), origin=f"{ORIGIN}/r1")
    rotate_store(store, origin=f"{ORIGIN}/2028")
    lost = lose(store, tmp_path / "b")
    recover_store(store, lost=lost.encode(), origin=f"{ORIGIN}/r2")
    with open_store(store) as opened:
        enter(opened, 50)
    require_verifies(store)
    with open_log(store) as (log, _, key):
        assert [shard.lost is not None for shard in shards(log, key=key)] == [True, False, True, False]


def test_an_older_copy_that_was_written_to_is_not_taken_for_a_whole_store(store: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(store, older)
    for folder, hours in ((store, 1), (older, 50)):
        with open_store(folder) as opened:
            enter(opened, hours)
    with pytest.raises(VerificationError, match="an older copy was written to") as caught:
        recover_store(older, lost=checkpoint(store).encode(), origin=f"{ORIGIN}/r")
    assert caught.value.code == "ledger.rolled_back"
    require_verifies(older)


def test_recovery_needs_a_loss_and_the_log_s_own_word_for_it(store: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nothing is lost") as caught:
        recover_store(store, lost=checkpoint(store).encode(), origin=f"{ORIGIN}/r")
    assert caught.value.code == "ledger.recover"
    other = make_store(tmp_path / "other")
    with pytest.raises(VerificationError):
        recover_store(store, lost=checkpoint(other).encode(), origin=f"{ORIGIN}/r")
    with pytest.raises(VerificationError):
        recover_store(store, lost=b"not a note", origin=f"{ORIGIN}/r")
    with open_store(store) as opened:
        assert opened.ledger.origin == ORIGIN
    require_verifies(store)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_recovery_that_dies_anywhere_is_finished_by_the_next_run(store: Path, tmp_path: Path, after: bool) -> None:
    lost = lose(store, tmp_path / "aside")
    for step in range(100):
        copy = tmp_path / f"copy-{step}"
        shutil.copytree(store, copy)
        with dying_at(step, after=after) as reached:
            try:
                recover_store(copy, lost=lost.encode(), origin=f"{ORIGIN}/r")
            except Stop:
                pass
            else:
                break
        try:
            with open_store(copy) as opened:
                enter(opened, 60)
        except VerificationError:
            recover_store(copy, lost=lost.encode(), origin=f"{ORIGIN}/r")
        assert checkpoint(copy).startswith(f"{ORIGIN}/r\n"), f"step {step}, {reached[-1]}"
        require_verifies(copy)
        shutil.rmtree(copy)
    assert step > 8


# ---- with witnesses --------------------------------------------------------------------------------------


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


# ---- what comes in broken ---------------------------------------------------------------------------------


def broken_notes(store: Path) -> dict[str, bytes]:
    """Give what may lie where the checkpoint should, and is not one."""
    note = (store / "ledger" / "checkpoint").read_bytes()
    text, _, signature = note.partition(b"\n\n")
    lines = text.split(b"\n")
    return {
        "nothing": b"",
        "noise": b"\xff\xfe\x00",
        "no signature": text + b"\n\n",
        "no empty line": text + b"\n" + signature,
        "cut off": note[:-2],
        "not base64": note.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94 !", 1),
        "another origin": note.replace(ORIGIN.encode(), b"log.example/other"),
        "another size": b"\n".join([lines[0], b"7", lines[2]]) + b"\n\n" + signature,
        "size with a sign": b"\n".join([lines[0], b"+" + lines[1], lines[2]]) + b"\n\n" + signature,
        "control character": note.replace(b"\n", b"\r\n"),
        "signed twice": note + signature,
        "huge": note + b"\xe2\x80\x94 a AAAAAAAAAAAAAAAA\n" * 101,
    }


KINDS = (
    "nothing", "noise", "no signature", "no empty line", "cut off", "not base64", "another origin", "another size",
    "size with a sign", "control character", "signed twice", "huge",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_malformed_note_stops_in_one_line_and_nothing_is_signed(
    store: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    notes = broken_notes(store)
    assert notes.keys() == set(KINDS)
    before = (store / "ledger.db").read_bytes()
    (store / "ledger/checkpoint").write_bytes(notes[kind])
    require_one_clear_line(run_here(capsys, "ledger", "rotate", "2027", "--store", store), code=4)
    require_one_clear_line(run_here(capsys, "ledger", "verify", "--store", store), code=4)
    require_one_clear_line(run_here(capsys, "ledger", "checkpoint", "--store", store), code=4)
    assert (store / "ledger/checkpoint").read_bytes() == notes[kind]
    assert (store / "ledger.db").read_bytes() == before


def test_an_entry_from_the_future_is_named_when_witnesses_say_so(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(store, clock=Tomorrow()) as opened:
        enter(opened, 2)
    with serving(Witness(name="north.example/w", state=tmp_path / "north.json", logs=[read_vkey(store)])) as north:
        policy = store / "policy" / "log.policy"
        policy.write_text(f"log {read_vkey(store)}\n{north.policy_line('north')}quorum north\n")
        with open_store(store) as opened:
            opened.publish()
    told = json.loads(run_here(capsys, "ledger", "verify", "--policy", policy, "--store", store, "--json").out)
    late = told["late"]
    assert late["at_ms"] - late["witnessed_ms"] > 80_000_000
    said = run_here(capsys, "ledger", "verify", "--policy", policy, "--store", store)
    assert f"entry {late['entry']} claims a later time than its witnesses" in said.out
    assert json.loads(run_here(capsys, "status", "--store", store, "--json").out)["witnessed"] == late["entry"] + 1


class Tomorrow:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)
