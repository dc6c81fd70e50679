"""What `ask` gives of a PostgreSQL server is what `connection.execute` gives, errors and lost sessions among it."""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest
from tests.postgres_server import PostgresServer

from suyuan.adapters.postgres.arrays import teach
from suyuan.adapters.postgres.asking import ask
from suyuan.adapters.postgres.failure import is_lost
from suyuan.adapters.postgres.session import Connection


@pytest.fixture
def connection(postgres: PostgresServer) -> Iterator[Connection]:
    with Connection.connect(postgres.new_database(), autocommit=True) as made:
        teach(made)
        made.execute(b"CREATE TABLE held (person bigint, body bytea, name text)")
        made.execute(
            b"INSERT INTO held SELECT i, decode(repeat('ab', i), 'hex'), CASE WHEN i %% 3 > 0 THEN '\xe5\xbc\xa0%%' || i END "
            b"FROM generate_series(0, 99) AS i",
            (),
        )
        yield made


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (b"SELECT 1", ()),
        (b"SELECT person FROM held WHERE false", ()),
        (b"SELECT * FROM held WHERE person = ANY(%b::bigint[]) ORDER BY person", (np.array([3, 9, 4]),)),
        (b"SELECT name, %b::text, body FROM held WHERE name LIKE '%%5' AND person > %b ORDER BY person", (None, 7)),
        (b"SELECT ARRAY(SELECT person FROM held WHERE name = %b OR body = %b)", ("张%4", b"\xab\xab")),
    ],
)
def test_the_answer_is_the_same(connection: Connection, text: bytes, parameters: tuple[object, ...]) -> None:
    expected = connection.execute(text, parameters, binary=True).fetchall()
    for _ in range(3):
        assert ask(connection, text, parameters) == expected
    assert len(connection.prepared) == 1


def test_parameters_of_other_types_are_another_statement(connection: Connection) -> None:
    assert ask(connection, b"SELECT %b", (1,)) == [(1,)]
    assert ask(connection, b"SELECT %b", ("one",)) == [("one",)]
    assert ask(connection, b"SELECT %b", (2,)) == [(2,)]


def test_it_sees_its_own_transaction_and_tells_the_server_s_refusal(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(connection, b"SELECT * FROM nothing")
    with connection.transaction(force_rollback=True):
        connection.execute(b"DELETE FROM held")
        assert ask(connection, b"SELECT count(*) FROM held") == [(0,)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            ask(connection, b"SELECT 1 / count(*) FROM held")
    assert ask(connection, b"SELECT count(*) FROM held") == [(100,)]


def test_it_answers_after_psycopg_has_forgotten_every_statement_of_the_session(connection: Connection) -> None:
    text = b"SELECT count(*) FROM held WHERE person < %b"
    for _ in range(2):
        assert ask(connection, text, (7,)) == [(7,)]
        for _ in range(10):  # Psycopg prepares it too, and at a transaction's end that fails has the server forget all.
            connection.execute(text, (7,))
        with connection.transaction(force_rollback=True):
            connection.execute(b"DELETE FROM held")
        assert not connection.execute(b"SELECT name FROM pg_prepared_statements").fetchall()
    with connection.transaction():
        assert ask(connection, text, (7,)) == [(7,)]


def test_a_lost_session_is_told_as_such(connection: Connection) -> None:
    with pytest.raises(psycopg.OperationalError) as lost:
        ask(connection, b"SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_lost(lost.value)
    with pytest.raises(psycopg.OperationalError) as closed:
        ask(connection, b"SELECT 1")
    assert is_lost(closed.value)
