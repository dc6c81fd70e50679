"""The log goes on under another key, or after a loss: what was proved before still is, and nobody is fooled by the old key."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.command_line import require_one_clear_line, run_here
from tests.courier import courier, make_store
from tests.shard_world import (
    ORIGIN,
    Stop,
    begun_store,
    checkpoint,
    dying_at,
    enter,
    lose,
    require_verifies,
)
from tests.witness_server import Witness, serving

from suyuan.app import open_log, open_store, read_vkey
from suyuan.app.rotating import recover_store, rotate_store
from suyuan.crypto.merkle import EMPTY_ROOT
from suyuan.crypto.sign import parse_vkey
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    TileReader,
    open_checkpoint,
    prove_inclusion,
    sign_checkpoint,
    verify_proof,
    write_proof,
)
from suyuan.ledger.bodies import OpenEntry
from suyuan.ledger.shards import shards


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return begun_store(tmp_path)


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
