from socket import socket
from types import TracebackType
from typing import Any, Self

from pymysql import constants as constants
from pymysql import converters as converters
from pymysql import err as err
from pymysql.cursors import Cursor
from pymysql.err import MySQLError as MySQLError

class Connection:
    def cursor(self, cursor: type[Cursor] = ...) -> Cursor: ...
    def connect(self, sock: socket | None = None) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

def connect(**options: Any) -> Connection: ...
