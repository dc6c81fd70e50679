"""`suyuan serve`: the door over HTTP."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import StoreOption, store_at
from suyuan.cli.output import print_json, result

EXAMPLE = """
  suyuan serve --port 8470
  suyuan serve --host 0.0.0.0 --tls-cert server.pem --tls-key server.key
  curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8470/me
"""


def run(
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8470,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="The server's certificate chain, PEM.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, PEM.")] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="A proxy in front speaks TLS to callers; plain HTTP to it is allowed."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
    store: StoreOption = None,
) -> None:
    """Serve the store over HTTP until SIGTERM or Ctrl-C; one process is the one writer.

    Who may ask are accounts: API keys, local users, or tokens of an OpenID provider ([serve] in suyuan.toml). On
    SIGTERM no request is taken any more; those under way are answered, outcomes ledgered, the ledger published.
    """
    from suyuan.errors import UnavailableError

    try:
        from suyuan.web.serving import Listening, serve
    except ImportError as error:
        raise UnavailableError(
            "what serves HTTP is not installed", code="serve.missing", hint="install suyuan[serve]"
        ) from error

    def told(address: str) -> None:
        if as_json:
            print_json({"address": address})
        else:
            result(f"serving {address}")
        sys.stdout.flush()

    serve(
        store_at(store),
        listening=Listening(host=host, port=port, certificate=tls_cert, key=tls_key, behind_proxy=behind_proxy),
        told=told,
    )
