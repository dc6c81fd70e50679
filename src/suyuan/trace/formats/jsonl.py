"""JSON Lines: one flat object a line, numbers kept as they are spelled."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

import numpy as np
import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.dump import Body, batch
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.csv_rows import text_lines
from suyuan.trace.files.delimited import SLOW_BATCH_ROWS, Utf8Lines
from suyuan.trace.files.dialect import SAMPLE_LINES, Dialect
from suyuan.trace.files.gathering import Gathering, State
from suyuan.trace.files.source import Source
from suyuan.trace.formats.flat_lines import Block, Records, block_of_records, plain_block

KEYS_AT_MOST: Final = 1_000

JOINT: Final = re.compile(r"\}[\s,;]*\{")
"""Where one object ends and another begins."""


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


def records(
    lines: Iterator[str], *, before: int = 0, loose: list[int] | None = None
) -> Iterator[dict[str, str] | RefusedError | None]:
    """Give the object of every line that is not blank; None where it is no object, or what is wrong with it.

    Args:
        before: how many rows come before these.
        loose: takes the row of each line that holds several objects, or a piece of one.
    """
    for row, line in enumerate(filter(str.strip, lines), start=before + 1):
        try:
            record = parse_line(line, row=row)
        except RefusedError as trouble:
            yield trouble
            continue
        if record is None and loose is not None and is_loose(line):
            loose.append(row)
        yield record


def is_loose(line: str) -> bool:
    """Say whether a line that is no object holds several, or a piece of one that stands over several lines."""
    bare = line.strip()
    return bare == "{" or bare[:1] in ('"', "}") or JOINT.search(bare) is not None


def sample_jsonl(text: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the keys of a sample in the order they are first met, and its rows."""
    sample = [record for record in islice(records(iter(text.split("\n"))), SAMPLE_LINES) if isinstance(record, dict)]
    keys = tuple(dict.fromkeys(key for record in sample for key in record))
    return keys, [[record.get(key, "") for key in keys] for record in sample]


@dataclass(slots=True)
class Standing:
    """Where the reading stands: at which row of which block, and what was met before it.

    `loose` says that some line holds several objects, or a piece of one. `damaged` counts the lines that no codec decoded in the blocks before; `nested` is the number of the first row with a
    list or an object in it.
    """

    block: int = 0
    row: int = 0
    read: int = 0
    unreadable: int = 0
    damaged: int = 0
    nested: int | None = None
    is_loose: bool = False
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
    met = dict.fromkeys((*known, *standing.late))
    lines = Utf8Lines(source, dialect=dialect, skip=standing.block, damaged=standing.damaged)
    rows = Rows(tuple(fields.values()), gathering=gathering, standing=standing, met=met)
    for block in lines:
        before = standing.read - standing.row

        def read(line: bytes, further: int = 0, *, before: int = before) -> Records:
            loose: list[int] = []
            found = list(records(text_lines(iter((line,))), before=before + further, loose=loose))
            standing.is_loose = standing.is_loose or bool(loose)
            return found

        found = plain_block(block, known=tuple(met), wanted=tuple(fields), read=read)
        rows.take(found or block_of_records(read(block), wanted=tuple(fields)))
        standing.block, standing.row, standing.damaged = standing.block + 1, 0, lines.damaged
    rows.end()
    return Body(
        batches=gathering.batches,
        unreadable=standing.unreadable,
        damaged_lines=lines.damaged,
        trouble=None if standing.nested is None else nested(standing.nested),
        late=frozenset(met).difference(known) if known else frozenset(),
        is_loose=standing.is_loose,
    )


class Rows:
    """Gathers the rows of blocks in batches of one size, from the row of the first block at which the reading stands."""

    def __init__(
        self, names: tuple[FieldName, ...], *, gathering: Gathering, standing: Standing, met: dict[str, None]
    ) -> None:
        self._names = names
        self._gathering = gathering
        self._standing = standing
        self._met = met
        self._pending = [batch(rows=(), cells={name: pl.Series(dtype=pl.String) for name in names})]
        self._held = 0

    def take(self, block: Block) -> None:
        """Take the rows of a block."""
        standing, before = self._standing, self._standing.read - self._standing.row
        others = iter([(place, record) for place, record in block.others if place >= standing.row])
        other = next(others, None)
        first = int(np.searchsorted(block.places, standing.row))
        while standing.row < block.rows:
            last = first + SLOW_BATCH_ROWS - self._held
            is_full = last <= len(block.places)
            standing.row = int(block.places[last - 1]) + 1 if is_full else block.rows
            standing.read = before + standing.row
            while other is not None and other[0] < standing.row:
                self._note(other[1], row=before + other[0])
                other = next(others, None)
            cells = {name: column[first:last] for name, column in zip(self._names, block.cells, strict=True)}
            self._pending.append(batch(rows=block.places[first:last] + before, cells=cells))
            self._held += self._pending[-1].height
            first = last
            if is_full:
                self._flush()

    def end(self) -> None:
        """Say that all blocks were taken."""
        self._flush()
        self._gathering.end(read=self._standing.read, state=self._standing.document)

    def _note(self, record: dict[str, str] | RefusedError | None, *, row: int) -> None:
        """Note what a row is that was read by itself."""
        if isinstance(record, dict):
            fresh = [key for key in record if key not in self._met]
            if fresh and len(self._met) < KEYS_AT_MOST:
                self._standing.late += fresh
                self._met.update(dict.fromkeys(fresh))
            return
        self._standing.unreadable += 1
        self._gathering.aside.put(row, reason="json", text="")
        self._standing.nested = self._standing.nested or (row + 1 if record is not None else None)

    def _flush(self) -> None:
        table = pl.concat(self._pending, rechunk=True)
        self._pending, self._held = [table.clear()], 0
        self._gathering.add(table, read=self._standing.read, state=self._standing.document)
