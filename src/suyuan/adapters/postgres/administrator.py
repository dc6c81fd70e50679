"""The SQL that an administrator runs once, so that the role suyuan works under may do what it does and no more."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from suyuan.adapters.postgres.appending import STATEMENTS
from suyuan.adapters.postgres.key_store import STEPS as KEY_STEPS
from suyuan.adapters.postgres.people_schema import STEPS as PEOPLE_STEPS
from suyuan.adapters.postgres.session import statements

_SQL: Final = statements("administrator.sql")


def administrator_sql(*, ledger: str, data: str) -> str:
    """Give what makes the schemas of a ledger and of people, with the roles that own, use and read them."""
    parts = (
        _schema(ledger, steps=[STATEMENTS["schema"]], rights="ledger"),
        _schema(data, steps=PEOPLE_STEPS, rights="people"),
    )
    return "\n\n".join((_text("roles"), *parts)) + "\n"


def administrator_sql_of_keys(schema: str) -> str:
    """Give what makes the schema of keys; it is for another database."""
    return "\n\n".join((_text("roles"), _schema(schema, steps=KEY_STEPS, rights="keys"))) + "\n"


def _schema(name: str, *, steps: Sequence[bytes], rights: str) -> str:
    quoted = sql.Identifier(name).as_string(None)
    scripts = [_text("begin"), *(step.decode().strip() for step in steps), _text(rights), _text("end")]
    return "\n\n".join(script.replace("{schema}", quoted) for script in scripts)


def _text(name: str) -> str:
    return _SQL[name].decode()
