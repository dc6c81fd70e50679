"""JSON Lines: one flat object a line, numbers kept as they are spelled."""

import json
from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.aside import Aside
from suyuan.trace.csv_rows import text_lines
from suyuan.trace.delimited import SLOW_BATCH_ROWS, Utf8Lines, flushed
from suyuan.trace.dialect import SAMPLE_LINES, Dialect
from suyuan.trace.dump import Body
from suyuan.trace.source import Source
from suyuan.trace.spool import Batches

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


def records(lines: Iterator[str]) -> Iterator[dict[str, str] | RefusedError | None]:
    """Give the object of every line that is not blank; None where it is no object, or what is wrong with it."""
    for row, line in enumerate(filter(str.strip, lines), start=1):
        try:
            yield parse_line(line, row=row)
        except RefusedError as trouble:
            yield trouble


def sample_jsonl(text: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the keys of a sample in the order they are first met, and its rows."""
    sample = [record for record in islice(records(iter(text.split("\n"))), SAMPLE_LINES) if isinstance(record, dict)]
    keys = tuple(dict.fromkeys(key for record in sample for key in record))
    return keys, [[record.get(key, "") for key in keys] for record in sample]


def read_jsonl(
    source: Source,
    *,
    dialect: Dialect,
    fields: dict[str, FieldName],
    aside: Aside | None = None,
    known: Collection[str] = (),
) -> Body:
    """Read the wanted keys of JSON Lines; a line that is no flat object is unreadable, an absent key an empty text.

    Args:
        known: the keys of the sample; what else is met is given as `late`.
    Raises: RefusedError: `trace.encoding`.
    """
    met = set(known)
    lines = Utf8Lines(source, dialect=dialect)
    named = dict(enumerate(fields.values()))
    batches = Batches()
    ordinals: list[int] = []
    columns: list[list[str]] = [[] for _ in fields]
    wanted = list(zip(fields, columns, strict=True))
    unreadable = 0
    trouble: RefusedError | None = None
    for ordinal, record in enumerate(records(text_lines(iter(lines)))):
        if not isinstance(record, dict):
            unreadable += 1
            if aside is not None:
                aside.put(ordinal, reason="json", text="")
            trouble = trouble or record
            continue
        ordinals.append(ordinal)
        if not record.keys() <= met and len(met) < KEYS_AT_MOST:
            met.update(record)
        for key, column in wanted:
            column.append(record.get(key, ""))
        if len(ordinals) == SLOW_BATCH_ROWS:
            batches.add(flushed(ordinals, columns=columns, fields=named))
    batches.add(flushed(ordinals, columns=columns, fields=named))
    return Body(
        batches=batches,
        unreadable=unreadable,
        damaged_lines=lines.damaged,
        trouble=trouble,
        late=frozenset(met.difference(known)) if known else frozenset(),
    )
