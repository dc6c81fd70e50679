"""Admit a table of consents: who said what to which purpose, and when."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.cases import TIMES_HINT, require_column, times, visible
from suyuan.collect.field import FieldPolicy
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.word import Word
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.legible import ID_CHARACTERS
from suyuan.terms import PersonId, PersonNumber, PurposeName

REQUIRED: Final = ("purpose", "state", "at")
OPTIONAL: Final = ("scope", "recipient", "channel", "guardian")


def admit_consents(frame: pl.DataFrame, *, key: FieldPolicy) -> pl.DataFrame:
    """Check a table of consents; all of it is right, or it is refused.

    Returns: columns person (canonical key), purpose, state, at (UTC), scope, recipient, channel, guardian; no nulls.
    Raises: RefusedError: `collect.column`, a column missing or unknown; `collect.rows`, a cell that is wrong, by its row
        and column.
    """
    found = _columns(frame.columns, key=key)
    text = {
        name: frame[column].cast(pl.String).str.strip_chars().fill_null("").alias(name)
        for name, column in found.items()
    }
    plain = {name: text.get(name, pl.Series(name, [""] * frame.height, dtype=pl.String)) for name in OPTIONAL}
    plain["scope"] = plain["scope"].replace("", ConsentScope.PURPOSE.value)
    table = pl.DataFrame(
        [
            KINDS[key.kind].canonical_column(text["person"]).alias("person"),
            text["purpose"],
            text["state"],
            times(text["at"].replace("", None)),
            *plain.values(),
        ]
    )
    require_column(table["person"].is_not_null(), column=found["person"], trouble=f"is empty, or no {key.kind.value}")
    require_column(table["at"].is_not_null(), column="at", trouble="is no time", hint=TIMES_HINT)
    for name, known in (("state", ConsentState), ("scope", ConsentScope)):
        values = [one.value for one in known]
        require_column(table[name].is_in(values), column=name, trouble="is none of " + ", ".join(values))
    for name, least in (("purpose", 1), ("recipient", 0), ("channel", 0), ("guardian", 0)):
        seen = visible(table[name], least=least, most=ID_CHARACTERS)
        require_column(seen, column=name, trouble=f"is no text of {least} to {ID_CHARACTERS} visible characters")
    return table


def words_of(table: pl.DataFrame, *, persons: npt.NDArray[np.int64], key: FieldPolicy) -> list[Word]:
    """Give the words of an admitted table, in its order.

    Args:
        persons: the person of each row, -1 where nobody is known.
    Raises: RefusedError `hold.person`: a row names nobody; the row is told, the value is not.
    """
    unknown = np.flatnonzero(persons < 0)
    if len(unknown):
        raise RefusedError(
            f"row {int(unknown[0]) + 1}: nobody in the store is known by this {key.name}",
            code="hold.person",
            hint="import the people first; no consent was stored",
        )
    columns = ("person", "purpose", "state", "at", "scope", "recipient", "channel", "guardian")
    rows = zip(persons.tolist(), *(table[name].to_list() for name in columns), strict=True)
    return [
        Word(
            person=PersonNumber(number), principal=PersonId(principal), purpose=PurposeName(purpose),
            state=ConsentState(state), at=at, scope=ConsentScope(scope), recipient=recipient, channel=channel,
            guardian=guardian,
        )
        for number, principal, purpose, state, at, scope, recipient, channel, guardian in rows
    ]  # fmt: skip


def _columns(columns: Sequence[str], *, key: FieldPolicy) -> dict[str, str]:
    """Give the file's column of each of ours."""
    keys = {name.casefold() for name in (key.name, *key.aliases)}
    plain = {column: column.strip().casefold() for column in columns}
    found = {"person" if name in keys else name: column for column, name in plain.items()}
    missing = [name for name in ("person", *REQUIRED) if name not in found]
    surplus = found.keys() - {"person", *REQUIRED, *OPTIONAL}
    if missing or surplus or len(found) != len(columns):
        named = ", ".join(str(key.name) if name == "person" else name for name in missing)
        raise RefusedError(
            f"consents need the columns {key.name}, {', '.join(REQUIRED)}, and may have {', '.join(OPTIONAL)} and no other"
            + (f"; missing: {named}" if missing else ""),
            code="collect.column",
        )
    return found
