"""`suyuan ledger serve`: the public files of the ledger over HTTP."""

import sys
from typing import Annotated

import typer

from suyuan.cli.options import StoreOption, store_at
from suyuan.cli.output import result, say

EXAMPLE = """
  suyuan ledger serve --port 8080
  curl http://127.0.0.1:8080/checkpoint
"""


def run(
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of each request.")] = False,
    store: StoreOption = None,
) -> None:
    """Serve checkpoint, tiles, tables, timestamps and keys to whoever asks; nothing else of the store can be reached.

    Any static web server can do the same with the folder ledger/. Needs no passphrase and disturbs no writer.
    """
    from suyuan import app
    from suyuan.adapters.files.tile_directory import TileDirectory
    from suyuan.adapters.http.static import StaticServer
    from suyuan.errors import UnavailableError

    folder = store_at(store)
    app.read_vkey(folder)
    try:
        server = StaticServer(
            TileDirectory(folder / app.LEDGER), host=host, port=port, told=(lambda _: None) if quiet else say
        )
    except OSError as e:
        raise UnavailableError(
            f"cannot listen at {host} port {port}: {e.strerror}",
            code="ledger.serve",
            hint="choose another --port, or a --host that is an address of this machine",
        ) from e
    with server:
        result(f"serving {server.url}/checkpoint")
        sys.stdout.flush()
        server.serve_forever()
