"""What one opening has read counts nothing in any other: that, and not good will, keeps the bound over many dumps."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from tests.courier import Courier, courier

from suyuan.mark.pool import PhonePool
from suyuan.release.door import Door
from suyuan.release.manifest import Planted
from suyuan.release.sides import OMITTED_SIDE
from suyuan.terms import FieldName, KindName, LeafIndex, Probability
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.hits import PLANTED, Hit, Hits, planted_that_count, spent_by
from suyuan.trace.naming.tracer import Traced

NAME, PHONE, ADDRESS = FieldName("name"), FieldName("phone"), FieldName("address")
ALL = {0: (NAME, KindName.PERSON_NAME), 1: (PHONE, KindName.PHONE), 2: (ADDRESS, KindName.POSTAL_ADDRESS)}
BY_PHONE = {**ALL, 2: (FieldName("note"), KindName.TEXT)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Courier, Door]]:
    with courier(tmp_path, people=40) as here, here.store.door() as door:
        for customer in here.people["customer"].to_list()[:30]:
            here.look_up(door, account="a", customer=customer)
        yield here, door


def trace(world: tuple[Courier, Door], frame: pl.DataFrame, *, name: str, columns: Any = None) -> Traced:
    path = world[0].folder / name
    frame.write_csv(path)
    return world[0].store.leak_response(world[1], matcher=None).trace(path, columns=columns)


def bits(traced: Traced, who: str) -> float:
    return next(float(f.bits) for f in traced.attribution.findings if f.recipient.id == who)


def test_every_opening_has_a_number_of_its_own(world: tuple[Courier, Door]) -> None:
    rows = world[0].rows_of("a")
    numbers = [
        trace(world, rows.head(5), name="one.csv", columns=ALL).attribution.number,
        trace(world, rows.head(6), name="two.csv", columns=ALL).attribution.number,
        trace(world, rows.head(5), name="one.csv", columns=BY_PHONE).attribution.number,
        trace(world, rows.head(7), name="three.csv", columns=ALL).attribution.number,
        trace(world, rows.head(6), name="two.csv", columns=ALL).attribution.number,
    ]
    assert numbers == [1, 2, 3, 4, 2]


def test_the_same_dump_with_other_columns_cannot_choose_among_marks_already_read(world: tuple[Courier, Door]) -> None:
    rows = world[0].rows_of("a")
    first = trace(world, rows, name="dump.csv", columns=ALL)
    chosen = trace(world, rows, name="dump.csv", columns=BY_PHONE)
    assert first.attribution.named
    assert bits(chosen, "a") == pytest.approx(0, abs=1e-9)
    assert chosen.attribution.findings[0].used == 30
    # The first answer stands, whatever was opened since.
    assert trace(world, rows, name="dump.csv", columns=ALL).attribution == first.attribution


def test_an_answer_stands_when_the_budget_is_changed_later(world: tuple[Courier, Door]) -> None:
    rows = world[0].rows_of("a")
    first = trace(world, rows, name="dump.csv").attribution
    response = world[0].store.leak_response(world[1], matcher=None)
    changed = replace(response, alpha=Probability(0.01))
    assert changed.trace(world[0].folder / "dump.csv").attribution == first
    rows.head(3).write_csv(world[0].folder / "other.csv")
    assert float(changed.trace(world[0].folder / "other.csv").attribution.alpha) == 0.01


def test_columns_first_read_in_a_second_opening_are_fresh(world: tuple[Courier, Door]) -> None:
    rows = world[0].rows_of("a")
    trace(world, rows, name="dump.csv", columns=BY_PHONE)
    later = trace(world, rows, name="dump.csv", columns=ALL)
    figures = {channel.name: channel for channel in later.attribution.findings[0].channels}
    assert figures["address"].agree > 30
    assert figures["phone"].agree == figures["name"].agree == 0


def test_a_channel_of_which_nothing_was_read_is_neither_opened_nor_spent(world: tuple[Courier, Door]) -> None:
    here, _ = world
    rows = here.rows_of("a")
    retyped = rows.with_columns(address=pl.col("address") + " .")
    first = trace(world, retyped, name="retyped.csv", columns=ALL)
    opened = {channel for linked in first.persons[0] for copy in linked.entry.copies for channel in copy.reads}
    figures = {channel.name: channel for channel in first.attribution.findings[0].channels}
    assert figures["address"].agree + figures["address"].differ == 0
    assert "address" not in opened
    later = trace(world, rows, name="as_leaked.csv", columns=ALL)
    figures = {channel.name: channel for channel in later.attribution.findings[0].channels}
    assert figures["address"].agree > 30
    assert figures["phone"].agree == 0


def test_a_planted_identifier_that_a_dump_showed_is_no_evidence_in_the_next(world: tuple[Courier, Door]) -> None:
    here, door = world
    frame = here.people.select("customer", "name", "phone", "email", "address")
    here.export(door, partner="acme", contract="C-decoys", name="acme.csv", frame=frame)
    emails = pl.read_csv(here.folder / "acme.csv", infer_schema=False).select("email").drop_nulls()
    first = trace(world, emails, name="first.csv")
    assert first.attribution.findings[0].hits == 4
    # Somebody who read about the first dump puts the same decoys into another file.
    forged = trace(world, emails.filter(pl.col("email").str.ends_with("@post.example")), name="forged.csv")
    finding = next(f for f in forged.attribution.findings if f.recipient.id == "acme")
    assert (finding.hits, finding.planted) == (0, 4)  # The phones of the four decoys have not been seen yet.
    assert not forged.attribution.named


def test_no_mark_is_read_before_the_opening_is_in_the_ledger(
    world: tuple[Courier, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, door = world
    frame = here.people.select("customer", "name", "phone", "email", "address")
    here.export(door, partner="acme", contract="C-decoys", name="acme.csv", frame=frame)
    store, said = here.store, []
    kind, ledger = type(store.broker), type(store.ledger)
    lane_keys, append, side = kind.lane_keys, ledger.append, ledger.side

    def read(self: Any, **given: Any) -> Any:
        said.append("mark")
        return lane_keys(self, **given)

    def written(self: Any, drafts: Any) -> Any:
        said.extend(draft.body.op for draft in drafts)
        return append(self, drafts)

    def looked(self: Any, index: int, *, name: str) -> Any:
        said.extend(["mark"] if name == OMITTED_SIDE else [])
        return side(self, index, name=name)

    monkeypatch.setattr(kind, "lane_keys", read)
    monkeypatch.setattr(ledger, "append", written)
    monkeypatch.setattr(ledger, "side", looked)
    trace(world, pl.read_csv(here.folder / "acme.csv", infer_schema=False), name="dump.csv")
    assert "mark" in said
    assert said.index("trace-open") < said.index("mark")


POOL = PhonePool(name="p", first="+8616500000000", size=16)
LAW = b"law"


def planted(*indexes: int, attempt: int = 0) -> tuple[Planted, ...]:
    return tuple(
        Planted(
            row=row, ordinal=row, pool="p", index=index, attempt=attempt, identifier=POOL.member(index), use="decoy",
            at=-1, salt=bytes(32),
        )
        for row, index in enumerate(indexes)
    )  # fmt: skip


def copies_of(releases: dict[int, tuple[Planted, ...]], *, law: bytes = LAW) -> Copies:
    facts = {
        index: SimpleNamespace(planted=items, law=law, pool_root=bytes(32), lanes=1)
        for index, items in releases.items()
    }
    return cast("Copies", SimpleNamespace(releases=facts))


def counting(copies: Copies, **changed: Any) -> frozenset[tuple[int, int]]:
    given: dict[str, Any] = {
        "pools": {"p": POOL},
        "declared": {LAW: {"p": POOL.document()}},
        "found_before": {},
        "used": frozenset(),
        **changed,
    }
    return planted_that_count(copies, **given)


def test_a_pool_counts_while_at_most_half_of_it_is_out() -> None:
    copies = copies_of({3: planted(1, 2, 3), 7: planted(9)})
    everything = {(3, 0), (3, 1), (3, 2), (7, 0)}
    assert counting(copies) == everything
    # Sixteen in the pool: three in other copies and five in earlier dumps are half; one more is too many.
    assert counting(copies, found_before={"p": 5}) == everything
    assert counting(copies, found_before={"p": 6}) == set()


def test_an_identifier_of_another_pool_under_the_same_name_does_not_count() -> None:
    copies = copies_of({3: planted(1)})
    for other in (
        PhonePool(name="p", first="+8616500000000", size=8),
        PhonePool(name="p", first="+8616500000016", size=16),
    ):
        assert counting(copies, declared={LAW: {"p": other.document()}}) == set()
    assert counting(copies, declared={LAW: {}}) == set()
    assert counting(copies, pools={}) == set()


def test_a_spent_identifier_does_not_count() -> None:
    assert counting(copies_of({3: planted(1, 2)}), used=frozenset({(3, 0, PLANTED)})) == {(3, 1)}


def test_a_hit_also_spends_the_identifier_that_its_key_drew_first() -> None:
    """The opened key of a second attempt tells everybody whose identifier was in the way."""
    key = (16 * 5 + 2).to_bytes(8, "big") + (7).to_bytes(8, "big") + bytes(16)
    broker = SimpleNamespace(lane_keys=lambda **_: np.frombuffer(key, dtype=np.uint8).reshape(1, 1, 32))
    copies = copies_of({3: planted(1, 2), 7: planted(7, attempt=1)})
    hit = Hit(release=LeafIndex(7), planted=copies.releases[7].planted[0], row=0, field=PHONE)
    hits = Hits(suspect=np.array([1]), value=np.array([8.0]), hits=((1, hit),))
    spent = spent_by(hits, copies=copies, pools={"p": POOL}, broker=cast("Any", broker))
    assert spent == {(7, 0, PLANTED), (3, 1, PLANTED)}
