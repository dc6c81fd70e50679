"""The drill for a store in PostgreSQL: back up beside a writer, lose every database, restore, and nobody is back who was erased."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql
from tests.command_line import Done, require_one_clear_line
from tests.postgres_server import PostgresServer
from tests.scenarios.test_postgres_store import Suyuan, done, imported, looked_up, made, suyuan

from suyuan import app
from suyuan.adapters.postgres.snapshot import TABLES
from suyuan.app.backing_up import back_up
from suyuan.app.restoring import LOST
from suyuan.terms import PersonNumber

__all__ = ["suyuan"]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A store in two databases, and the people in it."""

    data: str
    keys: str
    people: pl.DataFrame

    def customer(self, row: int) -> str:
        return str(self.people["customer"][row])


@pytest.fixture
def shop(suyuan: Suyuan, postgres: PostgresServer) -> Shop:
    data, keys = postgres.new_database(), postgres.new_database()
    made(suyuan, "--postgres", data, "--postgres-keys", keys)
    for name in ("backup", "vault"):
        Path(name).mkdir()
    return Shop(data=data, keys=keys, people=imported(suyuan, 12))


def saved(suyuan: Suyuan, name: str) -> tuple[str, str]:
    pair = f"backup/{name}.data", f"vault/{name}.keys"
    done(suyuan, "backup", "--data", pair[0], "--keys", pair[1])
    return pair


def lose(shop: Shop) -> None:
    """Lose what lies in the databases, and the folder's settings with it."""
    for url in (shop.data, shop.keys):
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in schemas(url):
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    Path("store").rename(f"lost-{time.monotonic_ns()}")


def schemas(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'suyuan%' ORDER BY 1")
        return [name for (name,) in found]


def restored(suyuan: Suyuan, pair: tuple[str, str], *more: object, into: str = "store") -> Done:
    return suyuan("restore", "--data", pair[0], "--keys", pair[1], into, "--json", *more)


def name_shown(suyuan: Suyuan, customer: str, *, case: str) -> object:
    found = looked_up(suyuan, customer, case=case)
    return json.loads(found.out)["fields"]["name"] if found.code == 0 else found.code


def test_the_drill(suyuan: Suyuan, shop: Shop, postgres: PostgresServer) -> None:
    done(suyuan, "hold", "erase", shop.customer(2), "--yes")
    before = [name_shown(suyuan, shop.customer(row), case=f"P-{row}") for row in (0, 1, 2)]
    assert before[2] == 3
    pair = saved(suyuan, "one")
    for archive, kept in zip(pair, (("ledger", "data"), ("keys",)), strict=True):
        with tarfile.open(archive) as tar:
            tables = {name.split("/")[1] for name in tar.getnames() if name.startswith("postgres/")}
        assert tables == set(kept)
    lose(shop)
    data, keys = postgres.new_database(), postgres.new_database()
    back = restored(suyuan, pair, "--postgres", data, "--postgres-keys", keys)
    assert back.code == 0, back.err
    assert json.loads(back.out)["erased_again"] == 0
    assert (schemas(data), schemas(keys)) == (["suyuan", "suyuan_data"], ["suyuan_keys"])
    assert schemas(shop.data) == []
    assert suyuan("ledger", "fsck", "--store", "store").code == 0
    assert [name_shown(suyuan, shop.customer(row), case=f"P-{row}") for row in (0, 1, 2)] == before
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    # Numbers go on where they were: of persons, and of holds.
    done(suyuan, "hold", "freeze", shop.customer(3), "--hold", "court-7", "--reason", "an order")
    shop.people.head(1).with_columns(
        customer=pl.lit("C-NEW"), phone=pl.lit("+8616399991111"), email=pl.lit("n@example.org")
    ).write_csv("more.csv")
    assert done(suyuan, "collect", "import", "more.csv")["added"] == 1
    with app.open_reading(Path("store")) as reading:
        assert reading.people.all_persons().tolist() == [0, 1, *range(3, 13)]


def test_yesterdays_archives_bring_nobody_back(suyuan: Suyuan, shop: Shop) -> None:
    old = saved(suyuan, "old")
    done(suyuan, "hold", "erase", shop.customer(1), "--yes")
    new = saved(suyuan, "new")
    checkpoint = Path("published")
    checkpoint.write_bytes(Path("store/ledger/checkpoint").read_bytes())
    lose(shop)
    # Today's data and yesterday's keys: the ledger knows whom to erase again.
    back = restored(suyuan, (new[0], old[1]))
    assert (back.code, json.loads(back.out)["erased_again"]) == (0, 1), back.err
    assert name_shown(suyuan, shop.customer(1), case="P-1") == 3
    assert name_shown(suyuan, shop.customer(0), case="P-0") == shop.people["name"][0]
    lose(shop)
    # Yesterday's data and today's keys: her record is there again, and opens with nothing.
    refused = restored(suyuan, (old[0], new[1]), "--checkpoint", checkpoint)
    require_one_clear_line(refused, code=3)
    assert (schemas(shop.data), schemas(shop.keys)) == ([], [])
    back = restored(suyuan, (old[0], new[1]), "--checkpoint", checkpoint, "--accept-lost-entries")
    assert back.code == 0, back.err
    recovered = suyuan("ledger", "recover", "--checkpoint", f"store/{LOST}", "fire", "--store", "store")
    assert recovered.code == 0, recovered.err
    with app.open_store(Path("store")) as store:
        [record] = store.people.records([PersonNumber(1)])
        assert record.body
        assert store.broker.secrets_held([0, 1]).tolist() == [True, False]
    assert name_shown(suyuan, shop.customer(1), case="P-1") == 3
    assert name_shown(suyuan, shop.customer(0), case="P-0") == shop.people["name"][0]


def test_beside_a_writer_every_backup_restores(suyuan: Suyuan, shop: Shop, postgres: PostgresServer) -> None:
    stop, pairs = threading.Event(), list[tuple[str, str]]()

    def back_up_all() -> None:
        while not stop.is_set() and len(pairs) < 40:
            pair = f"backup/{len(pairs)}.data", f"vault/{len(pairs)}.keys"
            back_up(Path("store"), data=Path(pair[0]), keys=Path(pair[1]))
            pairs.append(pair)

    worker = threading.Thread(target=back_up_all)
    worker.start()
    with app.open_store(Path("store")) as store:
        for person in range(10):
            store.broker.draw_pool(rows=16, lanes=2)
            store.eraser.erase(PersonNumber(person))
            store.broker.enrol(5)
            store.registrar.enrol_pending()
            store.ledger.seal(closing=True)
            store.publish()
    stop.set()
    worker.join()
    assert len(pairs) > 2
    for number, pair in enumerate(pairs[:: max(1, len(pairs) // 3)]):
        data, keys = postgres.new_database(), postgres.new_database()
        back = restored(suyuan, pair, "--postgres", data, "--postgres-keys", keys, into=f"back{number}")
        assert back.code == 0, back.err
        with app.open_store(Path(f"back{number}")) as store:
            erased = [entry for _, entry in store.ledger.entries() if entry.body.op == "erase"]
            assert int((~store.broker.secrets_held(range(12))).sum()) >= len(erased)


def test_nothing_is_written_over_and_a_drill_has_schemas_of_its_own(suyuan: Suyuan, shop: Shop) -> None:
    pair = saved(suyuan, "one")
    refused = restored(suyuan, pair, into="again")
    require_one_clear_line(refused, code=3)
    assert "something in it already" in refused.err
    assert not [path for path in Path("again").iterdir() if not path.name.startswith(".")]
    assert schemas(shop.data) == ["suyuan", "suyuan_data"]
    with psycopg.connect(shop.data, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA suyuan_drill_data; COMMENT ON SCHEMA suyuan_drill_data IS 'mine'")
    drill = restored(suyuan, pair, "--schema", "suyuan_drill", into="drill")
    assert drill.code == 0, drill.err
    assert suyuan("ledger", "fsck", "--store", "drill").code == 0
    assert schemas(shop.data) == ["suyuan", "suyuan_data", "suyuan_drill", "suyuan_drill_data"]
    with psycopg.connect(shop.data) as connection:
        found = connection.execute("SELECT obj_description('suyuan_drill_data'::regnamespace, 'pg_namespace')")
        assert found.fetchone() == ("mine",)
    assert name_shown(suyuan, shop.customer(0), case="P-0") == shop.people["name"][0]
    # What somebody else has put where a restore works for a while stays as well.
    with psycopg.connect(shop.data, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA suyuan_two_restoring")
    refused = restored(suyuan, pair, "--schema", "suyuan_two", into="two")
    require_one_clear_line(refused, code=3)
    assert "suyuan_two_restoring" in schemas(shop.data)
    assert "suyuan_two_data_restoring" not in schemas(shop.data)


def test_the_same_database_for_keys_is_refused(suyuan: Suyuan, shop: Shop) -> None:
    pair = saved(suyuan, "one")
    lose(shop)
    refused = restored(suyuan, pair, "--postgres-keys", shop.data)
    require_one_clear_line(refused, code=3)
    assert "very database" in refused.err
    assert (schemas(shop.data), schemas(shop.keys)) == ([], [])


def test_a_killed_restore_is_begun_again(suyuan: Suyuan, shop: Shop) -> None:
    pair = saved(suyuan, "one")
    lose(shop)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "suyuan", "restore", "--data", pair[0], "--keys", pair[1], "store"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
        while process.poll() is None and not any("restoring" in name for name in schemas(shop.data)):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert all("restoring" in name for name in schemas(shop.data))
        eventually(lambda: idle(shop.data))
    back = restored(suyuan, pair)
    assert back.code == 0, back.err
    assert (schemas(shop.data), schemas(shop.keys)) == (["suyuan", "suyuan_data"], ["suyuan_keys"])
    assert name_shown(suyuan, shop.customer(0), case="P-0") == shop.people["name"][0]


def idle(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'suyuan' AND datname = current_database()"
        ).fetchone()
    return found == (0,)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_that_is_down_and_a_role_without_rights(
    suyuan: Suyuan, shop: Shop, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = saved(suyuan, "one")
    down = shop.data.replace("host=", "host=%2Fnowhere")
    refused = restored(suyuan, pair, "--postgres", down, into="again")
    require_one_clear_line(refused, code=5)
    assert "does not answer" in refused.err
    data, keys = postgres.new_database(), postgres.new_database()
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    monkeypatch.setenv("PGPASSWORD", "poor")
    try:
        poor = [url.replace("suyuan@", "poor@") for url in (data, keys)]
        refused = restored(suyuan, pair, "--postgres", poor[0], "--postgres-keys", keys, into="again")
        require_one_clear_line(refused, code=5)
        assert "lacks a right" in refused.err
        settings = Path("store/suyuan.toml")
        settings.write_text(settings.read_text().replace(shop.data, shop.data.replace("suyuan@", "poor@")))
        refused = suyuan("backup", "--data", "backup/two.data", "--keys", "vault/two.keys", "--store", "store")
        require_one_clear_line(refused, code=5)
        assert not [*Path("backup").glob("two*"), *Path("vault").glob("two*")]
    finally:
        with psycopg.connect(data, autocommit=True) as connection:
            connection.execute("DROP ROLE poor")
    assert not [path for path in Path("again").iterdir() if not path.name.startswith(".")]


def test_prepared_schemas_are_filled_and_keep_owner_and_rights(
    suyuan: Suyuan, shop: Shop, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = saved(suyuan, "one")
    data, keys = postgres.new_database(), postgres.new_database()
    for url, more in ((data, ()), (keys, ("--postgres-keys", keys))):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(suyuan("init", "--sql-only", *more).out.encode())
            connection.execute("ALTER ROLE suyuan_app LOGIN PASSWORD 'least'")
    lose(shop)
    back = restored(suyuan, pair, "--postgres", data, "--postgres-keys", keys)
    assert back.code == 0, back.err
    monkeypatch.setenv("PGPASSWORD", "least")
    settings = Path("store/suyuan.toml")
    settings.write_text(settings.read_text().replace("suyuan@", "suyuan_app@"))
    assert name_shown(suyuan, shop.customer(0), case="P-0") == shop.people["name"][0]
    assert suyuan("ledger", "fsck", "--store", "store").code == 0
    done(suyuan, "hold", "erase", shop.customer(1), "--yes")
    # And a backup needs no more rights than the store itself.
    saved(suyuan, "least")


def test_an_older_schema_and_parts_of_two_kinds(suyuan: Suyuan, postgres: PostgresServer) -> None:
    data = postgres.new_database()
    made(suyuan, "--postgres", data)
    for name in ("backup", "vault"):
        Path(name).mkdir()
    people = imported(suyuan, 5)
    done(suyuan, "hold", "freeze", people["customer"][1], "--hold", "court-7", "--reason", "an order")
    done(suyuan, "hold", "migrate", "--step-back")
    pair = saved(suyuan, "one")
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute("DROP SCHEMA suyuan CASCADE; DROP SCHEMA suyuan_data CASCADE")
    Path("store").rename("lost")
    refused = restored(suyuan, pair, "--postgres-keys", data)
    require_one_clear_line(refused, code=3)
    assert "in files" in refused.err
    back = restored(suyuan, pair)
    assert back.code == 0, back.err
    assert [path.name for path in Path("store").glob("*.db")] == ["keys.db"]
    assert len(done(suyuan, "hold", "freeze", people["customer"][1])["holds"]) == 1


def test_an_altered_table_restores_nothing(suyuan: Suyuan, shop: Shop) -> None:
    pair = saved(suyuan, "one")
    lose(shop)
    with tarfile.open(pair[0]) as tar:
        member = tar.getmember("postgres/data/record.copy")
    archive = Path(pair[0])
    whole = bytearray(archive.read_bytes())
    whole[member.offset_data + member.size // 2] ^= 1
    archive.write_bytes(whole)
    refused = restored(suyuan, pair)
    assert refused.code == 4
    assert (schemas(shop.data), schemas(shop.keys)) == ([], [])


def test_every_table_of_ours_is_copied(shop: Shop) -> None:
    for url, schema, what in (
        (shop.data, "suyuan", "ledger"), (shop.data, "suyuan_data", "people"), (shop.keys, "suyuan_keys", "keys")
    ):  # fmt: skip
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,))
            assert {name for (name,) in found} == TABLES[what]
