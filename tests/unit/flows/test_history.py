"""Legacy logs: counts that add up, pseudonyms that die with a person, the same file again, and a run that broke off."""

from pathlib import Path

import polars as pl
import pytest
from tests.courier import courier

from suyuan.errors import RefusedError
from suyuan.terms import PersonNumber
from suyuan.trace.history.keeping import known_by, load
from suyuan.trace.history.reading import LogColumns, read_log, times

COLUMNS = LogColumns(person="customer", account="clerk", at="time", queue="desk", region="hub")


def a_log(folder: Path, customers: list[str]) -> Path:
    """Two clerks, a stranger, a row without a time and one without a clerk."""
    rows = [(c, f"clerk-{i % 2}", f"2024-03-0{1 + i % 9} 10:00:00", "night", "north") for i, c in enumerate(customers)]
    rows += [("X-unknown", "clerk-0", "2024-03-01 10:00", "", ""), (customers[0], "clerk-0", "yesterday", "", "")]
    rows += [(customers[0], "", "2024-03-01", "", "")]
    path = folder / "access.csv"
    pl.DataFrame(rows, schema=["customer", "clerk", "time", "desk", "hub"], orient="row").write_csv(path)
    return path


def test_counts_add_up_and_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        histories, path = here.store.histories(), a_log(here.folder, here.people["customer"].to_list()[:20])
        done = histories.bring_in(path, columns=COLUMNS)
        assert (done.read, done.kept, done.strangers, done.unreadable, done.accounts) == (23, 20, 1, 2, 2)
        size = here.store.ledger.size
        again = histories.bring_in(path, columns=COLUMNS)
        assert again.again
        assert (again.read, again.kept, again.entry) == (23, 20, done.entry)
        assert here.store.ledger.size == size
        broker = here.store.broker
        loaded = load(
            here.store.ledger,
            broker=broker,
            parts=histories.parts,
            known=known_by(broker, here.store.people.known_persons()),
        )
        assert loaded.height == 20
        assert set(loaded["account"]) == {"clerk-0", "clerk-1"}
        assert set(loaded["queue"]) == {"night"}


def test_who_is_erased_is_gone_from_a_history_and_no_value_is_kept(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        customers = here.people["customer"].to_list()
        histories = here.store.histories()
        histories.bring_in(a_log(here.folder, customers[:20]), columns=COLUMNS)
        everybody = here.store.people.known_persons()
        before = load(
            here.store.ledger,
            broker=here.store.broker,
            parts=histories.parts,
            known=known_by(here.store.broker, everybody),
        )
        gone = PersonNumber(int(before["person"][0]))
        here.store.eraser.erase(gone)
        left = here.store.people.known_persons()
        after = load(
            here.store.ledger, broker=here.store.broker, parts=histories.parts, known=known_by(here.store.broker, left)
        )
        assert after.height == before.height - (before["person"] == gone).sum()
        assert gone not in after["person"].to_list()
        kept = b"".join(path.read_bytes() for path in here.store.settings.store.rglob("part-*.sealed"))
        assert kept
        assert all(customer.encode() not in kept for customer in customers)


def test_a_part_that_a_broken_run_left_is_taken_up_again(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        path = a_log(here.folder, here.people["customer"].to_list()[:20])

        class Full:
            """A disk that is full after the parts: the note is never written."""

            def __init__(self) -> None:
                self.parts = here.store.histories().parts

            def part(self, source: str, number: int) -> bytes | None:
                return self.parts.part(source, number)

            def put(self, source: str, number: int, body: bytes) -> None:
                self.parts.put(source, number, body)
                raise RefusedError("the disk is full")

        from dataclasses import replace

        with pytest.raises(RefusedError, match="full"):
            replace(here.store.histories(), parts=Full()).bring_in(path, columns=COLUMNS)
        done = here.store.histories().bring_in(path, columns=COLUMNS)
        assert (done.kept, done.again) == (20, False)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01T10:00:00Z",
        "2024-03-01T11:00:00+01:00",
        "2024-03-01 10:00:00",
        "01/Mar/2024:10:00:00 +0000",
        "1709287200",
        "1709287200000",
    ],
)
def test_times_of_many_forms_are_one_time(text: str) -> None:
    assert times(pl.Series([text])).to_list() == [1_709_287_200_000]


def test_lines_of_a_web_server_are_read_by_a_pattern(tmp_path: Path) -> None:
    lines = [
        '10.0.0.1 - clerk-1 [01/Mar/2024:10:00:00 +0000] "GET /customers/C%2D17?x=1 HTTP/1.1" 200 17',
        '10.0.0.1 - - [01/Mar/2024:10:00:01 +0000] "GET /customers/C-18 HTTP/1.1" 200 17',
        '10.0.0.1 - clerk-2 [01/Mar/2024:10:00:02 +0000] "GET /static/logo.png HTTP/1.1" 200 17',
    ]
    (tmp_path / "access.log").write_text("\n".join(lines) + "\n")
    pattern = r'^\S+ \S+ (?P<account>\S+) \[(?P<at>[^\]]+)\] "GET /customers/(?P<person>[^ ?/"]+)'
    [(table, unreadable)] = read_log(tmp_path / "access.log", columns=LogColumns(pattern=pattern))
    assert table["person"].to_list() == ["C-17", "C-18"]
    assert table["account"].to_list() == ["clerk-1", None]
    assert unreadable == 1


def test_json_lines_parquet_and_gzip_say_the_same(tmp_path: Path) -> None:
    import gzip
    import json

    rows = [
        {"who": {"id": "C-1"}, "clerk": "a", "t": "2024-03-01T10:00:00Z"},
        {"who": {"id": "C-2"}, "clerk": "b", "t": 1709287200},
    ]
    with gzip.open(tmp_path / "log.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps(row) for row in rows) + "\nno json\n")
    flat = pl.DataFrame({"who": ["C-1", "C-2"], "clerk": ["a", "b"], "t": ["2024-03-01T10:00:00Z", "1709287200"]})
    flat.write_parquet(tmp_path / "log.parquet")
    flat.write_csv(tmp_path / "log.tsv", separator="\t")
    nested = LogColumns(person="who.id", account="clerk", at="t")
    plain = LogColumns(person="who", account="clerk", at="t")
    [(jsonl, bad)] = read_log(tmp_path / "log.jsonl.gz", columns=nested)
    assert bad == 1
    for name in ("log.parquet", "log.tsv"):
        [(other, _)] = read_log(tmp_path / name, columns=plain)
        assert other.equals(jsonl)


def test_the_real_web_server_log_is_read_to_its_last_line(shared_data: Path) -> None:
    pattern = r'^(?P<account>\S+) \S+ \S+ \[(?P<at>[^\]]+)\] "GET /(?P<person>[^ ?"]*)'
    read = list(read_log(shared_data / "elastic_apache_logs.gz", columns=LogColumns(pattern=pattern)))
    assert sum(table.height + bad for table, bad in read) == 10_000
    assert sum(table["at_ms"].is_not_null().sum() for table, _ in read) > 9_900


def test_a_real_event_log_is_read_and_its_automatic_rows_without_an_account_are_counted(shared_data: Path) -> None:
    columns = LogColumns(person="case_id", account="account", at="timestamp")
    read = [table for table, _ in read_log(shared_data / "bpic2012_autumn.csv.gz", columns=columns)]
    whole = pl.concat(read)
    assert whole.height == 114_577
    assert whole["at_ms"].null_count() == 0
    assert whole["account"].n_unique() > 50


def test_a_log_of_strangers_and_a_column_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here:
        path = here.folder / "other.csv"
        pl.DataFrame({"customer": ["X"], "clerk": ["a"], "time": ["2024-03-01"]}).write_csv(path)
        with pytest.raises(RefusedError, match="about anybody"):
            here.store.histories().bring_in(path, columns=LogColumns(person="customer", account="clerk", at="time"))
        with pytest.raises(RefusedError, match="lacks one of the columns"):
            here.store.histories().bring_in(path, columns=LogColumns(person="nobody", account="clerk", at="time"))
