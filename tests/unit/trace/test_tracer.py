"""The tracer on a small real store: who is named, who is not, and what an earlier dump uses up."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.courier import Courier, courier

from suyuan.errors import VerificationError
from suyuan.evidence import verify
from suyuan.ledger.entry import TraceOpenEntry
from suyuan.release.door import Door
from suyuan.simulation import invent_strangers
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming import entries, manifests, reading, threads
from suyuan.trace.naming.attribution import Attribution, Grade
from suyuan.trace.naming.tracer import Traced

A, B = (Recipient(kind=RecipientKind.ACCOUNT, id=name) for name in ("a", "b"))
ACME = Recipient(kind=RecipientKind.PARTNER, id="acme")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Courier, Door]]:
    """Accounts a and b have each looked up thirty people, fifteen of them both."""
    with courier(tmp_path) as here, here.store.door() as door:
        customers = here.people["customer"].to_list()
        for customer in customers[:30]:
            here.look_up(door, account="a", customer=customer)
        for customer in customers[15:45]:
            here.look_up(door, account="b", customer=customer)
        yield here, door


def trace(world: tuple[Courier, Door], frame: pl.DataFrame, *, name: str = "dump.csv") -> Traced:
    """Write a dump and trace it by exact links alone."""
    here, door = world
    path = here.folder / name
    frame.write_csv(path)
    return here.store.leak_response(door, matcher=None).trace(path)


def bits(attribution: Attribution, who: Recipient) -> float:
    """Give the bits against one suspect."""
    return next(float(f.bits) for f in attribution.findings if f.recipient == who)


def test_the_account_whose_copy_leaked_is_named(world: tuple[Courier, Door]) -> None:
    leaked = pl.concat([world[0].rows_of("a"), invent_strangers(10, seed=1).select("name", "phone", "address")])
    found = trace(world, leaked.sample(fraction=1, shuffle=True, seed=2)).attribution
    assert [f.recipient for f in found.named] == [A]
    assert (found.dump.matched, found.dump.strangers, found.dump.rows) == (30, 10, 40)
    assert bits(found, B) < 20  # An innocent has 5 bits in up to one run of 32: the keys are drawn anew each time.


def test_rows_from_both_name_both(world: tuple[Courier, Door]) -> None:
    found = trace(world, world[0].rows_of("a", "b")).attribution
    assert {f.recipient for f in found.named} == {A, B}
    assert not any(f.held_all for f in found.named)


def test_the_same_dump_gets_the_same_answer_from_the_same_opening(world: tuple[Courier, Door]) -> None:
    first = trace(world, world[0].rows_of("a"))
    world[0].look_up(world[1], account="b", customer=world[0].people["customer"][0])
    again = trace(world, world[0].rows_of("a"))
    assert again.attribution == first.attribution
    ops = [entry.body for _, entry in world[0].store.ledger.entries()]
    assert sum(isinstance(body, TraceOpenEntry) for body in ops) == 1


def test_threads_give_what_one_thread_gives(world: tuple[Courier, Door], monkeypatch: pytest.MonkeyPatch) -> None:
    here, door = world
    rows = pl.concat([here.rows_of("a", "b"), invent_strangers(9, seed=4).select("name", "phone", "address")])
    alone = trace(world, rows)
    monkeypatch.setattr(threads, "pays", lambda _: True)
    for room, size in ((reading, "ROWS_PER_BLOCK"), (entries, "COPIES_PER_BLOCK"), (manifests, "ROWS_PER_STEP")):
        monkeypatch.setattr(room, size, 4)
    beside = trace(world, rows)
    # The very opening is taken up again: what it commits to is the same, byte for byte.
    assert (beside.opened.index, beside.attribution) == (alone.opened.index, alone.attribution)
    assert (beside.persons.counts, beside.persons.roots) == (alone.persons.counts, alone.persons.roots)
    response = here.store.leak_response(door, matcher=None)
    assert response.bundle(beside) == response.bundle(alone)


def test_marks_shown_by_one_dump_count_nothing_in_the_next(world: tuple[Courier, Door]) -> None:
    rows = world[0].rows_of("a")
    assert trace(world, rows.head(20)).attribution.named
    again = trace(world, rows, name="more.csv").attribution
    assert again.number == 2
    assert again.findings[0].used == 20
    assert bits(again, A) < bits(trace(world, rows.head(20)).attribution, A)
    only_known = trace(world, rows.head(20).reverse(), name="old.csv").attribution
    assert not only_known.named


def test_a_normalised_dump_names_nobody(world: tuple[Courier, Door]) -> None:
    plain = world[0].people.head(30).select("name", "phone", "address")
    found = trace(world, plain).attribution
    assert not found.named
    assert A in found.reach
    assert found.findings[0].grade in (Grade.C, Grade.N)


def test_strangers_end_in_unknown(world: tuple[Courier, Door]) -> None:
    found = trace(world, invent_strangers(50, seed=3).select("name", "phone", "address")).attribution
    assert (found.named, found.reach, found.dump.matched) == ((), (), 0)


def test_a_partner_is_named_by_decoys_and_omission_alone(world: tuple[Courier, Door]) -> None:
    here, door = world
    frame = here.people.select("customer", "name", "phone", "email", "address")
    here.export(door, partner="acme", contract="C-decoys", name="acme.csv", frame=frame)
    mail = pl.read_csv(here.folder / "acme.csv", infer_schema=False).select("email").drop_nulls()
    found = trace(world, mail)
    finding = found.attribution.findings[0]
    assert (finding.recipient, finding.grade, finding.hits) == (ACME, Grade.A, 4)
    assert {c.name: c.differ for c in finding.channels}["omission"] == 0


def test_an_alias_names_the_partner_it_was_given_to(world: tuple[Courier, Door]) -> None:
    here, door = world
    frame = here.people.select("customer", "email")
    here.export(door, partner="relay-user", contract="C-alias", name="alias.csv", frame=frame)
    shown = pl.read_csv(here.folder / "alias.csv", infer_schema=False)
    assert shown["email"].str.ends_with("@relay.example").all()
    found = trace(world, shown.select("email").head(3)).attribution
    assert [(f.recipient.id, f.hits) for f in found.named] == [("relay-user", 3)]


def test_the_bundle_verifies_and_says_what_the_trace_says(world: tuple[Courier, Door]) -> None:
    here, door = world
    rows = pl.concat([here.rows_of("a"), here.rows_of("a").head(5)])
    traced = trace(world, rows)
    bundle = here.store.leak_response(door, matcher=None).bundle(traced)
    verified = verify(bundle, dump=here.folder / "dump.csv")
    [finding] = verified.checked.findings
    assert finding.accused.id == "a"
    assert finding.named
    assert finding.measure.total == pytest.approx(bits(traced.attribution, A), abs=1e-6)
    spoiled = bytearray(bundle)
    spoiled[len(spoiled) // 2] ^= 1
    with pytest.raises(VerificationError):
        verify(bytes(spoiled))


def test_a_planted_partner_verifies_too(world: tuple[Courier, Door]) -> None:
    here, door = world
    frame = here.people.select("customer", "name", "phone", "email", "address")
    here.export(door, partner="acme", contract="C-decoys", name="acme.csv", frame=frame)
    leaked = pl.read_csv(here.folder / "acme.csv", infer_schema=False).select("email", "phone")
    traced = trace(world, leaked)
    [finding] = verify(here.store.leak_response(door, matcher=None).bundle(traced)).checked.findings
    assert finding.hits == 8
    assert finding.measure.total == pytest.approx(bits(traced.attribution, ACME), abs=1e-6)
