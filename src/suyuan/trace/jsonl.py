"""JSON Lines: one flat object a line, numbers kept as they are spelled."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.aside import Aside
from suyuan.trace.csv_rows import text_lines
from suyuan.trace.delimited import SLOW_BATCH_ROWS, Utf8Lines, flushed
from suyuan.trace.dialect import SAMPLE_LINES, Dialect
from suyuan.trace.dump import Body
from suyuan.trace.gathering import Gathering, State
from suyuan.trace.source import Source

KEYS_AT_MOST: Final = 1_000


def parse_line(line: str, *, row: int) -> dict[str, str] | None:
    """Give the object of one line with every value as text, or None if the line is no object of texts.

    Half a character of UTF-16, such as `\\ud800`, is no text.

    Raises: RefusedError: `trace.nested`, naming row and position; not the key, which may be anything.
    """
    try:
        record = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        return None
    except RecursionError:
        raise nested(row) from None
    if not isinstance(record, dict):
        return None
    texts: dict[str, str] = {}
    for key, value in record.items():
        match value:
            case str():
                texts[key] = value
            case None:
                texts[key] = ""
            case bool():
                texts[key] = "true" if value else "false"
            case _:
                raise nested(row)
    return texts if "\\u" not in line or is_text("".join(chain(texts, texts.values()))) else None


def is_text(text: str) -> bool:
    """Say whether a string is text: whole characters, which UTF-8 can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def nested(row: int) -> RefusedError:
    """Give the refusal of an object within an object."""
    return RefusedError(
        f"row {row}: a value is itself a list or an object",
        code="trace.nested",
        hint="flatten the file to one value a key",
    )


def records(lines: Iterator[str], *, before: int = 0) -> Iterator[dict[str, str] | RefusedError | None]:
    """Give the object of every line that is not blank; None where it is no object, or what is wrong with it.

    Args:
        before: how many rows come before these.
    """
    for row, line in enumerate(filter(str.strip, lines), start=before + 1):
        try:
            yield parse_line(line, row=row)
        except RefusedError as trouble:
            yield trouble


def sample_jsonl(text: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the keys of a sample in the order they are first met, and its rows."""
    sample = [record for record in islice(records(iter(text.split("\n"))), SAMPLE_LINES) if isinstance(record, dict)]
    keys = tuple(dict.fromkeys(key for record in sample for key in record))
    return keys, [[record.get(key, "") for key in keys] for record in sample]


@dataclass(slots=True)
class Standing:
    """Where the reading stands: at which row of which block, and what was met before it.

    `damaged` counts the lines that no codec decoded in the blocks before; `nested` is the number of the first row with a
    list or an object in it.
    """

    block: int = 0
    row: int = 0
    read: int = 0
    unreadable: int = 0
    damaged: int = 0
    nested: int | None = None
    late: list[str] = field(default_factory=list)

    def document(self) -> State:
        """Give it as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def read_jsonl(
    source: Source,
    *,
    dialect: Dialect,
    fields: dict[str, FieldName],
    aside: Aside | None = None,
    known: Collection[str] = (),
    gathering: Gathering | None = None,
) -> Body:
    """Read the wanted keys of JSON Lines; a line that is no flat object is unreadable, an absent key an empty text.

    Args:
        known: the keys of the sample; what else is met is given as `late`.
        gathering: takes the rows, and may have the first of them already.
    Raises: RefusedError: `trace.encoding`.
    """
    gathering = gathering or Gathering(aside)
    standing = Standing(**(gathering.begin() or {}))
    met = {*known, *standing.late}
    lines = Utf8Lines(source, dialect=dialect, skip=standing.block, damaged=standing.damaged)
    named = dict(enumerate(fields.values()))
    ordinals: list[int] = []
    columns: list[list[str]] = [[] for _ in fields]
    wanted = list(zip(fields, columns, strict=True))
    for block in lines:
        rows = records(text_lines(iter((block,))), before=standing.read - standing.row)
        for record in islice(rows, standing.row, None):
            standing.row += 1
            standing.read += 1
            if not isinstance(record, dict):
                standing.unreadable += 1
                gathering.aside.put(standing.read - 1, reason="json", text="")
                standing.nested = standing.nested or (standing.read if record is not None else None)
                continue
            ordinals.append(standing.read - 1)
            if not record.keys() <= met and len(met) < KEYS_AT_MOST:
                standing.late += [key for key in record if key not in met]
                met.update(record)
            for key, column in wanted:
                column.append(record.get(key, ""))
            if len(ordinals) == SLOW_BATCH_ROWS:
                table = flushed(ordinals, columns=columns, fields=named)
                gathering.add(table, read=standing.read, state=standing.document)
        standing.block, standing.row, standing.damaged = standing.block + 1, 0, lines.damaged
    gathering.add(flushed(ordinals, columns=columns, fields=named), read=standing.read, state=standing.document)
    gathering.end(read=standing.read, state=standing.document)
    return Body(
        batches=gathering.batches,
        unreadable=standing.unreadable,
        damaged_lines=lines.damaged,
        trouble=None if standing.nested is None else nested(standing.nested),
        late=frozenset(met.difference(known)) if known else frozenset(),
    )
