"""keys.db: wrapped secrets by person number and by name, apart from the data they open."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from suyuan.adapters.sqlite.database import Access, Database, Transaction
from suyuan.adapters.sqlite.named_statements import named_statements
from suyuan.adapters.sqlite.schema import Schema
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.ports import KEK, MARK
from suyuan.terms import PersonNumber

VERSION = 2
APPLICATION_ID = 0x7379_6B65
"""`syke` in the header of keys.db."""

_NUMBERS_AT_A_TIME = 50_000
_FEW = 5_000


class SqliteKeyStore:
    """The `KeyStore` port on one SQLite file. Backed up apart from data.db, so that neither alone says anything.

    Deleted secrets are overwritten in the file (`secure_delete`); copies made before, backups and the `.bak` of
    an upgrade among them, still hold them.
    """

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
            _require_marked(transaction, wrapped)
            [(last,)] = transaction.rows("last_number")
            first = int(last) + 1
            transaction.run_each("add_person", enumerate(wrapped, start=first))
        return PersonNumber(first)

    def persons(self, numbers: Sequence[int]) -> Sequence[bytes]:
        """Give wrapped secrets in the order asked. Raises: RefusedError: a number unknown or erased."""
        found: dict[int, bytes] = {}
        for wanted in _stretches(numbers):
            found.update(self._database.rows("persons", (wanted,)))
        missing = next((int(number) for number in numbers if int(number) not in found), None)
        if missing is not None:
            raise RefusedError(
                f"person {missing}: no secret is held; the number is unknown or the person was erased",
                code="hold.no_secret",
                hint="see that keys.db and data.db belong together",
            )
        return [found[int(number)] for number in numbers]

    def erased_among(self, numbers: Sequence[int]) -> frozenset[int]:
        """Give those of the numbers whose secret was held once and is gone; one that was never given is not among them."""
        [(last,)] = self._database.rows("last_number")
        # Counting reads the whole table: worth it only where many are asked for.
        if len(numbers) > _FEW and self._database.rows("persons_held")[0][0] == last + 1:
            return frozenset()
        found: set[int] = set()
        for wanted in _stretches(numbers):
            found.update(number for (number,) in self._database.rows("numbers_held", (wanted,)))
        return frozenset(int(number) for number in numbers if 0 <= number <= last) - found

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
                    _require_marked(transaction, (wrapped,))
                transaction.run("add_secret", (name, wrapped))
        except sqlite3.IntegrityError as error:
            raise RefusedError(
                f"secret {name}: it is held already, and a name is written once", code="hold.secret_exists"
            ) from error

    def get(self, name: str) -> bytes | None:
        """Give a named secret, or None."""
        found = self._database.rows("secret", (name,))
        return bytes(found[0][0]) if found else None

    def count_stale(self, mark: bytes) -> int:
        """Count the persons whose envelope does not begin with these bytes."""
        return int(self._database.rows("count_stale", (len(mark), mark))[0][0])

    def stale_persons(self, mark: bytes, *, after: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Give persons above `after`, ascending, whose envelope does not begin with these bytes; at most `count`."""
        return self._database.rows("stale_persons", (after, len(mark), mark, count))

    def rewrap_persons(self, changes: Sequence[tuple[int, bytes, bytes]]) -> int:
        """Replace envelopes where they are the ones expected; give how many were replaced."""
        with self._database.writing() as transaction:
            return transaction.run_each("rewrap_person", ((new, number, old) for number, old, new in changes))

    def stale_secrets(self, mark: bytes, *, after: str, count: int) -> Sequence[tuple[str, bytes]]:
        """Give named secrets above `after`, ascending, that do not begin with these bytes; at most `count`."""
        return self._database.rows("stale_secrets", (after, len(mark), mark, KEK, count))

    def rewrite(self, changes: Sequence[tuple[str, bytes | None, bytes]]) -> None:
        """Replace named values where they are the ones expected; all or none.

        Raises: UnavailableError `hold.changed`: one is another by now.
        """
        with self._database.writing() as transaction:
            for name, expected, new in changes:
                found = transaction.rows("secret", (name,))
                if (bytes(found[0][0]) if found else None) != expected:
                    raise UnavailableError(
                        f"secret {name}: another process has changed it meanwhile",
                        code="hold.changed",
                        hint="try again",
                    )
                transaction.run("rewrite_secret", (name, new))


def _require_marked(transaction: Transaction, wrapped: Iterable[bytes]) -> None:
    """Require that envelopes are of the generation in force, as the transaction that adds them sees it."""
    for (mark,) in transaction.rows("secret", (MARK,)):
        if not all(envelope.startswith(mark) for envelope in wrapped):
            raise UnavailableError(
                "the keys' generation has changed meanwhile", code="hold.generation", hint="try again"
            )


def _stretches(numbers: Sequence[int]) -> Iterator[str]:
    """Give the numbers as JSON lists, a stretch at a time."""
    for start in range(0, len(numbers), _NUMBERS_AT_A_TIME):
        yield orjson.dumps([int(number) for number in numbers[start : start + _NUMBERS_AT_A_TIME]]).decode()
