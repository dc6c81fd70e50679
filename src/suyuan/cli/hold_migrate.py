"""`suyuan hold migrate`: a store's parts moved between files and PostgreSQL, or given back to the suyuan before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say
from suyuan.cli.progress import bars

if TYPE_CHECKING:
    from suyuan.app.moving import Place

EXAMPLE = """
  suyuan hold migrate --to 'postgresql://suyuan@db.example.org/shop?sslmode=verify-full'
  suyuan hold migrate --to sqlite --keys sqlite
  suyuan hold migrate --forget-old
  suyuan hold migrate --step-back
"""

FILES = "sqlite"


def run(
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="URL|sqlite", help="Where ledger and people go: a PostgreSQL database, or files."),
    ] = None,
    keys: Annotated[
        str | None, typer.Option(metavar="URL|sqlite", help="Where the keys go: another database, or keys.db.")
    ] = None,
    schema: Annotated[
        str, typer.Option(metavar="NAME", help="The ledger's schema; people go to NAME_data, keys to NAME_keys.")
    ] = "suyuan",
    forget_old: Annotated[
        bool, typer.Option("--forget-old", help="Destroy what earlier moves have left behind.")
    ] = False,
    step_back: Annotated[
        bool, typer.Option("--step-back", help="Give the people to the suyuan before this one; everything is kept.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before destroying.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Move ledger and people, or the keys, to a PostgreSQL database or back into files.

    Nobody else may write meanwhile; reading goes on. What is copied is compared by count and digest before suyuan.toml
    names the new place, and the old one stays until --forget-old. After a kill run it again: it goes on.
    """
    if sum((to is not None or keys is not None, forget_old, step_back)) != 1:
        raise typer.BadParameter("give --to or --keys, or --forget-old, or --step-back")
    folder = store_at(store)
    if forget_old:
        _forget(folder, yes=yes, as_json=as_json)
    elif step_back:
        _step_back(folder, as_json=as_json)
    else:
        _move(folder, to=to, keys=keys, schema=schema, as_json=as_json)


def _move(folder: Path, *, to: str | None, keys: str | None, schema: str, as_json: bool) -> None:
    from suyuan.app.moving import move_store

    places: list[Place] = []
    if to is not None:
        places += [_place("ledger", url=to, schema=schema), _place("data", url=to, schema=f"{schema}_data")]
    if keys is not None:
        places.append(_place("keys", url=keys, schema=f"{schema}_keys"))
    with bars() as bar:
        moved = move_store(folder, to=places, progress=bar)
    if as_json:
        print_json(
            {"moved": {part: dict(rows) for part, rows in moved.rows.items()}, "left": [str(p) for p in moved.left]}
        )
        return
    for part, rows in moved.rows.items():
        result(f"moved {part}: {sum(rows.values()):,} rows in {len(rows)} tables, compared by digest")
    say("left behind, until `suyuan hold migrate --forget-old`: " + ", ".join(str(place) for place in moved.left))
    say("who is erased from now on is still in what was left behind, and in backups of it: destroy them soon")


def _forget(folder: Path, *, yes: bool, as_json: bool) -> None:
    from suyuan.app.moving import forget_left

    if not yes:
        require_confirmed(
            "Destroy what earlier moves have left behind? It cannot be undone.", otherwise="nothing changed"
        )
    left = forget_left(folder)
    if as_json:
        print_json({"destroyed": [str(place) for place in left]})
    else:
        result("destroyed: " + ", ".join(str(place) for place in left) if left else "nothing was left behind")


def _step_back(folder: Path, *, as_json: bool) -> None:
    from suyuan.app.moving import step_back

    version = step_back(folder)
    if as_json:
        print_json({"version": version})
        return
    result(
        f"the people have version {version} now; what it does not know is kept, and counts again after the next upgrade"
    )
    say("open this store with the suyuan before this one only; this one would upgrade it again")


def _place(part: str, *, url: str, schema: str) -> "Place":
    from suyuan.app.moving import Place

    if url != FILES and not url.startswith(("postgresql://", "postgres://")):
        raise typer.BadParameter("a place is a postgresql:// URL, or the word sqlite")
    return Place(part=part) if url == FILES else Place(part=part, database=url, schema=schema)
