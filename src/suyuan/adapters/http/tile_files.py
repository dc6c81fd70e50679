"""The ledger's public files behind a web address, read as an auditor elsewhere reads them."""

from collections.abc import Iterable
from typing import Final

from suyuan.adapters.http.asking import ask
from suyuan.errors import RefusedError, UnavailableError

_LIMIT_BYTES: Final = 256 * (65_535 + 2)
"""The largest entry bundle that there can be."""

_SECONDS: Final = 30.0
_FOUND, _ABSENT = 200, (404, 410)


class HttpTileFiles:
    """Fulfils `TileFiles` for reading under one address, such as `https://log.example.org/suyuan`."""

    __slots__ = ("_address",)

    def __init__(self, address: str) -> None:
        """Take the address that the paths are appended to.

        Raises: RefusedError: it is not http or https.
        """
        if not address.startswith(("http://", "https://")):
            raise RefusedError("a ledger's address begins with http:// or https://")
        self._address = address.rstrip("/") + "/"

    def read(self, path: str) -> bytes | None:
        """See `TileFiles.read`.

        Raises: UnavailableError: no answer, or another one than the file or its absence.
        """
        try:
            status, _, body = ask(self._address + path, limit_bytes=_LIMIT_BYTES, seconds=_SECONDS)
        except UnavailableError as error:
            raise UnavailableError(f"{path}: {error}", hint="check the address and try again") from error
        if status == _FOUND:
            return body
        if status in _ABSENT:
            return None
        raise UnavailableError(f"{path}: answered with status {status}", hint="check the address and try again")

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """See `TileFiles.write`: nothing is written over the network."""
        raise RefusedError("the files behind an address are read only")

    def commit(self, path: str, *, data: bytes) -> None:
        """See `TileFiles.commit`: nothing is written over the network."""
        raise RefusedError("the files behind an address are read only")

    def drop(self, paths: Iterable[str]) -> None:
        """See `TileFiles.drop`: nothing is removed over the network."""
        raise RefusedError("the files behind an address are read only")
