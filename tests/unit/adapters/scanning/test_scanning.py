"""Files of every form and real servers looked through: each part found, nothing changed, what is unread named."""

import gzip
import hashlib
import sqlite3
from pathlib import Path

import psycopg
import pytest
from tests.mariadb_server import MariaDbServer
from tests.postgres_server import PostgresServer

from suyuan.adapters.scanning import DatabaseSource, FileSource
from suyuan.adapters.sources import open_source
from suyuan.adapters.sources.reading import BYTES_PER_FRAME
from suyuan.collect.source import Source
from suyuan.discovery import Scanner
from suyuan.discovery.ports import TablePart
from suyuan.discovery.survey import Survey
from suyuan.errors import RefusedError, UnavailableError
from suyuan.simulation import invent_people

SCANNER = Scanner()
PEOPLE = invent_people(120, seed=8, share_western=0.0)
EXPECTED = {"name": "person_name", "phone": "phone", "id_number": "resident_id", "email": "email", "address": "postal_address", "birth_date": "date_of_birth"}  # fmt: skip


def surveyed(path: Path, *, rows: int = 0) -> Survey:
    survey = Survey()
    survey.add(FileSource(path), rows=rows, scanner=SCANNER)
    return survey


def found(survey: Survey) -> dict[str, dict[str, str]]:
    return {
        part.place: {f.column: f.what.value for f in part.findings if f.what is not None and f.by != "inside the text"}
        for part in survey.parts
    }


@pytest.mark.parametrize("form", ["csv", "tsv", "semicolon", "gb18030", "utf-16", "gz", "parquet", "jsonl", "sqlite"])
def test_every_form_of_table(form: str, tmp_path: Path) -> None:
    path = tmp_path / {
        "parquet": "p.parquet",
        "jsonl": "p.jsonl",
        "sqlite": "p.db",
        "tsv": "p.tsv",
        "gz": "p.csv.gz",
    }.get(form, "p.csv")
    text = PEOPLE.write_csv(separator={"tsv": "\t", "semicolon": ";"}.get(form, ","))
    if form == "parquet":
        PEOPLE.write_parquet(path)
    elif form == "jsonl":
        PEOPLE.write_ndjson(path)
    elif form == "sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute(f"CREATE TABLE people ({', '.join(PEOPLE.columns)})")
            connection.executemany(f"INSERT INTO people VALUES ({', '.join('?' * PEOPLE.width)})", PEOPLE.rows())
        connection.close()
    elif form == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_bytes(text.encode(form if form in ("gb18030", "utf-16") else "utf-8"))
    before = hashlib.sha256(path.read_bytes()).digest()
    survey = surveyed(path)
    assert list(found(survey).values()) == [EXPECTED]
    assert survey.parts[0].rows == 120
    assert survey.unread == []
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "no journal is left beside it"


def test_a_folder_with_everything(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_text("手机 16300001234\nnothing\n" * 100)
    (tmp_path / "dump.sql.gz").write_bytes(
        gzip.compress(b"INSERT INTO t VALUES ('16300001234','a@example.com');\n" * 50)
    )
    (tmp_path / "bytes.bin").write_bytes(bytes(range(256)))
    (tmp_path / "empty").touch()
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 100_000)[:40])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1garbage")
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 200)
    (tmp_path / "ragged.csv").write_text("phone,name\n16300001234\n16300001235,张三,x,y\n")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("16300001234")
    survey = surveyed(tmp_path)
    assert {part.place: part.rows for part in survey.parts} == {"dump.sql.gz": 50, "logs/app.log": 200, "ragged.csv": 2}
    assert {unread.place for unread in survey.unread} == {"bad.db", "bad.parquet", "bytes.bin", "cut.gz", "empty"}
    assert survey.totals["phone"] == 152


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        FileSource(tmp_path / "none")
    assert caught.value.code == "file.missing"


def test_long_files_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    line = "2026-11-22 INFO 用户16300001234登录\n".encode()
    path.write_bytes(line * 200_000)
    survey = surveyed(path)
    assert (survey.parts[0].rows, survey.totals) == (200_000, {"phone": 200_000})


def test_postgresql(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute(
            'CREATE TABLE crm."Customers" (id int PRIMARY KEY, "Phone No" text, name varchar(40), extra jsonb, pic bytea, tags text[])'
        )
        connection.execute("CREATE TABLE plain (n int, at timestamptz)")
        connection.execute("INSERT INTO plain VALUES (1, now())")
        connection.cursor().executemany(
            'INSERT INTO crm."Customers" VALUES (%s, %s, %s, %s, %s, %s)',
            [
                (n, row["phone"], row["name"], f'{{"email": "{row["email"]}"}}', b"\x00", ["a"])
                for n, row in enumerate(PEOPLE.to_dicts())
            ],
        )
        connection.execute("CREATE TABLE blobs (b bytea)")
    survey = Survey()
    survey.add(DatabaseSource(url, rows=50), rows=50, scanner=SCANNER)
    customers = next(part for part in survey.parts if part.place == "crm.Customers")
    assert {f.column: f.what and f.what.value for f in customers.findings} == {
        "Phone No": "phone",
        "name": "person_name",
        "extra": "email",
    }
    assert (customers.rows, customers.key, customers.relation) == (50, "id", '"crm"."Customers"')
    assert [part.place for part in survey.parts if not part.findings] == ["public.plain"]
    assert [unread.place for unread in survey.unread] == ["public.blobs"]


def test_a_large_postgresql_table_is_sampled(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE big AS SELECT n, '163' || lpad(n::text, 8, '0') AS tel FROM generate_series(1, 100000) n"
        )
        connection.execute("ANALYZE big")
    survey = Survey()
    survey.add(DatabaseSource(url, rows=1_000), rows=1_000, scanner=SCANNER)
    (part,) = survey.parts
    assert 0 < part.rows <= 1_000
    assert part.total is not None
    assert part.total > 90_000
    assert [(f.column, f.share) for f in part.findings] == [("tel", 1.0)]


def test_mariadb(mariadb: MariaDbServer) -> None:
    database = mariadb.new_database()
    values = ", ".join(f"({n}, '{row['phone']}', '{row['id_number']}')" for n, row in enumerate(PEOPLE.to_dicts()))
    mariadb.run(
        "CREATE TABLE `Kunden` (id INT PRIMARY KEY, tel VARCHAR(20), sfz VARCHAR(18), pic BLOB)",
        f"INSERT INTO `Kunden` (id, tel, sfz) VALUES {values}",
        database=database,
    )
    survey = Survey()
    survey.add(DatabaseSource(mariadb.url(database), rows=100), rows=100, scanner=SCANNER)
    part = next(part for part in survey.parts if part.place == f"{database}.Kunden")
    assert {f.column: f.what and f.what.value for f in part.findings} == {"tel": "phone", "sfz": "resident_id"}
    assert (part.rows, part.key) == (100, "id")


WIDE = "CREATE TABLE {name} AS SELECT n, '163' || lpad(n::text, 8, '0') AS tel, repeat('x', 200) AS note FROM generate_series(1, {rows}) n"


def test_a_table_that_is_left_early_or_fails_hides_no_other(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        # Never analysed: it is read in its order, and left when enough rows have come.
        connection.execute(WIDE.format(name="a_large", rows=60_000))
        connection.execute("CREATE TABLE b_source AS SELECT 0 AS n")
        connection.execute("CREATE MATERIALIZED VIEW b_empty AS SELECT n FROM b_source WITH NO DATA")
        connection.execute(WIDE.format(name="c_last", rows=10))
    survey = Survey()
    survey.add(DatabaseSource(url, rows=1_000), rows=1_000, scanner=SCANNER)
    assert {part.place: part.rows for part in survey.parts} == {
        "public.a_large": 1_000, "public.b_source": 1, "public.c_last": 10,
    }  # fmt: skip
    assert [unread.place for unread in survey.unread] == ["public.b_empty"]


def test_a_whole_table_is_never_held_at_once(postgres: PostgresServer, mariadb: MariaDbServer) -> None:
    rows = 40_000
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WIDE.format(name="people", rows=rows))
    database = mariadb.new_database()
    mariadb.run(
        "CREATE TABLE people AS SELECT seq AS n, CONCAT('163', LPAD(seq, 8, '0')) AS tel, REPEAT('x', 200) AS note "
        f"FROM seq_1_to_{rows}",
        database=database,
    )
    for place, name in ((url, "public.people"), (mariadb.url(database), f"{database}.people")):
        for part in DatabaseSource(place, rows=0).parts():
            if part.place != name:
                continue
            assert isinstance(part, TablePart)
            heights = [(batch.height, batch.estimated_size()) for batch in part.batches()]
            assert sum(height for height, _ in heights) == rows
            assert len(heights) > 2
            assert max(size for _, size in heights) < 3 * BYTES_PER_FRAME


def test_a_table_that_takes_too_long_is_named_and_the_others_are_read(
    postgres: PostgresServer, mariadb: MariaDbServer
) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a_locked (n int)")
        connection.execute(WIDE.format(name="b_open", rows=10))
        with psycopg.connect(url) as holding:
            holding.execute("LOCK a_locked IN ACCESS EXCLUSIVE MODE")
            survey = Survey()
            survey.add(DatabaseSource(url, rows=0, timeout_seconds=1), rows=0, scanner=SCANNER)
    assert [part.place for part in survey.parts] == ["public.b_open"]
    [unread] = survey.unread
    assert (unread.place, "ran longer than it may" in unread.reason) == ("public.a_locked", True)
    slow = {
        url: "SELECT pg_sleep(30)::text AS slept",
        mariadb.url(mariadb.new_database()): "SELECT SLEEP(30) AS slept FROM seq_1_to_9",
    }
    for place, query in slow.items():
        with open_source(Source(name="crm", database=place, query=query, timeout_seconds=1)) as source:
            with pytest.raises(UnavailableError, match="source crm: the query ran longer than it may") as told:
                source.read(query)
            assert told.value.code == "source.timeout"
            assert "timeout_seconds" in told.value.hint
            assert source.read("SELECT 1 AS n")["n"].to_list() == ["1"], "the next query is answered"
