"""The options that several verbs share, and how the store is found."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="The store; by default the nearest folder at or above this one with a suyuan.toml.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class Lang(StrEnum):
    """The languages of statements and reports."""

    EN = "en"
    ZH = "zh"


LangOption = Annotated[Lang, typer.Option("--lang", help="English or Chinese.")]


def time_given(text: str, *, option: str) -> datetime:
    """Give the time of an option; without a zone it is UTC."""
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{option} is no time such as 2026-11-20T14:05+08:00") from None


def require_ids(**ids: str | None) -> None:
    """Require that ids given by hand can be read and compared by eye; what was not given is none.

    Raises: RefusedError `id.text`.
    """
    from suyuan.legible import require_id

    for what, text in ids.items():
        if text is not None:
            require_id(text, what=what)


def store_at(store: Path | None) -> Path:
    """Give the folder of the store that is meant."""
    from suyuan.config import SETTINGS_FILE, find_store
    from suyuan.errors import UnavailableError

    if store is None:
        return find_store(Path.cwd())
    if not (store / SETTINGS_FILE).is_file():
        raise UnavailableError(
            f"no {SETTINGS_FILE} in {store}", code="store.missing", hint=f"make a store there: suyuan init {store}"
        )
    return store
