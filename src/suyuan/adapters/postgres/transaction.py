"""Transactions that are believed only on a plain yes, and rolled back whatever else happens."""

from contextlib import suppress
from typing import Final

import psycopg
from psycopg.pq import TransactionStatus

from suyuan.adapters.postgres.failure import is_lost, unsure
from suyuan.adapters.postgres.session import Connection

BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


class Warnings:
    """Listens to a session: whether the server has warned of anything since it was last asked to listen."""

    def __init__(self, connection: Connection) -> None:
        self.heard = False
        connection.add_notice_handler(self._notice)

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        self.heard = self.heard or notice.severity_nonlocalized == "WARNING"


def commit(connection: Connection, *, warnings: Warnings, name: str) -> None:
    """Commit, and believe only a plain yes: a warning may say that a standby has not confirmed.

    Raises: UnavailableError: whether it is stored is not known; the session is closed.
    """
    warnings.heard = False
    try:
        answer = connection.execute(b"COMMIT").statusmessage
    except psycopg.Error as error:
        if is_lost(error):
            raise unsure(name) from error
        raise
    if answer != "COMMIT" or warnings.heard:
        # What nobody confirmed is not read, sealed or published here as if it were confirmed.
        connection.close()
        raise unsure(name)


def roll_back(connection: Connection) -> bool:
    """Let the server forget what was not committed; say whether the session is of further use.

    Where the server cannot be told so, it sees the session end.
    """
    status = connection.info.transaction_status
    if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
            return True
    if status is TransactionStatus.IDLE:
        return True
    connection.close()
    return False
