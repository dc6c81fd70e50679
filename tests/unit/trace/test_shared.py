"""Decoys that copies share: colluders who compare two copies cannot tell those that both have, and are named by them."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from tests.families import DECOYS, PARTNERS, Exported, decoys_of, exported

from suyuan.evidence import report, statement, verify
from suyuan.mark.law import DECOYS as CLASSES
from suyuan.mark.law import SHARED_DECOY, TOTAL
from suyuan.mark.score import Observations
from suyuan.release.families import Families
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming.attribution import ChannelFinding, Finding
from suyuan.trace.naming.shared import SharedCopies, observe_shared
from suyuan.trace.naming.tracer import Traced


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    with exported(tmp_path_factory.mktemp("family")) as world:
        yield world


def trace(world: Exported, frame: pl.DataFrame, *, name: str) -> Traced:
    path = world.here.folder / name
    frame.write_csv(path)
    return world.here.store.leak_response(world.door, matcher=None).trace(path)


def shared(finding: Finding) -> ChannelFinding:
    return next(channel for channel in finding.channels if channel.name == SHARED_DECOY)


def of(traced: Traced, partner: int) -> Finding:
    return next(f for f in traced.attribution.findings if f.recipient.id == f"p{partner}")


def partner(number: int) -> Recipient:
    return Recipient(kind=RecipientKind.PARTNER, id=f"p{number}")


def test_who_compares_copies_and_normalises_what_both_have_is_named_and_proved(family: Exported) -> None:
    """Nothing that one of them alone has is left, and no spelling: what is left are people, and decoys that look like them."""
    left = family.in_all(0, 1)
    real = family.here.people["customer"]
    assert left.height == real.len() + decoys_of(left).height, "decoys of one copy are gone, all of them"
    assert family.copies[0].height == real.len() + decoys_of(family.copies[0]).height + 2
    assert 80 < decoys_of(left).height < 150
    traced = trace(family, left, name="compared.csv")
    assert {f.recipient.id for f in traced.attribution.named} == {"p0", "p1"}
    for number in range(PARTNERS):
        found = shared(of(traced, number))
        assert found.agree + found.differ == decoys_of(left).height
        assert (found.differ == 0) == (number < 2)
        assert abs(found.expected - decoys_of(left).height * 0.72) < 15
    response = family.here.store.leak_response(family.door, matcher=None)
    path = family.here.folder / "compared.suyuan"
    path.write_bytes(response.bundle(traced, suspects=[partner(number) for number in (0, 2)]))
    verified = verify(path, dump=family.here.folder / "compared.csv")
    told = cast("list[dict[str, Any]]", report(verified)["accused"])
    assert [(one["recipient"]["id"], one["named"]) for one in told] == [("p0", True), ("p2", False)]
    assert [one["decoys"] for one in told] == [decoys_of(left).height] * 2
    assert [one["decoys_held"] for one in told] == [shared(of(traced, number)).agree for number in (0, 2)]
    assert "decoys that copies of one export family share" in statement(verified)
    # The same dump is answered from the same opening.
    assert trace(family, left, name="compared.csv").attribution == traced.attribution
    # What it has read is spent: nothing of it counts in another dump.
    part = trace(family, left.head(60), name="part.csv")
    assert all(shared(f).agree + shared(f).differ == 0 for f in part.attribution.findings)
    assert not part.attribution.named
    # Decoys that the first dump did not show are fresh.
    rest = decoys_of(family.in_all(0, 2)).join(left, on="phone", how="anti")
    later = trace(family, rest, name="later.csv")
    assert shared(of(later, 0)).differ == shared(of(later, 2)).differ == 0
    assert shared(of(later, 0)).agree == shared(of(later, 3)).agree + shared(of(later, 3)).differ == rest.height


def test_the_family_has_the_same_person_in_every_copy_and_each_copy_its_own_spelling(family: Exported) -> None:
    by_copy = [decoys_of(family.canonical(copy)) for copy in family.copies]
    everybody = pl.concat(by_copy).unique()
    assert everybody.height == everybody["phone"].n_unique() == everybody["customer"].n_unique()
    assert DECOYS * 0.9 < everybody.height <= DECOYS
    assert set(pl.concat(by_copy)["phone"].value_counts()["count"]) == set(range(1, PARTNERS + 1))
    assert everybody["batch"].unique().to_list() == ["spring"], "what tells no rows apart is a real row's"
    assert not everybody["customer"].is_in(family.here.people["customer"].to_list()).any()
    spelled = [decoys_of(copy.with_columns(plain=family.canonical(copy)["phone"])) for copy in family.copies[:2]]
    both = spelled[0].join(spelled[1], on="plain", suffix="_2")
    assert (both["phone"] != both["phone_2"]).sum() > 20
    # They stand among the same people in each copy, and every copy has the people in their order.
    order = [copy["customer"].to_list() for copy in map(family.canonical, family.copies)]
    common = set(order[0]) & set(order[1])
    assert [c for c in order[0] if c in common] == [c for c in order[1] if c in common]


def test_the_chance_of_a_class_is_its_own(family: Exported) -> None:
    families = Families(family.here.store.ledger, broker=family.here.store.broker)
    decoys = families.of(f"fulfilment/{family.door.now().year}").decoys
    shown = [set(decoys_of(family.canonical(copy))["phone"].to_list()) for copy in family.copies]
    for place, law in enumerate(CLASSES):
        phones = [decoy.identifiers["family-phones"] for decoy in decoys if decoy.decoy_class == place]
        assert 50 < len(phones) < 110
        rate = sum(phone in copy for copy in shown for phone in phones) / (len(phones) * len(shown))
        assert abs(rate - float(law.chance(0))) < 0.1


def test_a_dump_without_decoys_says_nothing_by_them(family: Exported) -> None:
    people = family.canonical(family.copies[3]).filter(
        pl.col("customer").is_in(family.here.people["customer"].to_list())
    )
    traced = trace(family, people, name="people.csv")
    assert not traced.attribution.named
    assert all(float(shared(f).bits) == 0 for f in traced.attribution.findings)


def test_decoys_alone_are_enough(family: Exported) -> None:
    """Nothing but decoys: no person of the store is in the dump."""
    fresh = decoys_of(family.copies[4])
    seen = pl.concat([family.in_all(0, 1), family.in_all(0, 2)])["phone"].to_list()
    fresh = fresh.filter(~family.canonical(fresh)["phone"].is_in(seen)).select("phone")
    traced = trace(family, fresh, name="decoys.csv")
    assert traced.attribution.dump.matched == 0
    assert shared(of(traced, 4)).agree == fresh.height
    assert of(traced, 4).bits == max(f.bits for f in traced.attribution.findings)
    assert {f.recipient.id for f in traced.attribution.named} <= {"p4"}


def read_with_both_keys(decoy_class: int) -> Observations:
    """Give a decoy that stands in the dump against two suspects: one has her, one was drawn without."""
    none = np.empty(0, dtype=np.int64)
    seen = Observations(
        suspects=2, channels=("name",), suspect=none, person=none, pair=none, channel=none,
        chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
    )  # fmt: skip
    both = np.arange(2)
    copies = SharedCopies(
        decoys=cast("Any", (SimpleNamespace(),)), first=7, release=both, row=both, which=np.zeros(2, dtype=np.int64),
        suspect=both, decoy_class=np.full(2, decoy_class),
    )  # fmt: skip
    return observe_shared(seen, shared=copies, has=np.array([True, False]))


@pytest.mark.parametrize("decoy_class", range(len(CLASSES)))
def test_what_is_read_of_a_decoy_is_the_same_whatever_the_keys_drew(decoy_class: int) -> None:
    seen = read_with_both_keys(decoy_class)
    assert seen.channels == ("name", SHARED_DECOY)
    assert seen.pair.tolist() == [0, 1]
    assert seen.person.tolist() == [7, 7]
    assert seen.chance.tolist() == [CLASSES[decoy_class].weights[0] / TOTAL] * 2
    assert seen.match.tolist() == [True, False]
    assert replace(seen, match=~seen.match).chance.tolist() == seen.chance.tolist()
