"""The members of what the client sends, and of what it is given."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from suyuan.client.given import Approval, Demand
from suyuan.errors import RefusedError

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


def given(**members: "Json | Sequence[Mapping[str, str | None]]") -> dict[str, Any]:
    """Give the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def person(
    *, purpose: str, case: str | None, key: str | None, by: tuple[str, str] | None, approval: str | None
) -> dict[str, Json]:
    """Give the members that name one person, and why she is asked for."""
    named = {} if by is None else {"field": by[0], "value": by[1]}
    return {**given(purpose=purpose, case=case, key=key, approval=approval), **named}


def demanded(demand: Demand) -> dict[str, Json]:
    """Give the members of an authority's demand."""
    said = {name: getattr(demand, name) for name in ("authority", "document", "region", "permission")}
    return {**said, "keys": list(demand.keys), "drop": list(demand.drop)}


def segment(text: str) -> str:
    """Give an id as one segment of a path.

    Raises: RefusedError `id.text`: it would be another path.
    """
    if not text or not text.isalnum():
        raise RefusedError("the id is no text of letters and digits", code="id.text")
    return text


def approval_of(said: Mapping[str, Any]) -> Approval:
    """Give a question to a second person as it was told."""
    times = {name: datetime.fromisoformat(said[name]) for name in ("asked_at", "expires")}
    return Approval(**{**said, **times})
