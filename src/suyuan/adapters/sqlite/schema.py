"""The shape of a store as numbered steps, each a .sql file in `sql/`."""

import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The shape of one kind of store. `steps[n]` leads from version n to n + 1; a step that shipped never changes.

    `application_id` lies in the file's header: it tells our stores from other files, and one store from another.
    """

    name: str
    application_id: int
    steps: tuple[str, ...]
    again: str = ""
    """Leads once more to the newest version, in a store that was stepped back from it."""

    @classmethod
    def load(cls, name: str, *, application_id: int, version: int) -> Self:
        """Read the steps `sql/NAME_schema_1.sql` to `sql/NAME_schema_VERSION.sql`."""
        folder = files("suyuan.adapters.sqlite").joinpath("sql")
        numbers = range(1, version + 1)
        steps = tuple(folder.joinpath(f"{name}_schema_{number}.sql").read_text(encoding="utf-8") for number in numbers)
        again = folder.joinpath(f"{name}_schema_{version}_again.sql")
        text = again.read_text(encoding="utf-8") if again.is_file() else ""
        return cls(name=name, application_id=application_id, steps=steps, again=text)

    @property
    def version(self) -> int:
        """The version that this program reads and writes."""
        return len(self.steps)


def separated(script: str) -> tuple[str, ...]:
    """Cut a script into its statements; `executescript` would commit the transaction it runs in."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return tuple(found)
