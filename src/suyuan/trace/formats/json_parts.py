"""Which table of a JSON text is read: lists within one another, columns instead of rows, objects that end lines."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import Final

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.trace.columns.glued import is_glued
from suyuan.trace.columns.headers import known_words
from suyuan.trace.columns.layout import cells_table, layout_of
from suyuan.trace.columns.synonyms import grouped
from suyuan.trace.dump import DumpColumn
from suyuan.trace.files.dialect import SAMPLE_LINES, is_json_lines
from suyuan.trace.formats import json_lines, json_rows, labels
from suyuan.trace.formats.candidates import (
    FAIR_SHARE,
    OF_FIELDS,
    ROWS_COUNTED,
    labelled_parts,
    named,
    rows_counted,
    scored,
)
from suyuan.trace.formats.json_stream import json_values
from suyuan.trace.formats.jsonl import records, sample_jsonl
from suyuan.trace.formats.rows import Odd, Part, Record, Text, no_rows, part_of_records

QUOTED_KEY = re.compile(r'"\w+"\s*:')
LITERAL = re.compile(r"^\s*[(\[].*[)\]]\s*[,;]?\s*$")
"""A line that a program printed as a list of values."""

LIST_KEY = re.compile(r'"(?P<key>(?:[^"\\]|\\.)*)"\s*:\s*$')
FLAT_SHARE: Final = 1.25
"""Of more lines than the rest of this the objects must be flat to be read as they stand."""

ARRAYS_AT_MOST: Final = 20
LISTS_LOOKED_AT: Final = 6
DEPTH_AT_MOST: Final = 4
"""Lists within one another that are looked into for people."""


def json_parts(head: str, *, text: Text, fields: OF_FIELDS, skip: int) -> list[Part] | None:
    """Give the table of JSON that is not flat JSON Lines.

    Args:
        skip: characters before the first value.
    Raises: RefusedError: `trace.format`, no array of objects begins in the head.
    """
    bare = head[skip:]
    lines = [line for line in bare.split("\n")[:50] if line.strip()]
    is_lines = is_json_lines(bare)
    if (not is_lines or len(lines) == 1) and json_rows.TURNED.match(bare):
        part = part_of_records("columns", partial(json_rows.turned_lines, text, skip=skip))
        if part is not None and scored(part, fields=fields) > 0:
            return [part]
    if is_lines:
        _, rows = sample_jsonl("\n".join(lines))
        is_single = len(lines) == 1 and (bare.count("{") > 1 or json_rows.ARRAY_OF_ARRAYS.search(bare) is not None)
        # Flat lines are read as they stand. A single line may be one object that wraps all of them.
        if len(rows) * FLAT_SHARE > len(lines) and not is_broken_up(bare) and not is_careful(*sample_jsonl(head)):
            return None
        if not is_single:
            whole = objects_in("objects", partial(json_values, text, is_free=True))
            part = None if whole is None else people_in(whole, fields=fields)
            if part is None or not is_grid(part):
                return named(part)
    if bare[:1] in ("{", '"') or sum(line.strip().startswith("{") for line in lines) * 2 > len(lines) > 1:
        whole = objects_in("objects", partial(json_values, text, skip=skip, is_free=True))
    else:
        whole = None
    if whole is not None and rows_counted(whole.part) > 1:
        best = best_of([people_in(whole, fields=fields)], fields=fields)
        if best is not None and not is_grid(best):
            return [best]
    lists = json_rows.lists_in(head, form=json_rows.ARRAY)
    found = [list_at(head, text=text, start=start, key=key) for start, key in lists.items()]
    # Of lists beside one another, the one with the most objects is the table.
    parts = [people_in(one, fields=fields) for one in found if one is not None]
    parts += array_parts(head, text=text, fields=fields)
    best = best_of(parts, fields=fields)
    if best is None and whole is not None:
        best = best_of([people_in(whole, fields=fields)], fields=fields)
    if best is not None:
        # Lists beside it are tables of their own, which are named, and read if they are laid out alike.
        beside = {one.name: one for one in parts if one.name in lists.values() and one.name != best.name}
        return [best, *beside.values()] if best.name in lists.values() else [best]
    if not QUOTED_KEY.search(bare) and (labelled := labelled_parts(head, text=text, fields=fields)) is not None:
        # Objects as a program's source writes them, with bare keys.
        return labelled
    raise RefusedError(
        "the file looks like JSON, but no list of objects about people begins in it",
        code="trace.format",
        hint="write JSON Lines: one object a line",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table of the objects among some values, and these."""

    part: Part
    values: Callable[[], Iterator[object]] = field(repr=False)


def objects_in(name: str, values: Callable[[], Iterator[object]]) -> Listed | None:
    """Give the table of the objects among some values; None if there is none."""
    part = part_of_records(name, lambda: json_rows.records_of(values()))
    return None if part is None else Listed(part=part, values=values)


def list_at(head: str, *, text: Text, start: int, key: str) -> Listed | None:
    """Give the table of a list, and of later ones under the same key: pages of answers.

    Args:
        start: where its first object stands.
    """
    return objects_in(
        key or "objects", partial(json_values, text, skip=start, again=later(head, start=start, of=json_rows.OBJECT))
    )


def best_of(parts: Sequence[Part], *, fields: OF_FIELDS) -> Part | None:
    """Give the table with the most objects, of several the one that tells most of people; None where none tells any."""
    counts = {id(part): rows_counted(part) for part in parts}
    for _, alike in groupby(sorted(parts, key=lambda part: -counts[id(part)]), key=lambda part: counts[id(part)]):
        score, part = max(((scored(part, fields=fields), part) for part in alike), key=lambda pair: pair[0])
        if score > 0:
            return part
    return None


def later(head: str, *, start: int, of: str) -> re.Pattern[str]:
    """Give how a list begins that stands under the same key as the one whose first value is at a place, or under none as it.

    Args:
        of: how such a list begins.
    """
    keyed = LIST_KEY.search(head, 0, head.rindex("[", 0, start))
    before = "" if keyed is None else rf'"{re.escape(keyed["key"])}"\s*:\s*'
    return re.compile(rf"{before}{of}")


def array_parts(head: str, *, text: Text, fields: OF_FIELDS) -> list[Part]:
    """Give the lists of lists that begin in a head, with the names of their columns where they stand beside."""
    known = known_words(fields)
    parts: list[Part] = []
    for start in islice(json_rows.lists_in(head, form=json_rows.ARRAY_OF_ARRAYS), ARRAYS_AT_MOST):
        rows = partial(json_rows.json_arrays, text, skip=start, again=later(head, start=start, of=json_rows.LIST))
        first = next(iter(rows()), None)
        names = None
        if first is not None and not isinstance(first, Odd):
            names = json_rows.names_in(head, width=len(first), is_known=lambda name: labels.is_known(name, known=known))
            # A first row of names is a header like any other.
            names = None if names is not None and list(names) == first else names
        parts.append(Part(name="arrays", names=names, rows=rows))
    return parts


def is_broken_up(bare: str) -> bool:
    """Say whether some line holds several objects, or a piece of one that stands over several lines."""
    loose: list[int] = []
    for _ in islice(records(iter(bare.split("\n")), loose=loose), SAMPLE_LINES):
        pass
    return bool(loose)


def is_careful(names: tuple[str, ...], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether flat objects are not to be read as they stand: several fields in a value, or keys that say the same."""
    if any(len(group) > 1 for group in grouped(dict(zip(names, row, strict=True)) for row in rows)):
        return True
    return any(is_glued(cells) for cells in cells_table(rows, width=len(names)))


def people_in(listed: Listed, *, fields: OF_FIELDS, depth: int = 0) -> Part:
    """Give the objects of the list within each record in which the people stand: those of a company, of a page; else the part.

    Its objects are people if each tells of one what two fields hold, a number or mailbox among them. Where the record
    tells another's number beside the list, and not the same one each time, the record is a person and the list is of
    other people: none of its values is the record's.
    """
    part, values = listed.part, listed.values
    inner: dict[str, Listed] = {}
    for path in json_rows.named_lists(part.names or ())[:LISTS_LOOKED_AT] if depth < DEPTH_AT_MOST else ():
        found = objects_in(path, lambda path=path: json_rows.listed_values(values(), path=path))  # type: ignore[misc]
        kinds = set() if found is None else {column.kind for column in columns_told(found.part, fields=fields)}
        if found is not None and len(kinds) > 1 and not kinds.isdisjoint(STRONG_KINDS):
            inner[path] = found
    if not inner:
        return part
    records = part.records or no_rows
    bare = part_of_records(part.name, lambda: map(partial(without_lists, paths=frozenset(inner)), records()))
    if bare is not None and tells_people(bare, fields=fields):
        return bare
    people = [people_in(one, fields=fields, depth=depth + 1) for one in inner.values()]
    return max(people, key=rows_counted)


def tells_people(part: Part, *, fields: OF_FIELDS) -> bool:
    """Say whether the records of a table tell numbers or mailboxes, and not the same in each."""
    strong = [column.index for column in columns_told(part, fields=fields) if column.kind in STRONG_KINDS]
    rows = [row for row in islice(part.rows(), ROWS_COUNTED) if not isinstance(row, Odd)]
    return any(len({row[at] for row in rows if at < len(row) and row[at]}) > 1 for at in strong)


def is_grid(part: Part) -> bool:
    """Say whether lists of cells stand in the records of a table: each is a row whose names stand elsewhere."""
    return any(map(json_rows.is_in_grid, part.names or ()))


def columns_told(part: Part, *, fields: OF_FIELDS) -> list[DumpColumn]:
    """Give the columns that are a field's; none where the part is no table."""
    try:
        return [column for column in layout_of(part, fields=fields, given={}).columns if column.field is not None]
    except RefusedError:
        return []


def without_lists(record: Record, *, paths: frozenset[str]) -> Record:
    """Give a record without the values of the lists under some paths."""
    if isinstance(record, Odd):
        return record
    return {name: value for name, value in record.items() if paths.isdisjoint(json_rows.lists_around(name))}


def literal_parts(bare: str, *, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of lines each of which is a list of values, in the spelling of JSON or of Python; else None."""
    lines = [line for line in bare.split("\n")[:50] if line.strip()]
    if len(lines) < 2 or sum(LITERAL.match(line) is not None for line in lines) * 2 < len(lines):
        return None
    part = Part(name="lists", names=None, rows=partial(json_lines.literal_lines, text))
    return [part] if rows_counted(part) > 0 and scored(part, fields=fields) > 0 else None


def tail_parts(bare: str, *, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of lines that end with an object, as logs and queues write them; None of other lines."""
    lines = [line for line in bare.split("\n")[:50] if line.strip()]
    if sum(json_lines.tail_of(line) is not None for line in lines) < FAIR_SHARE * len(lines):
        return None
    part = part_of_records("objects", partial(json_lines.tail_records, text))
    return None if part is None or scored(part, fields=fields) <= 0 else [part]
