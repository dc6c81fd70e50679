"""Columns reach PostgreSQL as they are, whatever is in them."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres_server import PostgresServer

from suyuan.adapters.postgres.arrays import columns, teach

TEXT = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=20)


@pytest.fixture(scope="module")
def address(postgres: PostgresServer) -> str:
    return postgres.new_database()


@given(
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=300), TEXT, st.none() | st.integers(0, 9)),
        min_size=1, max_size=40,
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(address: str, rows: list[tuple[int, bytes, str, int | None]]) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        teach(connection)
        text = b"SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::text[], %b::bigint[])"
        assert connection.execute(text, columns(rows), binary=True).fetchall() == rows


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
def test_a_text_that_no_database_can_hold_is_refused_by_the_library(address: str, text: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        teach(connection)
        with pytest.raises((psycopg.DataError, UnicodeEncodeError)):
            connection.execute(b"SELECT * FROM unnest(%b::text[])", columns([(text,)]))
