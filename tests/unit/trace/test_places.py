"""Places from the export to the court: the sixth decimal names the copy, and the value is the platform's own to the fifth."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.courier import POLICY, Courier, courier

from suyuan.evidence import verify
from suyuan.kinds import KINDS
from suyuan.release.door import Door
from suyuan.terms import KindName

PEOPLE = 40
FIELDS = POLICY["fields.toml"] + '[place]\nkind = "coordinate"\n[lat]\nkind = "coordinate"\nitem = "location"\n'
PURPOSES = POLICY["purposes.toml"].replace(
    'customer = "clear", name', 'customer = "clear", place = "clear", lat = "clear", name'
)
PLACE = KINDS[KindName.COORDINATE]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Courier, Door]]:
    policy = POLICY | {"fields.toml": FIELDS, "purposes.toml": PURPOSES}
    with courier(tmp_path, people=PEOPLE, policy=policy) as here, here.store.door() as door:
        yield here, door


def exported(world: tuple[Courier, Door]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the platform had, and what each of two partners was given: their copies stand in the folder."""
    dice = np.random.default_rng(3)
    near = dice.uniform((-34, -180), (54, 180), (PEOPLE, 2)).round(7).tolist()
    frame = (
        world[0]
        .people.select("customer")
        .with_columns(
            place=pl.Series([f"{a:.7f},{b:.7f}" for a, b in near]), lat=pl.Series([f"{a:.7f}" for a, _ in near])
        )
    )
    for partner, contract in (("p", "C-1"), ("relay-user", "C-alias")):
        world[0].export(world[1], partner=partner, contract=contract, name=f"{partner}.csv", frame=frame)
    return frame, pl.read_csv(world[0].folder / "p.csv", infer_schema=False)


def test_places_name_their_copy_unless_they_are_rounded_and_none_has_moved(world: tuple[Courier, Door]) -> None:
    frame, copy = exported(world)
    other = pl.read_csv(world[0].folder / "relay-user.csv", infer_schema=False)
    for name in ("place", "lat"):
        assert (copy[name] != other[name]).any()
        want = PLACE.canonical_column(frame[name])
        assert (PLACE.canonical_column(copy[name]) == want).all()
        assert (PLACE.canonical_column(other[name]) == want).all()
    response = world[0].store.leak_response(world[1], matcher=None)
    # Rounded to five decimals they show no form: nobody is named, and no mark is spent.
    rounded = world[0].folder / "rounded.csv"
    copy.with_columns(PLACE.canonical_column(copy[name]).alias(name) for name in ("place", "lat")).write_csv(rounded)
    attribution = response.trace(rounded).attribution
    assert (attribution.dump.matched, attribution.named) == (PEOPLE, ())
    dump = world[0].folder / "dump.csv"
    copy.sample(fraction=1, shuffle=True, seed=1).write_csv(dump)
    traced = response.trace(dump)
    assert [found.recipient.id for found in traced.attribution.named] == ["p"]
    assert [finding.named for finding in verify(response.bundle(traced), dump=dump).checked.findings] == [True]
