"""The family's decoys in an export: drawn once, the same person in every copy, and in a copy by its row keys alone."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.courier import Courier, courier
from tests.families import FIELDS, decoys_of, policy

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.ledger.entry import FamilyEntry
from suyuan.mark.decoy import keyed
from suyuan.mark.pool import PhonePool, draw_apart
from suyuan.release.door import Door
from suyuan.release.families import Families
from suyuan.release.manifest import read_planted
from suyuan.release.plan import parse_plan
from suyuan.release.sides import PLAN_SIDE, PLANTED_SIDE, require_side

MORE = """
[S-few]
partner = "few"
purposes = ["fulfilment"]
shared_decoys = 45
[S-alias]
partner = "relayed"
purposes = ["fulfilment"]
shared_decoys = 60
aliases = { email = "relay" }
"""


def hand_over(here: Courier, door: Door, frame: pl.DataFrame, *, partner: str, contract: str) -> pl.DataFrame:
    here.export(door, partner=partner, contract=contract, name=f"{partner}.csv", frame=frame)
    return pl.read_csv(here.folder / f"{partner}.csv", infer_schema=False)


def entries_of(here: Courier) -> int:
    return len(here.store.ledger.named(FamilyEntry.op))


def phones(here: Courier, frame: pl.DataFrame) -> set[str]:
    """Give the digits of the decoys' telephone numbers, however they are spelled."""
    return {"".join(c for c in text if c.isdigit())[-11:] for text in decoys_of(frame)["phone"].to_list()}


def test_a_family_grows_by_what_a_contract_or_a_file_needs_and_never_changes(tmp_path: Path) -> None:
    with courier(tmp_path, people=30, policy=policy(decoys=60, more=MORE)) as here, here.store.door() as door:
        frame = here.people.select(FIELDS)
        few = hand_over(here, door, frame.select("customer", "name", "email"), partner="few", contract="S-few")
        assert entries_of(here) == 2  # Who they are, and what the first copy shows of them.
        whole = hand_over(here, door, frame, partner="p0", contract="S-0")
        assert entries_of(here) == 4
        again = hand_over(here, door, frame, partner="p1", contract="S-1")
        assert entries_of(here) == 4
        both = decoys_of(few).join(decoys_of(whole), on="email", suffix="_whole")
        assert both.height > 2
        assert both["customer"].equals(both["customer_whole"].alias("customer"))
        shared = decoys_of(whole).join(decoys_of(again), on="email", suffix="_again")
        assert shared.height > 20
        assert shared["customer"].equals(shared["customer_again"].alias("customer"))
        families = Families(here.store.ledger, broker=here.store.broker)
        assert len(families.of(f"fulfilment/{door.now().year}").decoys) == 60
        assert families.of("another/2020").decoys == []
        assert "decoys" in repr(families.of(f"fulfilment/{door.now().year}"))


def test_a_file_that_shows_no_identifier_of_theirs_has_none_of_them(tmp_path: Path) -> None:
    with courier(tmp_path, people=20, policy=policy(decoys=30)) as here, here.store.door() as door:
        shown = hand_over(here, door, here.people.select("customer", "name"), partner="p0", contract="S-0")
        assert shown.height == 20 + 2  # Those of this copy alone.
        assert entries_of(here) == 0


def test_where_a_field_shows_aliases_theirs_is_an_alias_too(tmp_path: Path) -> None:
    with courier(tmp_path, people=20, policy=policy(decoys=60, more=MORE)) as here, here.store.door() as door:
        frame = here.people.select(FIELDS)
        shown = hand_over(here, door, frame, partner="relayed", contract="S-alias")
        assert shown.height > 40
        assert shown["email"].str.ends_with("@relay.example").all()
        assert shown["email"].is_unique().all()
        index = here.store.ledger.size - 1
        while PLAN_SIDE not in here.store.ledger.side_names(index):
            index -= 1
        plan = parse_plan(require_side(here.store.ledger, index=index, name=PLAN_SIDE, broker=here.store.broker))
        assert (plan.rows, plan.planted, plan.shared) == (20, 80, 60)
        side = require_side(here.store.ledger, index=index, name=PLANTED_SIDE, broker=here.store.broker)
        assert sorted(item.at for item in read_planted(side)) == [-1] * 60 + list(range(20))


def test_what_is_masked_for_everybody_is_masked_for_decoys(tmp_path: Path) -> None:
    own = policy(decoys=40)
    masked = own["purposes.toml"].replace('email = "clear", address', 'email = "masked", address')
    with courier(tmp_path, people=20, policy={**own, "purposes.toml": masked}) as here, here.store.door() as door:
        shown = hand_over(here, door, here.people.select(FIELDS), partner="p0", contract="S-0")
        assert shown.height > 30
        assert shown.height - 20 > 2, "found by their telephone numbers"
        assert shown["email"].drop_nulls().str.contains("*", literal=True).all()


def test_a_decoy_never_keeps_the_number_of_who_became_a_customer(tmp_path: Path) -> None:
    with courier(tmp_path, people=20, policy=policy(decoys=40)) as here, here.store.door() as door:
        frame = here.people.select(FIELDS)
        first = hand_over(here, door, frame, partner="p0", contract="S-0")
        taken = decoys_of(first).row(0, named=True)
        newcomer = frame.head(1).with_columns(
            customer=pl.lit(taken["customer"]), phone=pl.lit("+8613900000001"), email=pl.lit("new@post.example")
        )
        for number in (1, 2, 3):
            everybody = pl.concat([frame, newcomer])
            shown = hand_over(here, door, everybody, partner=f"p{number}", contract=f"S-{number}")
            assert shown.filter(pl.col("customer") == taken["customer"]).height == 1
        stale = decoys_of(shown).filter(pl.col("email") == taken["email"])
        assert taken["customer"] not in stale["customer"].to_list()


def test_who_became_a_customer_is_asked_once_for_all_decoys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    ask = Door.are_known

    def counted(door: Door, field: FieldPolicy, texts: Sequence[str]) -> list[bool]:
        asked.append((field.name, len(texts)))
        return ask(door, field, texts)

    monkeypatch.setattr(Door, "are_known", counted)
    with courier(tmp_path, people=20, policy=policy(decoys=40)) as here, here.store.door() as door:
        frame = here.people.select(FIELDS)
        hand_over(here, door, frame, partner="p0", contract="S-0")
        asked.clear()
        hand_over(here, door, frame, partner="p1", contract="S-1")
    assert [one for one in asked if one[1] > 1] == [("customer", 40)]
    assert len(asked) < 20, "those of this copy alone are asked for one by one"


def test_an_identifier_is_drawn_while_there_is_one_that_is_free() -> None:
    pool = PhonePool(name="p", first="+8616500000000", size=4)
    taken: set[str] = set()
    for place in range(4):
        drawn = draw_apart(pool, below=keyed(bytes([place]) * 32), taken=taken)
        assert drawn not in taken
        taken.add(drawn)
    with pytest.raises(RefusedError, match="all of its 4 identifiers"):
        draw_apart(pool, below=keyed(bytes(32)), taken=taken)
