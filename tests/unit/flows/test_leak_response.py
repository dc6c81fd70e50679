"""The leak response: rows without identifiers are matched on records that left through the door, and no one sees them."""

from pathlib import Path

import polars as pl
import pytest
from tests.courier import courier

from suyuan.errors import RefusedError
from suyuan.ledger.entry import BatchEntry
from suyuan.release.plan import parse_plan
from suyuan.release.request import INVESTIGATION
from suyuan.release.sides import PLAN_SIDE, require_side


class ByName:
    """A matcher that links equal names; keeps what it was given."""

    def __init__(self) -> None:
        self.people = pl.DataFrame()

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        """Link rows whose name exactly one person has."""
        self.people = people
        once = people.filter(~pl.col("name").is_duplicated())
        found = residual.join(once, on="name", how="inner").unique("row", keep="first", maintain_order=True)
        return found.select("row", "person", pl.lit(0.99).alias("probability"))


def test_candidates_leave_through_the_door_and_the_investigation_is_no_suspect(tmp_path: Path) -> None:
    with courier(tmp_path) as here, here.store.door() as door:
        for customer in here.people["customer"][:20]:
            here.look_up(door, account="a", customer=customer)
        dump = here.folder / "dump.csv"
        here.rows_of("a").select("name", "address").write_csv(dump)
        matcher = ByName()
        found = here.store.leak_response(door, matcher=matcher).trace(dump).attribution
        assert found.dump.fuzzy == found.dump.matched > 10
        assert [f.recipient.id for f in found.named] == ["a"]
        assert INVESTIGATION not in [f.recipient for f in found.findings]
        assert matcher.people.height == here.people.height
        ledger = here.store.ledger
        plans = [
            parse_plan(require_side(ledger, index=i, name=PLAN_SIDE, broker=here.store.broker))
            for i, entry in ledger.entries()
            if isinstance(entry.body, BatchEntry)
        ]
        assert [(plan.recipient, plan.purpose) for plan in plans] == [(INVESTIGATION, "leak_investigation")]


def test_in_overlay_the_caller_supplies_the_customers(tmp_path: Path) -> None:
    with courier(tmp_path, people=40) as here, here.store.door() as door:
        frame = here.people.select("customer", "name", "phone", "email", "address")
        here.export(door, partner="p", contract="C-1", name="out.csv", frame=frame)
        dump = here.folder / "dump.csv"
        pl.read_csv(here.folder / "out.csv", infer_schema=False).select("name", "address").write_csv(dump)
        size = here.store.ledger.size
        response = here.store.leak_response(door, matcher=ByName())
        found = response.trace(dump, customers=frame).attribution
        assert [f.recipient.id for f in found.named] == ["p"]
        # An opening and the outcome of the export; nothing was unsealed.
        assert here.store.ledger.size == size + 2


def test_a_customers_table_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here, here.store.door() as door:
        dump = here.folder / "dump.csv"
        here.people.select("name", "address").write_csv(dump)
        strangers = pl.DataFrame({"customer": ["X9"], "name": ["Nobody Here"]})
        with pytest.raises(RefusedError, match="known to this store"):
            here.store.leak_response(door, matcher=ByName()).trace(dump, customers=strangers)


def test_without_named_suspects_there_is_no_bundle_to_write(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here, here.store.door() as door:
        here.look_up(door, account="a", customer=here.people["customer"][0])
        dump = here.folder / "dump.csv"
        here.people.select("name", "phone", "address").write_csv(dump)
        response = here.store.leak_response(door, matcher=None)
        traced = response.trace(dump)
        with pytest.raises(RefusedError, match="at least one suspect"):
            response.bundle(traced)


def test_reading_tells_how_many_bytes_it_has_read(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here, here.store.door() as door:
        dump = here.folder / "dump.csv"
        here.people.select("name", "phone").write_csv(dump)
        told: list[tuple[str, int, int]] = []
        response = here.store.leak_response(door, matcher=None)
        response.trace(dump, progress=lambda step, done, total: told.append((step, done, total)))
        size = dump.stat().st_size
        read = [(done, total) for step, done, total in told if step == "read"]
        assert read[0] == (0, size)
        assert read[-1] == (size, size)
