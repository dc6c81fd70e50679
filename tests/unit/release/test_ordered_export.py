"""An export whose ties are drawn: every row stays whole, pairs stand as their keys say, and nothing says so to the recipient."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.courier import Courier, courier

from suyuan.adapters.files import open_sink
from suyuan.ledger.entry import BatchEntry, KeysEntry
from suyuan.release import bulk, bulk_rows
from suyuan.release.bulk import export
from suyuan.release.manifest import sealed_row_bytes
from suyuan.release.ordering import order_choices, ties_of
from suyuan.release.plan import parse_plan
from suyuan.release.released import ReleasedFile
from suyuan.release.request import ExportRequest
from suyuan.release.sides import PLAN_SIDE, ROWS_SIDE, require_side
from suyuan.release.sources import StoredRows, SuppliedRows
from suyuan.terms import ContractId, FieldName, PartnerId, PurposeName

PEOPLE = 60
FIELDS = ("customer", "name", "phone", "email")


def released(
    here: Courier, *, contract: str, partner: str, frame: pl.DataFrame | None, ties: np.ndarray | None
) -> tuple[ReleasedFile, pl.DataFrame]:
    """Export a frame with ties, or without one everybody in the store, in any order."""
    path = here.folder / f"{partner}-{'stored' if frame is None else 'own'}.csv"
    request = ExportRequest(
        partner=PartnerId(partner), purpose=PurposeName("fulfilment"), contract=ContractId(contract)
    )
    with here.store.door() as door:
        source: SuppliedRows | StoredRows
        if frame is None:
            fields = [here.store.policy.fields[FieldName(name)] for name in FIELDS]
            persons = here.store.people.all_persons()
            source = StoredRows(
                persons, people=here.store.people, fields=fields, broker=here.store.broker, any_order=True
            )
        else:
            source = SuppliedRows(frame, fields=here.store.policy.fields, broker=here.store.broker, ties=ties)
            source.enrol(here.store.vault, people=here.store.people, clock=here.store.clock)
            here.store.registrar.enrol_pending()
        done = export(door, request=request, source=source, sink=open_sink(path))
    return done, pl.read_csv(path, infer_schema=False)


@pytest.mark.parametrize(
    ("contract", "partner", "step"), [("C-1", "p", 1000), ("C-decoys", "acme", 7), ("C-alias", "relay-user", 7)]
)
def test_rows_stay_whole_and_only_pairs_turn(
    contract: str, partner: str, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROWS_PER_STEP", step)
    monkeypatch.setattr(bulk_rows, "ROWS_PER_STEP", step)
    with courier(tmp_path, people=PEOPLE) as here:
        frame = here.people.select(FIELDS).with_columns(
            own=pl.int_range(PEOPLE).cast(pl.String), day=(pl.int_range(PEOPLE) // 9).cast(pl.String)
        )
        done, copy = released(here, contract=contract, partner=partner, frame=frame, ties=ties_of(frame["day"]))
        known = copy.join(frame.select("customer", mine="own", on="day"), on="customer", maintain_order="left")
        assert known.filter(pl.col("own") != pl.col("mine"), pl.col("day") != pl.col("on")).is_empty()
        own = [int(text) for text in copy.filter(pl.col("customer").is_in(frame["customer"].implode()))["own"]]
        assert len(own) == done.rows == PEOPLE - done.omitted
        assert all(abs(place - at) <= 1 for place, at in zip(np.argsort(np.argsort(own)), range(len(own)), strict=True))
        turned = [(one, other) for one, other in pairwise(own) if one > other]
        assert turned
        assert all(
            one == other + 1 and frame["day"][one] == frame["day"][other] and one // step == other // step
            for one, other in turned
        )


def test_the_file_stands_as_the_keys_say(tmp_path: Path) -> None:
    with courier(tmp_path, people=PEOPLE) as here:
        done, copy = released(
            here, contract="C-1", partner="p", frame=here.people.select(FIELDS), ties=np.zeros(PEOPLE, dtype=np.int64)
        )
        ledger, broker = here.store.ledger, here.store.broker
        body = ledger.entry(done.receipt.index).body
        assert isinstance(body, BatchEntry)
        plan = parse_plan(require_side(ledger, index=done.receipt.index, name=PLAN_SIDE, broker=broker))
        assert (plan.ordered, plan.lanes) == (True, len(plan.marked) + 2)
        keys = ledger.entry(body.keys.pool).body
        assert isinstance(keys, KeysEntry)
        assert keys.lanes == plan.lanes
        lanes = broker.lane_keys(root=keys.root, first=0, count=PEOPLE, lanes=plan.lanes)
        own = {customer: at for at, customer in enumerate(here.people["customer"])}
        places = [own[customer] for customer in copy["customer"]]
        turned = sum(places[at] == at + 1 for at in range(0, PEOPLE, 2))
        # Which row of the manifest is whose is drawn: here it is enough that as many pairs turn as keys of firsts say at most.
        assert turned <= int(order_choices(lanes[:, plan.order_lane]).sum())
        assert 2 < turned < 28
        rows = require_side(ledger, index=done.receipt.index, name=ROWS_SIDE, broker=broker)
        assert len(rows) == PEOPLE * sealed_row_bytes(marked=len(plan.marked), biased=True, ordered=True)
        assert done.bits_per_row > 0.5


def test_rows_of_the_store_may_be_in_any_order(tmp_path: Path) -> None:
    with courier(tmp_path, people=PEOPLE) as here:
        _, copy = released(here, contract="C-1", partner="p", frame=None, ties=None)
        order = copy["customer"].to_list()
        assert sorted(order) == here.people["customer"].sort().to_list()
        assert order != here.people["customer"].to_list()
        together = copy.join(here.people, on="customer", suffix=":own")
        assert (together["email"] == together["email:own"]).all()


def test_without_a_word_of_the_caller_order_carries_nothing(tmp_path: Path) -> None:
    with courier(tmp_path, people=PEOPLE) as here:
        done, copy = released(here, contract="C-1", partner="p", frame=here.people.select(FIELDS), ties=None)
        assert copy["customer"].to_list() == here.people["customer"].to_list()
        plan = parse_plan(
            require_side(here.store.ledger, index=done.receipt.index, name=PLAN_SIDE, broker=here.store.broker)
        )
        assert not plan.ordered
