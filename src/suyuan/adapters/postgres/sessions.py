"""Sessions of one database, one for each call under way: several threads work side by side, and none waits for another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg

from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.arrays import teach
from suyuan.adapters.postgres.failure import is_lost, unavailable
from suyuan.adapters.postgres.session import Connection, connect
from suyuan.adapters.postgres.transaction import BEGIN, Warnings, commit, roll_back
from suyuan.errors import UnavailableError

Answer = TypeVar("Answer")


class Sessions:
    """Lends a session to each call; the one used last is lent first.

    A server that was restarted is met by a fresh session: what only reads is asked once more, and so is the beginning of
    a transaction, of which nothing has happened yet. What was begun is never repeated.
    """

    def __init__(self, address: Address, *, writes: bool) -> None:
        self.address = address
        self._writes = writes
        self._idle: list[tuple[Connection, Warnings]] = []
        self._guard = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """End every session that is not lent; those that are end when they come back."""
        with self._guard:
            self._closed = True
        self._forget_idle()

    def ask(self, question: Callable[[Connection], Answer]) -> Answer:
        """Ask what changes nothing. Raises: UnavailableError: the server does not answer, twice."""
        try:
            return self._ask(question)
        except psycopg.Error as error:
            if not is_lost(error):
                raise unavailable(error, name=self.address.name) from error
            self._forget_idle()
        try:
            return self._ask(question)
        except psycopg.Error as error:
            raise unavailable(error, name=self.address.name) from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run one transaction: durable when the block ends, and gone, all of it, when the block raises.

        Raises: UnavailableError: the server refuses, or whether the commit was kept is not known.
        """
        connection, warnings = self._begun()
        try:
            yield connection
            commit(connection, warnings=warnings, name=self.address.name)
        except psycopg.Error as error:
            raise unavailable(error, name=self.address.name) from error
        finally:
            self._give_back(connection, warnings)

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        connection, warnings = self._take()
        try:
            return question(connection)
        finally:
            self._give_back(connection, warnings)

    def _begun(self) -> tuple[Connection, Warnings]:
        """Give a session in a new transaction."""
        if not self._writes:
            raise UnavailableError(f"{self.address.name}: opened for reading only")
        for last in (False, True):
            connection, warnings = self._take()
            try:
                connection.execute(BEGIN)
            except psycopg.Error as error:
                connection.close()
                if last or not is_lost(error):
                    raise unavailable(error, name=self.address.name) from error
                self._forget_idle()
            else:
                return connection, warnings
        raise AssertionError

    def _take(self) -> tuple[Connection, Warnings]:
        with self._guard:
            if self._closed:
                raise UnavailableError(f"{self.address.name}: it was closed")
            if self._idle:
                return self._idle.pop()
        connection = connect(self.address, writes=self._writes)
        teach(connection)
        return connection, Warnings(connection)

    def _give_back(self, connection: Connection, warnings: Warnings) -> None:
        """Take a session back for the next call; what it has not committed is rolled back."""
        if connection.closed or not roll_back(connection):
            return
        with self._guard:
            if not self._closed:
                self._idle.append((connection, warnings))
                return
        connection.close()

    def _forget_idle(self) -> None:
        with self._guard:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()
