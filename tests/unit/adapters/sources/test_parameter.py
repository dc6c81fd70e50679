"""`:key` is found where it is a parameter, and nowhere else."""

import pytest

from suyuan.adapters.sources.parameter import Dialect, with_parameter
from suyuan.errors import RefusedError


@pytest.mark.parametrize(
    ("query", "sent", "places"),
    [
        ("SELECT a FROM t WHERE id = :key", "SELECT a FROM t WHERE id = $1", 1),
        ("SELECT ':key', \":key\" FROM t WHERE id = :key OR b = :key", "SELECT ':key', \":key\" FROM t WHERE id = $1 OR b = $1", 2),
        ("SELECT 'it''s :key' -- :key\nFROM t /* :key */ WHERE id = :key", "SELECT 'it''s :key' -- :key\nFROM t /* :key */ WHERE id = $1", 1),
        ("SELECT E'\\':key' FROM t WHERE id = :key::text", "SELECT E'\\':key' FROM t WHERE id = $1::text", 1),
        ("SELECT $x$ :key $x$ FROM t WHERE id = :key", "SELECT $x$ :key $x$ FROM t WHERE id = $1", 1),
        ("SELECT a::key FROM t WHERE id = :key AND x = :keys", "SELECT a::key FROM t WHERE id = $1 AND x = :keys", 1),
    ],
)  # fmt: skip
def test_postgres(query: str, sent: str, places: int) -> None:
    assert with_parameter(query, dialect=Dialect.POSTGRES, source="s") == (sent, places)


@pytest.mark.parametrize(
    ("query", "sent", "places"),
    [
        ("SELECT a FROM t WHERE id = :key", "SELECT a FROM t WHERE id = ?", 1),
        ("SELECT 'it\\'s :key', `:key` FROM t # :key\nWHERE id = :key", "SELECT 'it\\'s :key', `:key` FROM t # :key\nWHERE id = ?", 1),
        ('SELECT ":key" FROM t -- :key\n WHERE id = :key', 'SELECT ":key" FROM t -- :key\n WHERE id = ?', 1),
    ],
)  # fmt: skip
def test_mysql(query: str, sent: str, places: int) -> None:
    assert with_parameter(query, dialect=Dialect.MYSQL, source="s") == (sent, places)


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("query", ["SELECT 1", "SELECT ':key'", "SELECT 1 -- :key", "SELECT 1 /* :key */"])
def test_without_a_key_it_is_refused(dialect: Dialect, query: str) -> None:
    with pytest.raises(RefusedError, match="names :key nowhere"):
        with_parameter(query, dialect=dialect, source="s")
