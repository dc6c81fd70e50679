"""A former phone number finds its person, and says that the row is older than what replaced it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from tests.courier import courier

from suyuan.collect.admit import admit
from suyuan.trace.dump import Dump
from suyuan.trace.link import Links
from suyuan.trace.naming.dating import Dating
from suyuan.trace.naming.timeline import Timeline, timeline_of
from suyuan.trace.naming.tracer import Traced
from suyuan.trace.report import as_json
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.story_beside import dating_lines, timeline_lines


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
        former = links.dated.drop_nulls("until")
        assert former.select("row", "field").rows() == [(row, "phone") for row in range(4)]
        # The row with the new number was copied after that had come.
        assert links.dated.drop_nulls("since")["row"].to_list() == [12]
        ended = [datetime.fromtimestamp(ms / 1000, UTC) for ms in former["until"].to_list()]
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


def test_a_former_address_dates_the_copy(tmp_path: Path) -> None:
    """No value of a former address is kept: the copies that bear it say in which time it was hers."""
    with courier(tmp_path, people=30) as here, here.store.door() as door:
        customers = here.people["customer"].to_list()[:12]
        for customer in customers:
            here.look_up(door, account="a", customer=customer)

        def move(chosen: list[str], *, to: str) -> None:
            moved = here.people.filter(pl.col("customer").is_in(chosen)).with_columns(address=pl.lit(to))
            admitted, _ = admit(moved, fields=here.store.policy.fields)
            list(here.store.vault.store(admitted))

        first = datetime.now(UTC)
        move(customers[:4], to="1 New Road, Shanghai")
        for customer in customers[:6]:
            here.look_up(door, account="b", customer=customer)
        second = datetime.now(UTC)
        move(customers[1:3], to="2 Newer Road, Shanghai")
        here.look_up(door, account="c", customer=customers[1])
        dump = here.folder / "dump.csv"
        # What b saw: addresses between the two moves; and one row of before the first.
        seen = here.rows_of("b").select("name", "phone", "address")
        pl.concat([seen, here.rows_of("a").select("name", "phone", "address").head(1)]).write_csv(dump)
        traced = here.store.leak_response(door, matcher=None).trace(dump)
        told = here.store.paper_parts().timeline(traced).dating
        assert told is not None
        assert (told.rows, told.contradicting) == (5, 1)
        assert told.since is not None
        assert told.until is not None
        assert first.replace(microsecond=0) <= told.since <= second <= told.until <= datetime.now(UTC)
        [address] = told.fields
        assert (address.field, address.rows) == ("address", 5)
        said = as_json(traced.attribution, timeline=here.store.paper_parts().timeline(traced))["timeline"]
        assert said["dating"]["contradicting"] == 1  # type: ignore[index]
        assert {track["recipient"]["id"] for track in said["recipients"]} == {"a", "b", "c"}  # type: ignore[index]


def test_a_report_says_when_it_can_have_been_copied() -> None:
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    for language, words in (
        (Language.EN, ("between", "after", "before", "never")),
        (Language.ZH, ("之间", "之后", "之前", "从未")),
    ):
        catalogue = Catalogue.load(language)
        spans = ((first, last), (first, None), (None, last), (None, None))
        for (since, until), word in zip(spans, words, strict=True):
            found = Dating(rows=3, since=since, until=until, contradicting=1, fields=())
            lines = list(map(str, dating_lines(found, catalogue=catalogue)))
            assert word in lines[0]
            assert len(lines) == 1 + (word != words[-1])
    assert dating_lines(None, catalogue=catalogue) == []
