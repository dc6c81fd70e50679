"""One grant, four readings: the closure, the predicate, SQLite and PostgreSQL choose the same cases."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.postgres_server import PostgresServer

from suyuan.errors import RefusedError
from suyuan.hold.predicate import EVERYTHING, NOTHING, Attribute, CaseColumn, Comparison, Operator, Predicate
from suyuan.release.acts import Act, Showing, Shown
from suyuan.release.grants import Ask, Condition, Grant, Grants
from suyuan.release.grants.grant import FromAccount, FromNow, Term
from suyuan.terms import FieldName, PurposeName, RoleName

NOW = datetime(2027, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROLES = tuple(RoleName(name) for name in ("courier", "clerk", "chief"))
PURPOSES = tuple(PurposeName(name) for name in ("delivery", "service"))
ATTRIBUTES = ("id", "outlet", "regions", "nothing")

# What a platform's queues may be called: quotes, percent signs, question marks, Han, emoji, nothing, two spellings.
TEXT = st.one_of(
    st.sampled_from(
        ["", "HZ-1", "hz-1", "HZ-1 ", "O'Hare", '"q"', "100%", "%s", "?", "华东", "😀", "é", "\u0065\u0301", "\\"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)
TIME = st.integers(-40, 40).map(lambda hours: NOW + timedelta(hours=hours, microseconds=hours * 397))
ROW = st.fixed_dictionaries(
    {
        "queue": st.none() | TEXT,
        "region": st.none() | TEXT,
        "account": TEXT,
        "opened": TIME,
        "closed": st.none() | TIME,
    }
)


def conditions() -> st.SearchStrategy[Condition]:
    """Draw conditions that a policy file could hold."""
    texts = st.sampled_from([c for c in CaseColumn if not c.is_time])
    times = st.sampled_from([c for c in CaseColumn if c.is_time])
    signs = st.sampled_from([o for o in Operator if o is not Operator.IN])
    equal = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
    term: st.SearchStrategy[Term] = TEXT | st.sampled_from(ATTRIBUTES).map(FromAccount)
    listed: st.SearchStrategy[Term] = st.lists(TEXT, max_size=3).map(tuple) | st.sampled_from(ATTRIBUTES).map(
        FromAccount
    )
    when: st.SearchStrategy[Term] = TIME | st.integers(-40, 40).map(lambda h: FromNow(timedelta(hours=h)))
    return st.one_of(
        st.builds(Condition, texts, equal, term),
        st.builds(Condition, texts, st.just(Operator.IN), listed),
        st.builds(Condition, times, signs, when),
    )


def grants() -> st.SearchStrategy[tuple[Grant, ...]]:
    """Draw tables of grants."""
    shown = {FieldName("name"): Shown(Showing.CLEAR)}
    one = st.builds(
        lambda role, purpose, where: (role, purpose, tuple(where)),
        st.sampled_from(ROLES),
        st.sampled_from(PURPOSES),
        st.lists(conditions(), max_size=3),
    )
    return st.lists(one, min_size=1, max_size=5).map(
        lambda rows: tuple(
            Grant(
                number=place,
                role=role,
                purpose=purpose,
                acts=frozenset({Act.LIST, Act.LOOKUP}),
                fields=shown,
                where=where,
                defaults={"outlet": "HZ-1"} if place % 2 else {},
            )
            for place, (role, purpose, where) in enumerate(rows, start=1)
        )
    )


ACCOUNT = st.fixed_dictionaries(
    {"id": TEXT},
    optional={
        "outlet": TEXT | st.lists(TEXT, max_size=2).map(tuple) | st.just("bad\0text") | st.just("half \ud800"),
        "regions": TEXT | st.just("HZ-1, 华东") | st.lists(TEXT, max_size=3).map(tuple),
    },
)


def asked(roles: frozenset[RoleName], account: Mapping[str, Attribute], row: Mapping[str, Attribute]) -> Ask:
    return Ask(roles=roles, purpose=PURPOSES[0], act=Act.LIST, now=NOW, account=account, case=row)


def stored(row: Mapping[str, Attribute]) -> tuple[str | int | None, ...]:
    """Give a row as both stores keep it: times are whole milliseconds, rounded down."""
    return tuple(
        (value - EPOCH) // timedelta(milliseconds=1) if isinstance(value, datetime) else value  # type: ignore[misc]
        for value in (row[column.value] for column in CaseColumn)
    )


TABLE = "CREATE TEMPORARY TABLE linked (number INTEGER, queue TEXT, region TEXT, account TEXT, opened BIGINT, closed BIGINT)"


def sqlite_chooses(predicate: Predicate, rows: Sequence[Mapping[str, Attribute]]) -> list[int]:
    database = sqlite3.connect(":memory:")
    try:
        database.execute(TABLE)
        database.executemany("INSERT INTO linked VALUES (?,?,?,?,?,?)", [(n, *stored(r)) for n, r in enumerate(rows)])
        condition, values = predicate.sql("qmark")
        found = database.execute(f"SELECT number FROM linked WHERE {condition} ORDER BY number", values)
        return [number for (number,) in found]
    finally:
        database.close()


CASES = st.tuples(
    grants(), st.frozensets(st.sampled_from(ROLES), max_size=3), ACCOUNT, st.lists(ROW, min_size=1, max_size=8)
)


@settings(max_examples=400, deadline=None)
@given(drawn=CASES)
def test_closure_predicate_and_sqlite_agree(
    drawn: tuple[tuple[Grant, ...], frozenset[RoleName], Mapping[str, Attribute], list[Mapping[str, Attribute]]],
) -> None:
    table, roles, account, rows = drawn
    compiled = Grants(table)
    decided = [n for n, row in enumerate(rows) if compiled.decide(asked(roles, account, row)).grant is not None]
    predicate = compiled.where(asked(roles, account, {}))
    assert decided == [n for n, row in enumerate(rows) if predicate.matches(row)]
    assert decided == sqlite_chooses(predicate, rows)


@pytest.fixture(scope="module")
def session(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """Give one session of PostgreSQL whose table sorts its texts by a language, not by code point."""
    with psycopg.connect(postgres.new_database(), autocommit=True) as connection:
        connection.execute(TABLE.replace("region TEXT", 'region TEXT COLLATE "und-x-icu"'))
        yield connection


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=CASES)
def test_postgres_agrees(
    session: psycopg.Connection,
    drawn: tuple[tuple[Grant, ...], frozenset[RoleName], Mapping[str, Attribute], list[Mapping[str, Attribute]]],
) -> None:
    table, roles, account, rows = drawn
    predicate = Grants(table).where(asked(roles, account, {}))
    session.execute("TRUNCATE linked")
    with session.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO linked VALUES (%s,%s,%s,%s,%s,%s)", [(n, *stored(r)) for n, r in enumerate(rows)]
        )
        condition, values = predicate.sql("format")
        cursor.execute(f"SELECT number FROM linked WHERE {condition} ORDER BY number", values)
        chosen = [number for (number,) in cursor.fetchall()]
    assert chosen == [n for n, row in enumerate(rows) if predicate.matches(row)]


def test_everything_and_nothing() -> None:
    rows: list[Mapping[str, Attribute]] = [
        {"queue": None, "region": None, "account": "a", "opened": NOW, "closed": None}
    ]
    assert (sqlite_chooses(EVERYTHING, rows), sqlite_chooses(NOTHING, rows)) == ([0], [])
    assert EVERYTHING.matches(rows[0])
    assert not NOTHING.matches(rows[0])


@pytest.mark.parametrize(
    ("column", "operator", "value"),
    [
        (CaseColumn.QUEUE, Operator.LESS, "a"),
        (CaseColumn.QUEUE, Operator.EQUAL, ("a",)),
        (CaseColumn.QUEUE, Operator.IN, "a"),
        (CaseColumn.QUEUE, Operator.EQUAL, NOW),
        (CaseColumn.OPENED, Operator.EQUAL, "2027"),
        (CaseColumn.OPENED, Operator.IN, ("2027",)),
        (CaseColumn.QUEUE, Operator.EQUAL, "a\0b"),
        (CaseColumn.QUEUE, Operator.IN, ("\ud800",)),
    ],
)
def test_what_cannot_be_compared_is_refused(
    column: CaseColumn, operator: Operator, value: str | datetime | tuple[str, ...]
) -> None:
    with pytest.raises(RefusedError, match=column.value):
        Comparison(column, operator, value)
