"""Who is unsealed to match rows without an identifier: those who share what the store declares, and no crowd unasked."""

from pathlib import Path
from unittest import mock

import polars as pl
import pytest
from tests.courier import FIELDS, POLICY, Courier, courier
from tests.unit.flows.test_leak_response import ByName

from suyuan.errors import RefusedError
from suyuan.ledger.entry import BatchEntry
from suyuan.simulation import invent_people

PEOPLE = 300
SEARCHED = {"name": "surname", "phone": "last4", "id_number": "last4"}


def searched(**parts: str) -> str:
    fields = FIELDS
    for name, part in parts.items():
        assert f"[{name}]\n" in fields
        fields = fields.replace(f"[{name}]\n", f'[{name}]\nsearch = ["{part}"]\n')
    return fields


def masked(people: pl.DataFrame) -> pl.DataFrame:
    """Give names, and phones whose middle is hidden, as lenders' lists have them."""
    digits = pl.col("phone").str.replace_all(r"\D", "").str.extract(r"^(?:86)?(1\d{10})$", 1)
    shown = people.with_columns(digits.str.replace(r"\d{4}(\d{4})$", "****${1}"))
    return shown.filter(pl.col("id_number").is_not_null()).select("name", "phone")


def unsealed_in_ledger(here: Courier) -> int:
    return sum(entry.body.rows for _, entry in here.store.ledger.entries() if isinstance(entry.body, BatchEntry))


def test_only_persons_who_share_parts_with_a_row_are_unsealed(tmp_path: Path) -> None:
    with (
        mock.patch.dict(POLICY, {"fields.toml": searched(**SEARCHED)}),
        courier(tmp_path, people=PEOPLE) as here,
        here.store.door() as door,
    ):
        ours = here.people.filter(pl.col("id_number").is_not_null()).head(12)
        for customer in ours["customer"]:
            here.look_up(door, account="a", customer=customer)
        dump = here.folder / "dump.csv"
        strangers = masked(invent_people(200, seed=77))
        pl.concat([masked(ours), strangers]).write_csv(dump)
        matcher = ByName()
        found = here.store.leak_response(door, matcher=matcher).trace(dump, unseal_at_most=60).attribution
        numbers = {here.numbers[customer] for customer in ours["customer"]}
        assert numbers <= set(matcher.people["person"].to_list())
        assert unsealed_in_ledger(here) == matcher.people.height < 60 < PEOPLE
        assert found.dump.fuzzy >= 10


def test_a_crowd_is_not_unsealed_unasked(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here, here.store.door() as door:
        dump = here.folder / "dump.csv"
        here.people.select("name", "address").write_csv(dump)
        response = here.store.leak_response(door, matcher=ByName())
        before = here.store.ledger.size
        with pytest.raises(
            RefusedError, match="the records of 30 persons would be unsealed; at most 29 are"
        ) as refused:
            response.trace(dump, unseal_at_most=29)
        assert refused.value.code == "trace.unsealed"
        for way_out in ("search =", "--exact-only", "--customers", "--unseal-at-most 30"):
            assert way_out in str(refused.value.hint)
        assert here.store.ledger.size == before
        response.trace(dump, unseal_at_most=30)
        assert unsealed_in_ledger(here) == 30


def test_one_part_alone_finds_small_buckets(tmp_path: Path) -> None:
    """Of rows that show a surname alone everybody of a rare one is a candidate; who has another is none."""
    with (
        mock.patch.dict(POLICY, {"fields.toml": searched(name="surname")}),
        courier(tmp_path, people=60) as here,
        here.store.door() as door,
    ):
        chinese = here.people.filter(pl.col("name").str.contains("[一-龥]"))["name"]
        counts = chinese.str.slice(0, 1).value_counts().sort("count", "name")
        surname, size = counts.row(0)
        dump = here.folder / "dump.csv"
        pl.DataFrame({"name": [f"{surname}一二", f"{surname}三"]}).write_csv(dump)
        matcher = ByName()
        columns = {0: (here.store.policy.fields["name"].name, here.store.policy.fields["name"].kind)}
        here.store.leak_response(door, matcher=matcher).trace(dump, columns=dict(columns))
        assert unsealed_in_ledger(here) == matcher.people.height == size
        assert matcher.people["name"].str.starts_with(surname).all()
