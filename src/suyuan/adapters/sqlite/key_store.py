"""keys.db: wrapped secrets by person number and by name, apart from the data they open."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from suyuan.adapters.key_reading import KeyReading, require_expected, require_marked, taken
from suyuan.adapters.sqlite.database import Access, Database
from suyuan.adapters.sqlite.named_statements import named_statements
from suyuan.adapters.sqlite.schema import Schema
from suyuan.hold.ports import KEK, MARK
from suyuan.terms import PersonNumber

VERSION = 2
APPLICATION_ID = 0x7379_6B65
"""`syke` in the header of keys.db."""


class SqliteKeyStore(KeyReading):
    """The `KeyStore` port on one SQLite file. Backed up apart from data.db, so that neither alone says anything.

    Deleted secrets are overwritten in the file (`secure_delete`); copies made before, backups and the `.bak` of
    an upgrade among them, still hold them.
    """

    _belong = "see that keys.db and data.db belong together"

    def __init__(self, path: Path, *, access: Access = Access.WRITE) -> None:
        """Open keys.db. Raises: as `Database`."""
        schema = Schema.load("keys", application_id=APPLICATION_ID, version=VERSION)
        self._database = Database(path, schema=schema, access=access, sql=named_statements("keys.sql"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add_persons(self, wrapped: Sequence[bytes]) -> PersonNumber:
        """Store one wrapped secret per new person; give the number of the first, the rest follow on.

        Raises: UnavailableError `hold.generation`: one does not begin with the mark in force.
        """
        wrapped = tuple(wrapped)
        with self._database.writing() as transaction:
            require_marked(wrapped, marks=transaction.rows("secret", (MARK,)))
            [(last,)] = transaction.rows("last_number")
            first = int(last) + 1
            transaction.run_each("add_person", enumerate(wrapped, start=first))
        return PersonNumber(first)

    def erase(self, person: PersonNumber) -> None:
        """Destroy a person's secret: overwritten in the file and gone from its log; one that is gone stays gone.

        The secret is overwritten first and deleted then, in one transaction: `secure_delete` zeroes the freed cell,
        and the log that may still hold its page is cut to nothing.
        """
        with self._database.writing() as transaction:
            transaction.run("overwrite_person", (int(person),))
            transaction.run("erase_person", (int(person),))
        self._database.forget()

    def discard(self, name: str) -> bool:
        """Destroy a named secret, overwritten first; say whether it was held."""
        held = self.get(name) is not None
        if held:
            with self._database.writing() as transaction:
                transaction.run("overwrite_secret", (name,))
                transaction.run("discard_secret", (name,))
        # Said again where nothing is left: a run may have died between the transaction and this.
        self._database.forget()
        return held

    def put(self, name: str, wrapped: bytes) -> None:
        """Store a named secret; a name is written once.

        Raises: RefusedError: the name is taken. UnavailableError `hold.generation`: as `add_persons`.
        """
        try:
            with self._database.writing() as transaction:
                if not name.startswith(KEK):
                    require_marked((wrapped,), marks=transaction.rows("secret", (MARK,)))
                transaction.run("add_secret", (name, wrapped))
        except sqlite3.IntegrityError as error:
            raise taken(name) from error

    def rewrap_persons(self, changes: Sequence[tuple[int, bytes, bytes]]) -> int:
        """Replace envelopes where they are the ones expected; give how many were replaced."""
        with self._database.writing() as transaction:
            return transaction.run_each("rewrap_person", ((new, number, old) for number, old, new in changes))

    def rewrite(self, changes: Sequence[tuple[str, bytes | None, bytes]]) -> None:
        """Replace named values where they are the ones expected; all or none.

        Raises: UnavailableError `hold.changed`: one is another by now.
        """
        with self._database.writing() as transaction:
            for name, expected, new in changes:
                require_expected(name, found=transaction.rows("secret", (name,)), expected=expected)
                transaction.run("rewrite_secret", (name, new))

    def _rows(self, name: str, *parameters: object) -> list[Any]:  # What a database gives carries no types.
        return self._database.rows(name, parameters)

    def _listed(self, numbers: Sequence[int]) -> object:
        return orjson.dumps([int(number) for number in numbers]).decode()
