"""People in PostgreSQL when the server restarts, is killed or is slow: nothing half-written, reads go on, work is resumed."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
from tests.ports.people_stores import people_address
from tests.postgres_server import PostgresServer, running_server

from suyuan.adapters.postgres import people_schema
from suyuan.adapters.postgres.people_store import PostgresPeopleStore
from suyuan.adapters.postgres.session import statements
from suyuan.errors import UnavailableError
from suyuan.hold.ports import PartColumn, SealedRecord, TokenColumn
from suyuan.hold.predicate import EVERYTHING
from suyuan.terms import CaseId, FieldName, KindName, PersonNumber

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 400


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


def save(store: PostgresPeopleStore, batch: int, *, size: int = BATCH) -> None:
    """Store a batch of new persons, each with a record, two tokens and a part."""
    numbers = np.arange(batch * size, (batch + 1) * size)
    rows = np.arange(size)
    records = [
        SealedRecord(person=PersonNumber(number), version=1, body=b"x" * 200, commitments={})
        for number in numbers.tolist()
    ]
    tokens = (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    columns = [TokenColumn(kind=kind, rows=rows, tokens=tokens) for kind in (KindName.PHONE, KindName.EMAIL)]
    part = PartColumn(field=FieldName("phone"), part="last4", rows=rows, tokens=tokens % np.uint64(100))
    store.save_records(
        records, columns, at=FIRST, changed={}, identifiers=[(n, b"i") for n in numbers.tolist()], parts=[part]
    )


def save_on(store: PostgresPeopleStore, confirmed: list[int]) -> None:
    """Store batches until the server is gone; each is added to `confirmed` when its call has returned."""
    for batch in range(len(confirmed), 10_000):
        save(store, batch)
        confirmed.append(batch)


def test_a_restart_between_calls_is_met_by_fresh_sessions(mortal: PostgresServer) -> None:
    with PostgresPeopleStore.open_writer(people_address(mortal)) as store:
        save(store, 0)
        mortal.kill()
        with pytest.raises(UnavailableError) as told:
            store.counts()
        assert told.value.code == "store.unreachable"
        mortal.start()
        assert store.counts()["records"] == BATCH
        mortal.stop()
        mortal.start()
        save(store, 1)
        assert store.counts()["records"] == 2 * BATCH


def test_a_server_killed_while_it_is_written_to_holds_whole_batches(mortal: PostgresServer) -> None:
    address = people_address(mortal)
    confirmed: list[int] = []
    for life in range(3):
        with PostgresPeopleStore.open_writer(address) as store:
            killer = threading.Timer(0.15 + 0.1 * life, mortal.kill)
            killer.start()
            with pytest.raises(UnavailableError):
                save_on(store, confirmed)
            killer.join()
        mortal.start()
        with PostgresPeopleStore.open_writer(address) as store:
            counts = store.counts()
            whole, rest = divmod(counts["records"], BATCH)
            # A commit that nobody confirmed may have been kept; then it was kept whole.
            assert (rest, whole - len(confirmed) in (0, 1)) == (0, True)
            assert (counts["persons"], counts["tokens"]) == (whole * BATCH, 2 * whole * BATCH)
            assert len(store.to_enrol(since=0)) == whole * BATCH
            confirmed = list(range(whole))
    assert confirmed


def test_threads_work_side_by_side(mortal: PostgresServer) -> None:
    address = people_address(mortal)
    with PostgresPeopleStore.open_writer(address) as store:
        save(store, 0)
        with psycopg.connect(address.conninfo) as other:
            other.execute(f"LOCK TABLE {address.schema}.age IN ACCESS EXCLUSIVE MODE".encode())
            waiting = threading.Thread(target=lambda: store.set_ages([(1, None, None)]))
            waiting.start()
            time.sleep(0.1)
            assert len(store.records([1, 2, 3])) == 3, "another call does not wait for the one that does"
            other.rollback()
            waiting.join(timeout=30)


def test_no_search_reads_a_whole_table(mortal: PostgresServer) -> None:
    address = people_address(mortal)
    with PostgresPeopleStore.open_writer(address) as store:
        for batch in range(3):
            save(store, batch, size=10_000)
        store.collected(np.arange(30_000), purpose="delivery", at=FIRST)  # type: ignore[arg-type]
    texts = statements("people.sql")
    asked = {
        "tokens_among": ("'{2,3}'", "'{5,6}'"), "records_among": ("'{5,6}'",), "registrations_among": ("'{5}'",),
        "cases_among": ("'{x,y}'",), "last_words": ("'p'", "'s'", "''", "'{5,6}'"), "consents": ("5",),
        "find_part": ("'phone'", "'last4'", "7", "5"), "count_part": ("'phone'", "'last4'", "7"), "versions": ("5",),
        "facts_among": ("'{5}'",) * 3, "purposes_of": ("5",),
        "collected_before": ("'delivery'", "9", "'{5}'"), "erase_tokens": ("5",), "erase_parts": ("5",), "erase_cases": ("5",),
        "reopen_shared": (), "account": ("'x'",), "api_key": ("'x'",), "remembered": ("'x'", "'x'"), "approval": ("'x'",),
    }  # fmt: skip
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        connection.execute(f"SET search_path = {address.schema}".encode())
        connection.execute("INSERT INTO case_link SELECT n::text, 'a', n, 0, NULL FROM generate_series(1, 20000) n")
        connection.execute(
            "INSERT INTO consent SELECT n, 1, 'x', 'p', 's', '', 'given', 't', 0, 'r' FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE")
        for name, values in asked.items():
            text = texts[name].decode().rstrip(";")
            for value in values:
                text = text.replace("%b", value, 1)
            plan = "\n".join(row[0] for row in connection.execute(("EXPLAIN " + text).encode()).fetchall())
            grown = [
                t
                for t in ("token", "record", "registry", "case_link", "part", "consent", "collected", "version")
                if f"Seq Scan on {t} " in plan
            ]
            assert not grown, (name, plan)


def test_a_schema_one_version_old_is_stepped_up_beside_its_readers(mortal: PostgresServer) -> None:
    """As the version before made it: its readers go on reading while the step runs, and after."""
    address = people_address(mortal)
    old = psycopg.connect(address.conninfo, autocommit=True)
    old.execute(f"DROP SCHEMA {address.schema} CASCADE".encode())
    old.execute(f"CREATE SCHEMA {address.schema}".encode())
    old.execute(f"SET search_path = {address.schema}".encode())
    old.execute(people_schema.STEPS[0])
    old.execute("INSERT INTO case_link VALUES ('c', 'wang', 1, 0, NULL)")
    with pytest.raises(UnavailableError) as told:
        PostgresPeopleStore.open_reader(address)
    assert told.value.code == "store.older"
    with PostgresPeopleStore.open_writer(address) as store:
        assert [(link.account, link.queue) for link in store.cases(CaseId("c"))] == [("wang", "")]
        assert store.cases_where(EVERYTHING, account=None, open_at=FIRST, after="", count=1)
        assert old.execute("SELECT case_id, account FROM case_link").fetchall() == [("c", "wang")]
        old.execute("INSERT INTO case_link (case_id, account, person, opened) VALUES ('d', 'li', 2, 0)")
        assert store.cases(CaseId("d"))[0].queue == ""
    assert people_schema.step_back(address) == 2
    with pytest.raises(UnavailableError):
        people_schema.step_back(address)
    PostgresPeopleStore.open_writer(address).close()
    assert old.execute("SELECT value FROM meta WHERE name = 'version'").fetchone() == ("3",)
    old.close()
