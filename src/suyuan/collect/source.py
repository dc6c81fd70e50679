"""A table that stays where it is: the platform's own database, and the query by which people's rows come from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from suyuan.collect.admit import match_columns
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.terms import FieldName

KEY = ":key"
"""Where a `key_query` takes the key that a look-up was asked for; the driver binds it, and no text is put together."""

TIMEOUT_SECONDS: Final = 600
"""How long the platform's own database runs one statement of ours at most, where the site does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One table of `policy/sources.toml`, or a query given by hand.

    Args:
        name: how messages call it.
        database: a `postgresql://` or `mysql://` URL without a password.
        query: the rows of people, exactly as it is sent.
        key_query: the row of one person, with `:key` where her key goes; empty: no look-ups.
        columns: column of the query -> field of the register; a column that is absent is found by name or alias.
        defaults_file: MySQL's option file, which only its owner may read.
        password_variable: the environment variable that holds MySQL's password.
        timeout_seconds: how long the server may run one statement of ours; 0: as long as it takes.
    """

    name: str
    database: str
    query: str
    key_query: str = ""
    columns: Mapping[str, FieldName] = field(default_factory=dict)
    defaults_file: str = ""
    password_variable: str = ""
    timeout_seconds: int = TIMEOUT_SECONDS

    def require_key_query(self) -> str:
        """Give the query of one person. Raises: RefusedError `source.key`: there is none."""
        if not self.key_query:
            raise RefusedError(
                f"source {self.name} has no `key_query`, so nobody can be looked up in it",
                code="source.key",
                hint=f'add one to policy/sources.toml: key_query = "SELECT ... WHERE id = {KEY}"',
            )
        return self.key_query

    def register(
        self, fields: Mapping[FieldName, FieldPolicy], *, given: tuple[str, ...]
    ) -> Mapping[FieldName, FieldPolicy]:
        """Give the register of fields as this source's columns are to be matched against it.

        A mapped column is an alias of its field. Later fields win: one whose column is called as another field is comes
        last, so that the mapping decides.

        Args:
            given: the columns that the query gives.
        Raises: RefusedError `source.column`: a mapped column is not among them, or cannot be told from another;
            `collect.column`: two columns are one field.
        """
        missing = [column for column in self.columns if column not in given]
        if missing:
            raise RefusedError(
                f"source {self.name}: its query gives no column {', '.join(missing)}",
                code="source.column",
                hint="change the query, or [columns] of this source in policy/sources.toml",
            )
        mapped = {
            name: replace(fields[name], aliases=(*fields[name].aliases, column))
            for column, name in sorted(self.columns.items(), key=lambda pair: pair[0] in fields)
        }
        known = {name: value for name, value in fields.items() if name not in mapped} | mapped
        matched = match_columns(given, fields=known)
        for column, name in self.columns.items():
            if matched[column].name != name:
                raise RefusedError(
                    f"source {self.name}: column {column} is called as another field is",
                    code="source.column",
                    hint="give it another name in the query: ... AS name",
                )
        return known
