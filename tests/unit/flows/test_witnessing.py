"""Witnesses: asked in parallel, believed in nothing but what their keys and the log's signed, named when they lie."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger_world import KEY, FakeClock, MemoryFiles, MemoryStore, outcome, release, started
from tests.witness_server import BROKEN, Witness, serving

from suyuan.adapters.http.witness import HttpWitnesses
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.evidence import note as notes
from suyuan.evidence.policy import authenticate, read_policy
from suyuan.flows.publication import Publication
from suyuan.flows.witnessing import Witnessing, late_entry
from suyuan.ledger import Ledger, TileReader, open_checkpoint, prove_consistency, publish
from suyuan.ledger.witnessing import PATH, add_checkpoint, log_signed


class NowClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


PATIENT, HASTY = 30.0, 4.0
"""How long witnesses are waited for: those that answer on a busy machine, and those that never will."""


@dataclass
class World:
    """A log of memory and three real witnesses over HTTP, of which two make the quorum."""

    witnesses: dict[str, Witness]
    store: MemoryStore = field(default_factory=MemoryStore)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    told: list[str] = field(default_factory=list)
    seconds: float = PATIENT
    quorum: str = "group two 2 north east south\nquorum two\n"

    @property
    def policy(self) -> str:
        lines = [f"log {KEY.verify_key}\n", *(w.policy_line(name) for name, w in self.witnesses.items())]
        return "".join(lines) + self.quorum

    def witnessing(self, *, seconds: float = PATIENT) -> Witnessing:
        return Witnessing(
            policy=read_policy(self.policy), client=HttpWitnesses(seconds=seconds), clock=NowClock(), seconds=seconds
        )

    def ledger(self) -> Ledger:
        return started(self.store)

    def grow(self, releases: int = 1) -> Ledger:
        ledger = self.ledger()
        first = sum(b'"op":"release"' in row.leaf for row in self.store.rows)
        ledger.append([release(first + i) for i in range(releases)])
        return ledger

    def publish(self, witnessing: Witnessing | None = None) -> None:
        publication = Publication(
            files=self.files, warn=self.told.append, witnessing=witnessing or self.witnessing(seconds=self.seconds)
        )
        publication.publish(self.ledger())

    def require_current(self, *, alone: bool = False, seconds: float = PATIENT) -> tuple[str, ...]:
        note = self.files.read("checkpoint")
        head = None if note is None else open_checkpoint(note, keys=(KEY.verify_key,))
        witnessing = self.witnessing(seconds=seconds)
        return witnessing.require_current(self.ledger(), files=self.files, head=head, key=KEY.verify_key, alone=alone)

    def head(self) -> notes.Checkpoint:
        data = self.files.read("checkpoint")
        assert data is not None
        return notes.parse_checkpoint(data, place="checkpoint")

    def times(self) -> dict[str, int | None]:
        rules = read_policy(self.policy)
        return {
            name: notes.cosigned_at(self.head().note, witness=key, place="checkpoint")
            for name, key in rules.witnesses.items()
        }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        made = {
            name: stack.enter_context(
                serving(Witness(name=f"{name}.example/w", state=tmp_path / f"{name}.json", logs=[KEY.verify_key]))
            )
            for name in ("north", "east", "south")
        }
        yield World(witnesses=made)


def test_what_is_published_bears_the_words_of_all_witnesses(world: World) -> None:
    world.grow(5)
    world.publish()
    assert world.told == []
    word = authenticate(
        world.head().note,
        vkey=notes.parse_vkey(str(KEY.verify_key), place="log"),
        policy=read_policy(world.policy),
    )
    assert word.names == ("north", "east", "south")
    assert word.at is not None
    assert abs(word.at - time.time()) < 60
    assert world.files.read(PATH) == world.files.read("checkpoint")


def test_a_log_that_grows_is_cosigned_each_time_in_one_round(world: World) -> None:
    witnessing = world.witnessing()
    for releases in (300, 1, 4000):
        world.grow(releases)
        world.publish(witnessing)
    assert world.told == []
    assert world.head().size == world.ledger().size
    asked = world.witnesses["north"].asked
    assert len(asked) == 3
    assert asked[2].startswith(f"old {2 + 300 + 1}\n")


def test_a_witness_that_knows_another_size_is_asked_again_from_there(world: World) -> None:
    world.grow(10)
    world.publish()
    world.grow(10)
    world.publish(world.witnessing())  # Knows nothing of what they have seen.
    assert world.told == []
    assert [body.partition("\n")[0] for body in world.witnesses["east"].asked] == ["old 0", "old 0", "old 12"]


def test_publishing_nothing_new_asks_nobody_again(world: World) -> None:
    world.grow(3)
    world.publish()
    before = world.files.read("checkpoint")
    world.publish()
    assert world.files.read("checkpoint") == before
    assert len(world.witnesses["north"].asked) == 1


def test_one_witness_that_is_down_is_named_and_the_others_suffice(world: World) -> None:
    world.witnesses["east"].lie = "error"
    world.grow()
    world.publish()
    assert world.told == ["witness east: answers with the error 500"]
    assert [name for name, at in world.times().items() if at] == ["north", "south"]


def test_without_the_quorum_the_log_s_own_checkpoint_stands_and_the_next_publication_tries_again(world: World) -> None:
    world.witnesses["east"].lie = world.witnesses["south"].lie = "unavailable"
    world.grow()
    world.publish()
    assert len(world.told) == 3
    assert "the checkpoint of 3 entries has too few witnesses" in world.told[-1]
    assert set(world.times().values()) == {None}
    assert world.files.read(PATH) is None
    world.witnesses["east"].lie = ""
    world.publish()
    assert [name for name, at in world.times().items() if at] == ["north", "east"]
    assert world.files.read(PATH) is not None


LIES = {
    "another key": "a signature does not verify; its word was dropped",
    "another id": "signed with another key than the policy's; its word was dropped",
    "another name": "signed with another key than the policy's; its word was dropped",
    "another checkpoint": "a signature does not verify; its word was dropped",
    "flipped bit": "a signature does not verify; its word was dropped",
    "long ago": "its clock and ours lie 365 days",
    "far from now": "its clock and ours lie 18,250 days",
    "time zero": "its clock and ours lie",
    "far ahead": "has seen none; its word was dropped",
    "garbled conflict": "not a plain decimal",
    "conflict for ever": "about the size that it has seen; its word was dropped",
    "not found": "refuses (404: it does not know this log)",
    "forbidden": "refuses (403: it does not know the log's key)",
    "bad proof": "refuses the checkpoint",
    "bad request": "refuses (400)",
    "empty": "its answer is no signature line",
    "no signature": "its answer is no signature line",
    "html": "its answer is no signature line",
    "binary": "its answer is not text",
    "huge": "answers with more than 65536 bytes",
    "breaks off": "broke off",
    "redirects": "refuses (302)",
    "hangs": "did not answer in time",
    "drips": "did not answer in time",
    "error": "answers with the error 500",
    "unavailable": "answers with the error 503",
}


def test_every_lie_that_the_server_knows_is_tried() -> None:
    assert LIES.keys() >= BROKEN.keys()


@pytest.mark.parametrize(("lie", "line"), LIES.items())
def test_a_lie_is_named_in_one_line_and_gets_no_word_in(world: World, lie: str, line: str) -> None:
    world.witnesses["south"].lie = lie
    world.seconds = HASTY if lie in ("hangs", "drips") else PATIENT
    world.grow()
    world.publish()
    (told,) = world.told
    assert told.startswith("witness south: ")
    assert line in told
    assert "\n" not in told
    assert world.times()["south"] is None
    assert world.times()["north"] is not None
    assert b"south" not in (world.files.read("checkpoint") or b"")


@pytest.mark.parametrize("lie", ["another key", "another checkpoint", "flipped bit", "time zero", "another id"])
def test_lies_never_make_a_quorum(world: World, lie: str) -> None:
    world.witnesses["south"].lie = world.witnesses["east"].lie = lie
    world.grow()
    world.publish()
    assert world.files.read(PATH) is None
    assert set(world.times().values()) == {None}


def test_a_witness_that_hangs_costs_no_more_than_the_budget_and_no_other_word(world: World) -> None:
    world.witnesses["north"].lie, world.seconds = "hangs", HASTY
    world.grow()
    world.publish()
    assert world.told == ["witness north: did not answer in time"]
    assert [name for name, at in world.times().items() if at] == ["east", "south"]


def test_nobody_listening_is_one_line(world: World) -> None:
    witnessing = world.witnessing()
    url = "http://127.0.0.1:1"
    broken = Witnessing(
        policy=read_policy(world.policy.replace(world.witnesses["east"].url, url)),
        client=witnessing.client,
        clock=NowClock(),
    )
    world.grow()
    world.publish(broken)
    assert world.told == ["witness east: cannot be reached: Connection refused"]


def test_without_a_quorum_every_word_that_comes_is_kept(world: World) -> None:
    world.quorum = "quorum none\n"
    world.witnesses["north"].lie = "error"
    world.grow()
    world.publish()
    assert [name for name, at in world.times().items() if at] == ["east", "south"]
    assert world.told == ["witness north: answers with the error 500"]


# ---- at start ------------------------------------------------------------------------------------------


def test_a_store_that_witnesses_know_may_be_written_to(world: World) -> None:
    assert world.require_current() == ()
    world.grow(700)
    world.publish()
    world.grow(5)  # Not published yet.
    assert world.require_current() == ()


def test_an_older_copy_of_the_store_is_refused_whatever_lies_beside_it(world: World) -> None:
    world.grow(3)
    world.publish()
    older, files = list(world.store.rows), dict(world.files.files)
    world.grow(4)
    world.publish()
    world.store.rows[:], world.files.files = older, files
    with pytest.raises(VerificationError, match="has seen 9 entries of this log, the store has 5") as caught:
        world.require_current()
    assert caught.value.code == "ledger.rolled_back"
    assert "recover" in caught.value.hint


def test_an_older_copy_that_was_written_on_is_refused(world: World) -> None:
    world.grow(3)
    world.publish()
    older, files = list(world.store.rows), dict(world.files.files)
    world.grow(4)
    world.publish()
    world.store.rows[:], world.files.files = older, files
    world.ledger().append([outcome(2) for _ in range(9)])
    publish(world.ledger(), files=world.files, key=KEY)
    with pytest.raises(VerificationError, match="has seen other entries among the first 9") as caught:
        world.require_current()
    assert caught.value.code == "ledger.rolled_back"


def test_one_witness_suffices_to_show_it_though_it_be_the_only_one_that_answers(world: World) -> None:
    world.grow(3)
    older = list(world.store.rows)
    world.grow(4)
    world.publish()
    world.store.rows[:] = older
    world.files.files.clear()
    world.witnesses["north"].lie = world.witnesses["south"].lie = "error"
    with pytest.raises(VerificationError, match="witness east has seen 9 entries"):
        world.require_current()


def test_the_log_s_own_signature_convicts_even_in_the_mouth_of_a_liar(world: World) -> None:
    world.grow(3)
    older = list(world.store.rows)
    world.grow(4)
    world.publish()
    state = world.witnesses["east"].state
    state.write_text(state.read_text().replace("east.example/w", "liar.example/w"))
    world.store.rows[:] = older
    world.files.files.clear()
    world.witnesses["north"].lie = world.witnesses["south"].lie = "not found"
    with pytest.raises(VerificationError, match="witness east has seen 9 entries"):
        world.require_current()


def test_a_view_that_the_log_did_not_sign_shows_nothing(world: World) -> None:
    world.grow(3)
    world.publish()
    forger = SigningKey(b"\x55" * 32, name=KEY.verify_key.name)
    other = publish(started(MemoryStore(), rows=77), files=MemoryFiles(), key=forger)
    for witness in world.witnesses.values():
        note = other.note + witness.sign(other.note)
        witness.state.write_text(json.dumps({KEY.verify_key.name: {"note": note}}))
    with pytest.raises(UnavailableError, match="no witness answers") as caught:
        world.require_current()
    assert caught.value.code == "ledger.no_witness"
    assert "shows what this log did not sign" in str(caught.value)
    assert world.require_current(alone=True)[0].startswith("witness north: shows what this log did not sign")


def test_no_witness_at_all_refuses_unless_the_settings_say_otherwise(world: World) -> None:
    for witness in world.witnesses.values():
        witness.lie = "unavailable"
    with pytest.raises(UnavailableError, match="no witness answers") as caught:
        world.require_current()
    assert caught.value.code == "ledger.no_witness"
    assert "start_without_witness" in caught.value.hint
    assert len(world.require_current(alone=True)) == 3


def test_a_witness_that_forgot_the_log_is_named(world: World) -> None:
    world.grow()
    world.publish()
    world.witnesses["south"].state.unlink()
    assert world.require_current() == ("witness south: has forgotten this log, which it cosigned before",)


def test_a_witness_that_has_seen_a_fork_of_the_log_stops_the_publication(world: World) -> None:
    world.grow(3)
    world.publish()
    fork = list(world.store.rows)
    files = dict(world.files.files)
    world.grow(5)
    world.publish()
    # The same store, carried on elsewhere at the same time.
    world.store.rows[:], world.files.files = fork, files
    world.ledger().append([outcome(2), outcome(2)])
    with pytest.raises(VerificationError, match="has seen 10 entries of this log, the store has 7") as caught:
        world.publish()
    assert caught.value.code == "ledger.rolled_back"


def test_a_policy_about_other_logs_is_refused(world: World) -> None:
    other = SigningKey(b"\x33" * 32, name="other.example/log").verify_key
    with pytest.raises(RefusedError, match="names other logs, not this one") as caught:
        world.witnessing().require_known(keys=(other,))
    assert caught.value.code == "ledger.policy"
    world.witnessing().require_known(keys=(other, KEY.verify_key))


# ---- the pure parts ------------------------------------------------------------------------------------


def test_what_is_sent_is_what_the_protocol_says() -> None:
    files = MemoryFiles()
    ledger = started(MemoryStore())
    ledger.append([release(i) for i in range(6)])
    signed = publish(ledger, files=files, key=KEY)
    proof = prove_consistency(3, tiles=TileReader(files, size=8))
    head, _, note = add_checkpoint(3, proof=proof, note=signed.note).decode().partition("\n\n")
    assert head.split("\n")[0] == "old 3"
    assert len(head.split("\n")) == 1 + len(proof)
    assert note == signed.note
    with pytest.raises(RefusedError, match="at most 63"):
        add_checkpoint(3, proof=[b""] * 64, note=signed.note)


def test_only_the_log_s_own_signature_is_shown_to_others() -> None:
    signed = publish(started(MemoryStore()), files=MemoryFiles(), key=KEY)
    twin = SigningKey(b"\x44" * 32, name=KEY.verify_key.name)
    text, _, _ = signed.note.partition("\n\n")

    both = sign_note(text + "\n", keys=(twin, KEY))
    assert log_signed(both, key=KEY.verify_key) == signed.note
    with pytest.raises(VerificationError):
        log_signed(sign_note(text + "\n", keys=(twin,)), key=KEY.verify_key)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://witness.example.org/a/b/", True),
        ("http://127.0.0.1:8080", True),
        ("ftp://witness.example.org", False),
        ("https://", False),
        ("https://user:secret@witness.example.org", False),
        ("https://witness.example.org/?a=b", False),
        ("https://witness.example.org:99999", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_witness_s_url_is_read_strictly(world: World, url: str, fits: bool) -> None:
    text = world.policy.replace(world.witnesses["north"].url, url)
    if fits:
        assert read_policy(text).urls["north"] == url.rstrip("/")
        return
    with pytest.raises(RefusedError, match="policy line 2: a witness's URL") as caught:
        read_policy(text)
    assert "secret" not in str(caught.value)


def test_an_entry_from_the_witnesses_future_is_found() -> None:
    clock = FakeClock()
    ledger = started(MemoryStore(), clock=clock)
    at = int(clock.at.timestamp())
    assert late_entry(ledger, size=2, at=at) is None
    assert late_entry(ledger, size=0, at=0) is None
    clock.forward(seconds=301)
    ledger.append([release(0)])
    assert late_entry(ledger, size=3, at=at) == (2, (at + 301) * 1000)
    assert late_entry(ledger, size=3, at=at + 1) is None


@pytest.mark.parametrize("asked", [True, False])
def test_a_shard_changes_under_the_quorum_s_word_where_there_is_one_to_ask(world: World, asked: bool) -> None:
    if not asked:
        world.quorum = "quorum none\n"
    for witness in world.witnesses.values():
        witness.lie = "error"
    world.grow()
    publication = Publication(files=world.files, warn=world.told.append, witnessing=world.witnessing())
    signed = publication.publish(world.ledger())
    if asked:
        with pytest.raises(UnavailableError) as caught:
            publication.require_witnessed(signed)
        assert caught.value.code == "ledger.no_witness"
    else:
        publication.require_witnessed(signed)
    for witness in world.witnesses.values():
        witness.lie = ""
    publication.require_witnessed(publication.publish(world.ledger()))
