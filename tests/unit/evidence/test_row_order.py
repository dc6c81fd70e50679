"""The order of ties in a bundle: what a forger with the log's true key changes is refused, and hiding a tie costs bits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.courier import Courier, courier
from tests.evidence_world import require_refused, with_bits

from suyuan.adapters.files import open_sink
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.evidence import Bundle, establish, read_bundle, verify, write_bundle
from suyuan.evidence.law import ORDER
from suyuan.release.bulk import export
from suyuan.release.door import Door
from suyuan.release.request import ExportRequest
from suyuan.release.sources import SuppliedRows
from suyuan.terms import ContractId, PartnerId, PurposeName, Recipient, RecipientKind
from suyuan.trace.naming.bundling import Bundler

PEOPLE = 40
ACME = Recipient(kind=RecipientKind.PARTNER, id="acme")


def hand_over(here: Courier, door: Door, people: pl.DataFrame, *, name: str) -> pl.DataFrame:
    """Give people to the partner in any order, and what it got."""
    frame, ties = people.select("customer", "name", "phone", "email"), np.zeros(people.height, dtype=np.int64)
    source = SuppliedRows(frame, fields=here.store.policy.fields, broker=here.store.broker, ties=ties)
    source.enrol(here.store.vault, people=here.store.people, clock=here.store.clock)
    here.store.registrar.enrol_pending()
    request = ExportRequest(
        partner=PartnerId("acme"), purpose=PurposeName("fulfilment"), contract=ContractId("C-decoys")
    )
    export(door, request=request, source=source, sink=open_sink(here.folder / name))
    return pl.read_csv(here.folder / name, infer_schema=False)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, SigningKey]:
    """A bundle against a partner whose copy also left rows out and has decoys; of its rows only the order is left to read."""
    folder = tmp_path_factory.mktemp("order")
    with courier(folder, people=PEOPLE) as here, here.store.door() as door:
        dump = folder / "dump.csv"
        hand_over(here, door, here.people, name="acme.csv").select("customer", "name").write_csv(dump)
        response = here.store.leak_response(door, matcher=None)
        traced = response.trace(dump)
        raw = response.bundle(traced, suspects=[ACME])
        assert verify(raw, dump=dump).checked.findings[0].persons == len(traced.persons[0])
        return read_bundle(raw), here.store.ledger.key


def carrying(bundle: Bundle) -> list[int]:
    return [place for place, person in enumerate(bundle.persons) if person.copies[0].order_key is not None]


def change_copy(bundle: Bundle, place: int, **changes: Any) -> Bundle:
    persons = list(bundle.persons)
    persons[place] = replace(persons[place], copies=(replace(persons[place].copies[0], **changes),))
    return replace(bundle, persons=tuple(persons))


def partner_of(bundle: Bundle, place: int) -> int:
    row = int.from_bytes(bundle.persons[place].copies[0].manifest[-4:], "big") - 1
    p = next(e.p for e in bundle.entries[0].entries if e.copies[0].row == row)
    return [person.p for person in bundle.persons].index(p)


def without(bundle: Bundle, *places: int) -> Bundle:
    return replace(bundle, persons=tuple(p for i, p in enumerate(bundle.persons) if i not in places))


def keys_of(bundle: Bundle) -> list[bytes | None]:
    return [bundle.persons[place].copies[0].order_key for place in carrying(bundle)]


def opens_a_seconds(bundle: Bundle) -> Bundle:
    """Say that the tie counts for the partner too: its row says that it carries none."""
    one = carrying(bundle)[0]
    return change_copy(bundle, partner_of(bundle, one), order_key=bundle.persons[one].copies[0].order_key)


def one_further(manifest: bytes) -> bytes:
    """Give a manifest row whose partner is the next row, or the one before."""
    return manifest[:-1] + bytes([manifest[-1] ^ 1])


FORGERIES: dict[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "another key": (lambda b: change_copy(b, carrying(b)[0], order_key=bytes(32)), "the key is not the one"),
    "another tie's key": (lambda b: change_copy(b, carrying(b)[0], order_key=keys_of(b)[1]), "the key is not the one"),
    "the key of omission": (
        lambda b: change_copy(b, carrying(b)[0], order_key=b.persons[carrying(b)[0]].copies[0].omission_key),
        "the key is not the one",
    ),
    "a tie kept shut": (lambda b: change_copy(b, carrying(b)[0], order_key=None), "not the channels"),
    "a tie that counts for both": (opens_a_seconds, "not the channels"),
    "a partner who is not shown": (
        lambda b: without(b, partner_of(b, carrying(b)[0])), "the partner of the tie is not shown"
    ),
    "another partner": (
        lambda b: change_copy(
            b, carrying(b)[0], manifest=one_further(b.persons[carrying(b)[0]].copies[0].manifest)
        ),
        "the inclusion proof",
    ),
}  # fmt: skip


def test_ties_stand_in_the_bundle_and_are_read(signed: tuple[Bundle, SigningKey]) -> None:
    bundle, key = signed
    assert ORDER in bundle.opened.channels
    assert 4 < len(carrying(bundle)) <= PEOPLE // 2
    assert read_bundle(write_bundle(bundle, sign=lambda text: sign_note(text, keys=(key,)))) == bundle
    both = [one for place in carrying(bundle) for one in (place, partner_of(bundle, place))]
    assert len(set(both)) == len(both)
    [finding] = establish(bundle).findings
    assert finding.agreeing == finding.slots


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_the_true_key_is_refused(name: str, signed: tuple[Bundle, SigningKey]) -> None:
    forge, complaint = FORGERIES[name]
    require_refused(signed[0], forge=forge, complaint=complaint, key=signed[1])


def test_hiding_a_tie_costs_bits(signed: tuple[Bundle, SigningKey]) -> None:
    bundle, _ = signed
    before = establish(bundle).findings[0].measure.total
    one = carrying(bundle)[0]
    hidden = without(bundle, one, partner_of(bundle, one))
    assert establish(with_bits(hidden)).findings[0].measure.total < before


def test_a_bundle_of_a_few_has_the_partners_of_partners_too(tmp_path: Path) -> None:
    """In a second file that begins one row later everybody's partner is another: ties of both make a chain."""
    with courier(tmp_path, people=12) as here, here.store.door() as door:
        first = hand_over(here, door, here.people, name="first.csv")
        hand_over(here, door, here.people[1:], name="second.csv")
        first.select("customer", "name").write_csv(tmp_path / "dump.csv")
        response = here.store.leak_response(door, matcher=None)
        traced = response.trace(tmp_path / "dump.csv")
        bundler = Bundler(response.ledger, broker=response.broker, files=response.files, key=response.ledger.key)
        linked = len(traced.persons[0])
        for most in range(1, linked):
            raw = bundler.bundle(traced, suspects=[ACME], most_persons=most)
            [finding] = verify(raw, dump=tmp_path / "dump.csv").checked.findings
            assert most <= finding.persons <= linked
