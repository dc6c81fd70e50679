"""`policy/sources.toml`: the databases that rows of people come from in overlay mode, and how."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from suyuan.collect.field import FieldPolicy
from suyuan.collect.source import KEY, TIMEOUT_SECONDS, Source
from suyuan.config.policy import SOURCES_FILE
from suyuan.config.problems import Problems
from suyuan.config.table import Document, Table, read_document
from suyuan.legible import require_id
from suyuan.terms import FieldName

_SCHEMES: Final = ("postgresql://", "postgres://", "mysql://", "mariadb://")
_LONGEST_SECONDS: Final = 86_400


def read_sources(store: Path, *, fields: Mapping[FieldName, FieldPolicy]) -> Mapping[str, Source]:
    """Give the sources of a store by name; a store without the file has none.

    Args:
        fields: the register that [columns] maps to.
    Raises: RefusedError: the first thing that is wrong, with file, line and key.
    """
    document = read_document(store / "policy" / SOURCES_FILE, name=f"policy/{SOURCES_FILE}", required=False)
    return sources_of(document, fields=fields, problems=Problems())


def sources_of(
    document: Document, *, fields: Mapping[FieldName, FieldPolicy], problems: Problems
) -> Mapping[str, Source]:
    """Give the sources that a document says; what is wrong is raised, or collected where `problems` collects."""
    return document.each(partial(_source, fields=fields), problems=problems)


def _source(name: str, table: Table, *, fields: Mapping[FieldName, FieldPolicy]) -> Source:
    database = table.take("database", str)
    if not database.startswith(_SCHEMES):
        raise table.error(
            "`database` is no postgresql:// or mysql:// URL",
            key="database",
            code="config.choice",
            hint="for instance postgresql://suyuan@db.example.org/shop?sslmode=verify-full",
        )
    key_query = table.take("key_query", str, "")
    if key_query and KEY not in key_query:
        raise table.error(f"`key_query` names {KEY} nowhere", key="key_query", code="config.choice")
    columns = table.mapping("columns")
    for column, field in columns.items():
        if FieldName(field) not in fields:
            raise table.error(
                f"field {field} is not in policy/fields.toml",
                key="columns",
                inner=column,
                code="config.reference",
                hint="add it there, or take it out here; a draft's fields.toml belongs to its sources.toml",
            )
    twice = sorted({field for field in columns.values() if list(columns.values()).count(field) > 1})
    if twice:
        raise table.error(f"two columns are field {', '.join(twice)}", key="columns", code="config.twice")
    return Source(
        name=require_id(name, what="source"),
        database=database,
        query=table.take("query", str),
        key_query=key_query,
        columns={column: FieldName(field) for column, field in columns.items()},
        defaults_file=table.take("defaults_file", str, ""),
        password_variable=table.take("password_variable", str, ""),
        timeout_seconds=table.whole("timeout_seconds", TIMEOUT_SECONDS, most=_LONGEST_SECONDS),
    )
