"""A former phone number finds its person, and says that the row is older than what replaced it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from tests.courier import courier

from suyuan.collect.admit import admit
from suyuan.trace.dump import Dump
from suyuan.trace.link import Links
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.story_beside import timeline_lines
from suyuan.trace.timeline import Timeline, timeline_of
from suyuan.trace.tracer import Traced


def test_rows_with_replaced_values_are_dated(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here, here.store.door() as door:
        customers = here.people["customer"].to_list()[:12]
        for customer in customers:
            here.look_up(door, account="a", customer=customer)
        moved = here.people.filter(pl.col("customer").is_in(customers[:4]))
        numbers = [f"1630000{n:04d}" for n in range(4)]
        admitted, _ = admit(moved.with_columns(pl.Series("phone", numbers)), fields=here.store.policy.fields)
        before = datetime.now(UTC)
        list(here.store.vault.store(admitted))
        after = datetime.now(UTC)
        here.look_up(door, account="late", customer=customers[0])
        dump = here.folder / "dump.csv"
        # Old numbers of four, and beside them the new number of one: her row is old and new.
        old = here.rows_of("a").select("name", "phone", "address")
        pl.concat([old, old.head(1).with_columns(pl.lit(numbers[0]).alias("phone"))]).write_csv(dump)
        seen: list[Links] = []
        sets = here.store.access_sets()

        def beside(dump: Dump, links: Links, traced: Traced) -> Traced:
            seen.append(links)
            return sets.beside(dump, links, traced)

        traced = here.store.leak_response(door, matcher=None).trace(dump, beside=beside)
        [links] = seen
        assert links.former["row"].to_list() == [0, 1, 2, 3]
        ended = [datetime.fromtimestamp(ms / 1000, UTC) for ms in links.former["until"].to_list()]
        assert all(before.replace(microsecond=0) <= end <= after for end in ended)
        # The row has found its person by a number that is hers no more.
        assert set(links.table["person"].to_list()) == {here.numbers[customer] for customer in customers}
        told = timeline_of(traced, log=here.store.ledger, recipients=list(traced.copies.suspects))
        assert (told.former, told.first_ended, told.last_ended) == (4, min(ended), max(ended))
        # Who looked first when the old number was gone cannot be the only source of a row that has it; nor can who
        # looked last before the new one came, of a row that has that.
        found = traced.attribution.sets
        assert found is not None
        contradicting = [(one.recipient.id, one.superseded, one.later) for one in found.contradictions]
        assert contradicting == [("a", 0, 1), ("late", 1, 0)]


def test_without_replaced_values_no_row_is_dated(tmp_path: Path) -> None:
    with courier(tmp_path, people=12) as here, here.store.door() as door:
        here.look_up(door, account="a", customer=here.people["customer"][0])
        dump = here.folder / "dump.csv"
        here.people.select("name", "phone").write_csv(dump)
        traced = here.store.leak_response(door, matcher=None).trace(dump)
        told = timeline_of(traced, log=here.store.ledger, recipients=list(traced.copies.suspects))
        assert (told.former, told.first_ended, told.last_ended) == (0, None, None)


def test_a_report_says_so_in_both_languages() -> None:
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    told = Timeline(opened_at=last, days=1, tracks=(), former=3, first_ended=first, last_ended=last)
    for language, words in ((Language.EN, "3 linked rows show"), (Language.ZH, "3 个已关联的行")):
        [line] = map(str, timeline_lines(told, named=(), catalogue=Catalogue.load(language)))
        assert words in line
        assert "2026-03-01" in line
        assert "2026-04-02" in line
    assert timeline_lines(replace(told, first_ended=None), named=(), catalogue=Catalogue.load(Language.EN)) == []
