"""`suyuan init`: make a store, or bring an older one up to date."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan init shop --origin log.example.org/shop
  suyuan init shop --postgres 'postgresql://suyuan@db.example.org/shop?sslmode=verify-full'
  suyuan init --sql-only > for-the-administrator.sql
"""


class Profile(StrEnum):
    """The families of ciphers that a store may seal by."""

    AES = "aes"
    SM = "sm"


def run(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default=False, help="Where; here if not given.")
    ] = Path(),
    origin: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The log's name for ever, a URL without scheme. Default: suyuan.local/DIR."),
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where the new passphrase goes, outside the store. Default: under ~/.config/suyuan."
        ),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Keep the ledger in this PostgreSQL database; no password in it. Default: a file."
        ),
    ] = None,
    postgres: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Keep ledger and people in this PostgreSQL database; no password in it. Default: files."
        ),
    ] = None,
    postgres_keys: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keep the keys in this PostgreSQL database, another one. Default: a file."),
    ] = None,
    ledger_schema: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The schema of the ledger's own; people are in NAME_data, keys in NAME_keys."
        ),
    ] = "suyuan",
    sql_only: Annotated[
        bool,
        typer.Option("--sql-only", help="Make nothing; print the SQL by which an administrator prepares the schemas."),
    ] = False,
    profile: Annotated[
        Profile, typer.Option(help="The ciphers of the store, for its whole life: aes, or sm for SM4 and SM3.")
    ] = Profile.AES,
    as_json: JsonOption = False,
) -> None:
    """Make a store: settings, policy, keys, an empty ledger, and a passphrase file outside it.

    On an older store: upgrade it, keeping a copy of what it was. On a current one: say so and change nothing.
    """
    from suyuan.config import SETTINGS_FILE

    if sql_only:
        _print_sql(ledger_schema, keys=postgres_keys is not None)
        return
    if postgres is not None and ledger is not None:
        raise typer.BadParameter("--postgres is for the ledger too; leave out --ledger")
    folder = folder.absolute()
    if (folder / SETTINGS_FILE).exists():
        _upgrade(folder, as_json=as_json)
        return
    _create(
        folder,
        origin=origin or f"suyuan.local/{_slug(folder.name)}",
        passphrase_file=_outside(passphrase_file, folder=folder),
        places=_places(postgres or ledger, schema=ledger_schema)
        | _places(postgres, schema=f"{ledger_schema}_data", prefix="data_")
        | _places(postgres_keys, schema=f"{ledger_schema}_keys", prefix="keys_")
        | {"profile": _toml(profile.value)},
        as_json=as_json,
    )


def _create(folder: Path, *, origin: str, passphrase_file: Path, places: dict[str, str], as_json: bool) -> None:
    from suyuan import app
    from suyuan.config import POLICY_FILES

    settings = _template("suyuan.toml").format(
        origin=_toml(origin), passphrase_file=_toml(str(passphrase_file)), **places
    )
    policy = {name: _template(name) for name in POLICY_FILES}
    key = app.create_store(folder, settings_text=settings, policy_texts=policy, passphrase_file=passphrase_file)
    if as_json:
        print_json(
            {
                "store": str(folder),
                "origin": origin,
                "vkey": str(key),
                "passphrase_file": str(passphrase_file),
                "made": True,
            }
        )
        return
    result(f"made a store in {folder}")
    result(f"log {key}")
    result(f"passphrase in {passphrase_file}: back it up apart from the store")
    say("next: read policy/*.toml and make it yours, then `suyuan collect import` or `suyuan release export`")


def _upgrade(folder: Path, *, as_json: bool) -> None:
    from suyuan import app

    kept = app.upgrade_store(folder)
    if as_json:
        print_json({"store": str(folder), "made": False, "kept": [str(path) for path in kept]})
    elif kept:
        result(f"upgraded the store in {folder}; kept as it was: " + ", ".join(path.name for path in kept))
    else:
        result(f"there is a store in {folder} already, and it is up to date")


def _template(name: str) -> str:
    from importlib.resources import files

    return files("suyuan.cli").joinpath("templates", name).read_text(encoding="utf-8")


def _places(url: str | None, *, schema: str, prefix: str = "") -> dict[str, str]:
    """Give the lines of the settings that say where a part is; remarks where it is a file."""
    mark, url = ("", url) if url else ("# ", "postgresql://suyuan@db.example.org/shop?sslmode=verify-full")
    return {
        f"{prefix}database": f"{mark}database = {_toml(url)}",
        f"{prefix}schema": f"{mark}schema = {_toml(schema)}",
    }


def _print_sql(schema: str, *, keys: bool) -> None:
    from suyuan import app

    result(app.administrator_sql(schema, keys=keys).rstrip())


def _toml(text: str) -> str:
    """Give a text as a TOML basic string, which JSON's strings are."""
    return json.dumps(text, ensure_ascii=False)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "store"


def _outside(given: Path | None, *, folder: Path) -> Path:
    """Give where the passphrase goes: never inside the store that it opens."""
    import hashlib
    import os
    import secrets

    from suyuan.errors import RefusedError

    if given is None:
        said = os.environ.get("SUYUAN_PASSPHRASE_FILE")
        if said:
            given = Path(said)
        else:
            own = hashlib.sha256(str(folder).encode() + secrets.token_bytes(16)).hexdigest()[:8]
            given = Path("~/.config/suyuan") / f"{_slug(folder.name)}-{own}.passphrase"
    place = given.expanduser().absolute()
    if place.resolve().is_relative_to(folder.resolve()):
        raise RefusedError(
            "the passphrase file would lie inside the store",
            code="init.passphrase",
            hint="whoever copied the store would have its key too; name a file elsewhere",
        )
    return place
