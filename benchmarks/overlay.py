"""An overlay export of a table in PostgreSQL and in MariaDB, beside the bare query and beside a file of the same rows.

    PYTHONPATH=src:. python benchmarks/overlay.py [rows]

Each server is one of its own on this machine, with its defaults. Per server, in this process: the floor, which is the
query read to its end by the driver and thrown away; the query read into columns of text, as the export reads it; for
MariaDB also connectorx, which this project does not use (docs/adr/0095). Then, as a command in a process of its own,
`release export --from`, which enrols everybody it has not met, and the same rows from a CSV file, whose persons are then known. CPU is that of the client: the server's is not counted.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pymysql
from measured import COLUMNS, Used, command, machine, make_store, measured, people
from pymysql.cursors import SSCursor
from tests.mariadb_server import running_mariadb
from tests.postgres_server import running_server

from suyuan.adapters.sources import open_source
from suyuan.collect.source import Source

QUERY = f"SELECT {', '.join(COLUMNS)} FROM customers"
EXPORT = ("--to", "acme", "--purpose", "fulfilment", "--contract", "C-1")
TABLE = (
    "CREATE TABLE customers (customer varchar(20), name varchar(80), phone varchar(40), email varchar(120),"
    " address varchar(400))"
)


def told(name: str, *, used: Used, bare: Used, rows: int) -> None:
    print(
        f"{name:34} {used}   {rows / used.cpu:10,.0f} rows a CPU second  {used.cpu / bare.cpu:6.1f} x the bare query",
        flush=True,
    )


@contextmanager
def postgres(rows: list[tuple[str | None, ...]]) -> Iterator[tuple[str, Callable[[], object]]]:
    with running_server() as server:
        url = server.new_database()
        with psycopg.connect(url) as connection:
            connection.execute(TABLE.encode())
            with connection.cursor().copy(f"COPY customers ({', '.join(COLUMNS)}) FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)

        def bare() -> None:
            with (
                psycopg.connect(url) as connection,
                connection.cursor().copy(f"COPY ({QUERY}) TO STDOUT".encode()) as copy,
            ):
                for _ in copy:
                    pass

        yield url, bare


@contextmanager
def mariadb(rows: list[tuple[str | None, ...]]) -> Iterator[tuple[str, Callable[[], object]]]:
    with running_mariadb() as server:
        name = server.new_database()
        server.run(TABLE + " CHARACTER SET utf8mb4", database=name)

        def line() -> pymysql.Connection:
            return pymysql.connect(unix_socket=str(server.socket), user="suyuan", database=name, charset="utf8mb4")

        with line() as connection, connection.cursor() as cursor:
            for start in range(0, len(rows), 5_000):
                cursor.executemany("INSERT INTO customers VALUES (%s, %s, %s, %s, %s)", rows[start : start + 5_000])
            cursor.execute("COMMIT")

        def bare() -> None:
            with line() as connection, connection.cursor(SSCursor) as cursor:
                cursor.execute(QUERY)
                while cursor.fetchmany(10_000):
                    pass

        yield server.url(name), bare


def read(url: str) -> None:
    with open_source(Source(name="customers", database=url, query=QUERY)) as database:
        database.read(QUERY)


def by_connectorx(url: str) -> None:
    import connectorx

    socket = url.partition("unix_socket=")[2]
    connectorx.read_sql(f"{url.partition('?')[0]}?socket={socket}", QUERY, return_type="arrow")


def run(name: str, *, url: str, bare: Callable[[], object], folder: Path, source: Path, rows: int) -> None:
    store = make_store(folder)
    (store / "policy/sources.toml").write_text(f'[customers]\ndatabase = "{url}"\nquery = "{QUERY}"\n')
    floor = measured(bare)
    told(f"{name}: bare query", used=floor, bare=floor, rows=rows)
    told(f"{name}: read into columns", used=measured(lambda: read(url)), bare=floor, rows=rows)
    if url.startswith("mysql"):
        told(f"{name}: connectorx, typed", used=measured(lambda: by_connectorx(url)), bare=floor, rows=rows)
    main = ("-P", "-m", "suyuan", "release", "export", *EXPORT, "--store", str(store))
    used = command((*main, "--from", "customers", "-o", str(folder / "out.csv")))
    told(f"{name}: export, everybody new", used=used, bare=floor, rows=rows)
    used = command((*main, str(source), "-o", str(folder / "again.csv")))
    told(f"{name}: from a file, all known", used=used, bare=floor, rows=rows)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(machine())
    frame = people(rows)
    print(f"{rows:,} rows of {len(COLUMNS)} columns")
    for name, server in (("PostgreSQL", postgres), ("MariaDB", mariadb)):
        with tempfile.TemporaryDirectory() as folder, server(frame.rows()) as (url, bare):
            source = Path(folder) / "people.csv"
            frame.write_csv(source)
            run(name, url=url, bare=bare, folder=Path(folder), source=source, rows=rows)


if __name__ == "__main__":
    main()
