"""The kept look-ups say what the ledger says: extended, rebuilt where they do not fit, and empty of whoever was erased."""

from pathlib import Path
from unittest import mock

import polars as pl
from tests.courier import Courier, courier

from suyuan.adapters.files.history import LOOKUPS as FOLDER
from suyuan.terms import PersonNumber
from suyuan.trace.history.keeping import known_by
from suyuan.trace.sets import kept
from suyuan.trace.sets.gather import LOOKUPS, lookups_in
from suyuan.trace.sets.kept import lookups_of


def from_the_ledger(here: Courier, *, before: int | None = None) -> pl.DataFrame:
    store = here.store
    found = lookups_in(
        store.ledger, broker=store.broker, persons=store.people.known_persons(), before=before or store.ledger.size
    )
    return found.select(LOOKUPS.names()).sort(LOOKUPS.names())


def from_what_is_kept(here: Courier, *, before: int | None = None) -> pl.DataFrame:
    store = here.store
    known = known_by(store.broker, store.people.known_persons())
    found = lookups_of(
        store.ledger, broker=store.broker, parts=store.access_sets().kept, known=known,
        before=before or store.ledger.size,
    )  # fmt: skip
    return found.sort(LOOKUPS.names())


def work(here: Courier, *, first: int, last: int) -> None:
    with here.store.door() as door:
        for place, customer in enumerate(here.people["customer"].to_list()[first:last]):
            here.look_up(door, account=f"clerk-{first}-{place % 2}", customer=str(customer))


def parts(here: Courier) -> list[Path]:
    return sorted((here.store.settings.store / FOLDER).rglob("part-*.sealed"))


def test_what_is_kept_is_extended_by_the_entries_since_and_read_no_further(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        work(here, first=0, last=8)
        assert from_what_is_kept(here).equals(from_the_ledger(here))
        middle = here.store.ledger.size
        work(here, first=8, last=14)
        with here.store.door() as door:
            here.export(
                door, partner="p", contract="C-1", name="a.csv", frame=here.people[:20].drop("id_number", "birth_date")
            )
        whole = from_the_ledger(here)
        with mock.patch.object(kept, "lookups_in", wraps=lookups_in) as reading:
            assert from_what_is_kept(here).equals(whole)
        assert [call.kwargs["start"] for call in reading.call_args_list] == [middle]
        with mock.patch.object(kept, "lookups_in") as reading:
            assert from_what_is_kept(here).equals(whole)
            assert from_what_is_kept(here, before=middle).equals(from_the_ledger(here, before=middle))
        assert not reading.called
        assert whole.height == 8 + 6 + 20


def test_full_parts_stay_as_they_are_and_the_next_one_follows(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here, mock.patch.object(kept, "_PART_ROWS", 5):
        for first in (0, 6, 9, 12):
            work(here, first=first, last=first + 3 if first else 6)
            assert from_what_is_kept(here).equals(from_the_ledger(here))
        assert len(parts(here)) == 3
        assert from_what_is_kept(here, before=3).equals(from_the_ledger(here, before=3))


def test_an_altered_or_missing_part_is_made_anew(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        work(here, first=0, last=6)
        whole = from_what_is_kept(here)
        [part] = parts(here)
        body = bytearray(part.read_bytes())
        body[len(body) // 2] ^= 1
        part.write_bytes(body)
        assert from_what_is_kept(here).equals(whole)
        part.unlink()
        assert from_what_is_kept(here).equals(whole)


def test_a_person_who_was_not_looked_for_before_is_found_in_older_entries(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        work(here, first=0, last=6)
        store = here.store
        known = known_by(store.broker, store.people.known_persons())
        shown = from_the_ledger(here)["person"].to_list()
        without = known.filter(pl.col("person") != shown[0])
        half = lookups_of(
            store.ledger, broker=store.broker, parts=store.access_sets().kept, known=without, before=store.ledger.size
        )
        assert shown[0] not in half["person"].to_list()
        work(here, first=6, last=8)
        assert from_what_is_kept(here).equals(from_the_ledger(here))


def test_nothing_leads_to_an_erased_person_and_no_value_lies_in_the_clear(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        work(here, first=0, last=6)
        before = from_what_is_kept(here)
        gone = PersonNumber(int(before["person"][0]))
        raw = b"".join(path.read_bytes() for path in parts(here))
        assert b"clerk-0-0" not in raw
        here.store.eraser.erase(gone)
        after = from_what_is_kept(here)
        assert gone not in after["person"].to_list()
        assert after.height == before.height - 1
        work(here, first=6, last=9)
        after = from_what_is_kept(here)
        assert after.equals(from_the_ledger(here))
        [sealed] = parts(here)
        rows = kept._opened(sealed.read_bytes(), broker=here.store.broker, number=0).rows
        assert rows.height == after.height
