"""A store whose ledger is in PostgreSQL, through the command line: from making it to the proof, and every way it can fail."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg import sql
from tests.command_line import Done, require_one_clear_line, run_here
from tests.postgres_server import PostgresServer

from suyuan.simulation import invent_people

CLERK = "clerk-07"
PERSONS, SHOWN = 60, 12
SECRET = "correct horse battery staple"

Suyuan = Callable[..., Done]


@pytest.fixture
def suyuan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    """Run a verb in a folder of its own, whose home it is as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: run_here(capsys, *arguments)


def test_a_leak_is_traced_and_proved_from_a_ledger_in_postgresql(suyuan: Suyuan, postgres: PostgresServer) -> None:
    here = ("--store", "store", "--json")

    def result(*arguments: object) -> Any:
        done = suyuan(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    where = ("--ledger", postgres.url("postgres"), "--ledger-schema", postgres.new_schema())
    result("init", "store", "--passphrase-file", "passphrase", *where, "--json")
    assert not list(Path("store").glob("ledger.db*"))
    people = invent_people(PERSONS, seed=7).drop("updated")
    people.write_csv("customers.csv")
    assert result("collect", "import", "customers.csv", *here)["added"] == PERSONS
    customers = people["customer"].head(SHOWN).to_list()
    write_cases(customers)
    assert result("collect", "cases", "cases.csv", *here)["cases"] == SHOWN

    shown: list[dict[str, str]] = []
    for customer in customers:
        asked = (customer, "--account", CLERK, "--purpose", "delivery", "--case", f"P-{customer}")
        shown.append(result("release", "lookup", *asked, *here)["fields"])
    people.select("customer", "name", "phone", "address").write_csv("rows.csv")
    export = ("rows.csv", "--to", "courier", "--contract", "C-1", "--purpose", "fulfilment", "-o", "marked.csv")
    result("release", "export", *export, *here)
    assert pl.read_csv("marked.csv").height == PERSONS

    pl.DataFrame(shown).select("phone", "address", "name").write_csv("found.csv")
    traced = result("trace", "dump", "found.csv", "--exact-only", "--bundle", "found.suyuan", *here)
    assert traced["named"] == [{"kind": "account", "id": CLERK}]
    verified = result("verify", "found.suyuan", "--dump", "found.csv", "--json")
    assert [(one["recipient"]["id"], one["named"]) for one in verified["accused"]] == [(CLERK, True)]

    whole = result("ledger", "verify", *here)
    assert (whole["size"], whole["unpublished"]) == (result("status", *here)["ledger_entries"], 0)
    assert "up to date" in suyuan("init", "store").out


def test_every_verb_of_the_ledger_works_there(suyuan: Suyuan, postgres: PostgresServer) -> None:
    made(suyuan, postgres)
    people = [{"customer": f"K-{n}", "name": "Ann Lee", "phone": f"1381111222{n}"} for n in range(3)]
    pl.DataFrame(people).write_csv("people.csv")
    verbs: tuple[tuple[object, ...], ...] = (
        ("collect", "import", "people.csv"),
        ("ledger", "seal", "--close"),
        ("hold", "erase", "K-1", "--yes"),
        ("ledger", "account", "K-2", "--out", "account.suyuan"),
        ("ledger", "rotate", "second"),
        ("ledger", "rebuild"),
        ("ledger", "fsck"),
        ("ledger", "show"),
        ("ledger", "verify"),
    )
    for verb in verbs:
        done = suyuan(*verb, "--store", "store")
        assert done.code == 0, (verb, done.err)
    assert suyuan("verify", "account.suyuan").code == 0


def test_shards_and_a_loss_are_carried_through_there(suyuan: Suyuan, postgres: PostgresServer) -> None:
    schema = made(suyuan, postgres)
    pl.DataFrame([{"customer": f"K-{n}", "name": "Ann Lee", "phone": f"1381111222{n}"} for n in range(3)]).write_csv(
        "people.csv"
    )

    def run(*arguments: object, code: int = 0) -> str:
        done = suyuan(*arguments, "--store", "store")
        assert done.code == code, (arguments, done.out, done.err)
        return done.err

    run("collect", "import", "people.csv")
    for name in ("2027", "2028"):
        run("ledger", "rotate", name)
    assert "a shard's already" in run("ledger", "rotate", "2028", code=3)
    tables = ("entries", "sides", "named", "latest", "pools", "registered")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        here, kept = sql.Identifier(schema), sql.Identifier(f"{schema}_kept")
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(kept))
        for name in map(sql.Identifier, tables):
            connection.execute(sql.SQL("CREATE TABLE {0}.{2} AS TABLE {1}.{2}").format(kept, here, name))
        run("ledger", "account", "K-1", "--out", "before.suyuan")
        # The database is restored from an older copy, by somebody who may switch the triggers off.
        for name in map(sql.Identifier, reversed(tables)):
            connection.execute(sql.SQL("ALTER TABLE {}.{} DISABLE TRIGGER ALL").format(here, name))
            connection.execute(sql.SQL("DELETE FROM {}.{}").format(here, name))
        for name in map(sql.Identifier, tables):
            connection.execute(sql.SQL("INSERT INTO {1}.{2} SELECT * FROM {0}.{2}").format(kept, here, name))
    assert "an older copy was restored" in run("collect", "import", "people.csv", code=4)
    run("ledger", "recover", "--checkpoint", "store/ledger/checkpoint", "found")
    assert "nothing is lost" in run("ledger", "recover", "--checkpoint", "store/ledger/checkpoint", "again", code=3)
    run("ledger", "verify")
    run("ledger", "fsck")
    run("ledger", "account", "K-1", "--out", "after.suyuan")
    for name in ("before.suyuan", "after.suyuan"):
        assert suyuan("verify", name).code == 0


def write_cases(customers: list[str]) -> None:
    rows = [
        {"case": f"P-{customer}", "account": CLERK, "customer": customer, "opened": "2026-01-01", "closed": ""}
        for customer in customers
    ]
    pl.DataFrame(rows).write_csv("cases.csv")


@pytest.fixture
def role(postgres: PostgresServer) -> str:
    """A role with a password and no rights of its own, but the one to make a schema."""
    name = postgres.new_schema().replace("schema", "role")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(SECRET))
        )
        connection.execute(sql.SQL("GRANT CREATE ON DATABASE postgres TO {}").format(sql.Identifier(name)))
    return name


def password_file(text: str, *, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pgpass").write_text(text)
    Path("pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(Path("pgpass").absolute()))


def test_the_password_comes_from_libpq_and_is_never_printed(
    suyuan: Suyuan, postgres: PostgresServer, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--ledger", postgres.url("postgres", user=role), "--ledger-schema", postgres.new_schema())
    for text in ("", f"*:*:*:{role}:another {SECRET}"):
        password_file(text, monkeypatch=monkeypatch)
        done = suyuan("init", "store", "--passphrase-file", "passphrase", *where)
        require_one_clear_line(done, code=5)
        assert "does not let this role in" in done.err
        assert SECRET not in done.err
        assert not Path("store").exists()
    password_file(f"*:*:*:{role}:{SECRET}", monkeypatch=monkeypatch)
    assert suyuan("init", "store", "--passphrase-file", "passphrase", *where).code == 0
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    kept = [path.read_bytes() for path in Path("store").rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in content for content in kept)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://clerk:{SECRET.replace(' ', '%20')}@db.example/shop", "with a password"),
        (f"postgresql://clerk@db.example/shop?password={SECRET.replace(' ', '%20')}", "with a password"),
        (f"postgresql://clerk@db.example/shop?sslpassword={SECRET.replace(' ', '%20')}", "with a password"),
        (f"postgresql://clerk:{SECRET}@db.example:port:port/shop?nothing", "not given as libpq reads it"),
        ("postgresql://clerk@db.example/shop?no_such_option=1", "not given as libpq reads it"),
        ("mysql://clerk@db.example/shop", "no postgresql:// URL"),
    ],
)
def test_an_address_that_is_none_or_tells_a_secret_is_refused(suyuan: Suyuan, url: str, said: str) -> None:
    done = suyuan("init", "store", "--passphrase-file", "passphrase", "--ledger", url)
    require_one_clear_line(done, code=3)
    assert said in done.err
    assert "horse" not in done.err
    assert not Path("store").exists()


def test_a_server_database_or_right_that_is_missing_is_told(
    suyuan: Suyuan, postgres: PostgresServer, role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("REVOKE CREATE ON DATABASE postgres FROM {}").format(sql.Identifier(role)))
    for url, said in (
        (f"postgresql:///shop?host={tmp_path}", "does not answer"),
        ("postgresql://127.0.0.1:1/shop", "does not answer"),
        (postgres.url("no_such_database"), "no such database"),
        (postgres.url("postgres", user="nobody_of_that_name"), "does not let this role in"),
        (postgres.url("postgres", user=role), "lacks a right"),
    ):
        done = suyuan("init", "store", "--passphrase-file", "passphrase", "--ledger", url)
        require_one_clear_line(done, code=5)
        assert said in done.err
        assert SECRET not in done.err
        assert not Path("store").exists()


def made(suyuan: Suyuan, postgres: PostgresServer) -> str:
    schema = postgres.new_schema()
    where = ("--ledger", postgres.url("postgres"), "--ledger-schema", schema)
    assert suyuan("init", "store", "--passphrase-file", "passphrase", *where).code == 0
    return schema


def test_a_failed_init_leaves_no_schema(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.app import founding

    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    schema = postgres.new_schema()
    where = ("--ledger", postgres.url("postgres"), "--ledger-schema", schema)
    with monkeypatch.context() as patched:
        patched.setattr(founding.os, "rename", failing)
        require_one_clear_line(suyuan("init", "store", "--passphrase-file", "passphrase", *where), code=5)
    with psycopg.connect(postgres.url("postgres")) as connection:
        found = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema]).fetchall()
    assert (found, Path("store").exists()) == ([], False)
    assert suyuan("init", "store", "--passphrase-file", "passphrase", *where).code == 0
    # A second store never takes the ledger of the first, nor takes it away.
    require_one_clear_line(suyuan("init", "other", "--passphrase-file", "secret", *where), code=3)
    assert suyuan("ledger", "verify", "--store", "store").code == 0


def test_a_ledger_that_was_lost_or_cut_is_noticed(suyuan: Suyuan, postgres: PostgresServer) -> None:
    schema = made(suyuan, postgres)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", [schema])
        connection.execute("ALTER TABLE entries DISABLE TRIGGER entries_stay")
        connection.execute("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)")
        verified = suyuan("ledger", "verify", "--store", "store")
        require_one_clear_line(verified, code=4)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    for verb in (("ledger", "verify"), ("status",)):
        done = suyuan(*verb, "--store", "store")
        require_one_clear_line(done, code=5)
        assert "there is no ledger here" in done.err
    # It is not begun anew by itself, in the database or in a file.
    pl.DataFrame({"customer": ["K-1"], "phone": ["13811112222"]}).write_csv("one.csv")
    require_one_clear_line(suyuan("collect", "import", "one.csv", "--store", "store"), code=5)
    assert not list(Path("store").glob("ledger.db*"))


def test_the_page_gives_a_writer_only_the_rights_it_needs(
    suyuan: Suyuan, postgres: PostgresServer, repository: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """The statements of the page are run: the tables go to their keeper, and suyuan still writes and reads."""
    page = (repository / "docs/how-to/ledger-on-postgresql.md").read_text(encoding="utf-8")
    (rights,) = [block for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "OWNER TO keeper" in block]
    schema = made(suyuan, postgres)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE keeper")
        statements = rights.replace("suyuan_writer", role).replace("SCHEMA suyuan", f"SCHEMA {schema}")
        connection.execute(statements.replace("suyuan.", f"{schema}.").encode())
    settings = Path("store/suyuan.toml")
    settings.write_text(settings.read_text().replace("://suyuan@", f"://{role}@"))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    pl.DataFrame({"customer": ["K-1"], "phone": ["13811112222"]}).write_csv("one.csv")
    assert suyuan("collect", "import", "one.csv", "--store", "store").code == 0
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    with psycopg.connect(postgres.url("postgres", user=role), autocommit=True) as connection:
        for statement in (
            "UPDATE entries SET leaf = ''",
            "DROP TABLE entries",
            "ALTER TABLE entries DISABLE TRIGGER ALL",
        ):
            connection.execute("SELECT set_config('search_path', %s, false)", [schema])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_a_missing_driver_is_told(suyuan: Suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is an extra: without it a store whose ledger is a file works, and this one says what to install."""
    monkeypatch.setitem(sys.modules, "suyuan.adapters.postgres.address", None)
    done = suyuan("init", "store", "--passphrase-file", "passphrase", "--ledger", "postgresql:///shop")
    require_one_clear_line(done, code=5)
    assert "suyuan[postgres]" in done.err
    assert suyuan("init", "store", "--passphrase-file", "passphrase").code == 0
