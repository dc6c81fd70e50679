"""Which table of a JSON text is read: lists within one another, columns instead of rows, objects that end lines."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.trace import json_lines, json_rows, labels
from suyuan.trace.candidates import FAIR_SHARE, OF_FIELDS, labelled_parts, named, rows_counted, scored
from suyuan.trace.dialect import is_json_lines
from suyuan.trace.glued import is_glued
from suyuan.trace.headers import known_words
from suyuan.trace.jsonl import sample_jsonl
from suyuan.trace.layout import cells_table, layout_of
from suyuan.trace.rows import Odd, Part, Record, Text, part_of_records
from suyuan.trace.synonyms import grouped

QUOTED_KEY = re.compile(r'"\w+"\s*:')
LITERAL = re.compile(r"^\s*[(\[].*[)\]]\s*[,;]?\s*$")
"""A line that a program printed as a list of values."""

FLAT_SHARE: Final = 1.25
"""Of more lines than the rest of this the objects must be flat to be read as they stand."""

ARRAYS_AT_MOST: Final = 20


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
        if len(rows) * FLAT_SHARE > len(lines) and not is_careful(*sample_jsonl(head)):
            return None
        if not is_single:
            return one_a_record(
                named(part_of_records("objects", partial(json_lines.json_lines, text))), text=text, fields=fields
            )
    candidates: list[tuple[str, Callable[[], Iterator[Record]]]] = []
    if sum(line.strip().startswith("{") for line in lines) * 2 > len(lines) > 1:
        candidates.append(("objects", partial(json_lines.json_lines, text)))
    lists = json_rows.lists_in(head)
    candidates += [
        (lists.get(start) or "objects", partial(json_rows.json_objects, text, skip=start))
        for start in json_rows.array_starts(head, skip=skip)
    ]
    # Of lists within one another, the one with the most objects is the table.
    found = [part for part in (part_of_records(name, records) for name, records in candidates) if part is not None]
    found += array_parts(head, text=text, fields=fields)
    counts = {id(part): rows_counted(part) for part in found}
    for _, alike in groupby(sorted(found, key=lambda part: -counts[id(part)]), key=lambda part: counts[id(part)]):
        held = [(scored(part, fields=fields), part) for part in alike]
        score, part = max(held, key=lambda pair: pair[0])
        if score > 0:
            # Lists beside it are tables of their own, which are named, and read if they are laid out alike.
            beside = {one.name: one for one in found if one.name in lists.values() and one.name != part.name}
            return [part, *beside.values()] if part.name in lists.values() else [part]
    if not QUOTED_KEY.search(bare) and (labelled := labelled_parts(head, text=text, fields=fields)) is not None:
        # Objects as a program's source writes them, with bare keys.
        return labelled
    raise RefusedError(
        "the file looks like JSON, but no list of objects about people begins in it",
        code="trace.format",
        hint="write JSON Lines: one object a line",
    )


def array_parts(head: str, *, text: Text, fields: OF_FIELDS) -> list[Part]:
    """Give the lists of lists that begin in a head, with the names of their columns where they stand beside."""
    known = known_words(fields)
    parts: list[Part] = []
    for found in islice(json_rows.ARRAY_OF_ARRAYS.finditer(head), ARRAYS_AT_MOST):
        rows = partial(json_rows.json_arrays, text, skip=found.end())
        first = next(iter(rows()), None)
        names = None
        if first is not None and not isinstance(first, Odd):
            names = json_rows.names_in(head, width=len(first), is_known=lambda name: labels.is_known(name, known=known))
            # A first row of names is a header like any other.
            names = None if names is not None and list(names) == first else names
        parts.append(Part(name="arrays", names=names, rows=rows))
    return parts


def is_careful(names: tuple[str, ...], rows: Sequence[Sequence[str]]) -> bool:
    """Say whether flat objects are not to be read as they stand: several fields in a value, or keys that say the same."""
    if any(len(group) > 1 for group in grouped(dict(zip(names, row, strict=True)) for row in rows)):
        return True
    return any(is_glued(cells) for cells in cells_table(rows, width=len(names)))


def one_a_record(parts: list[Part], *, text: Text, fields: OF_FIELDS) -> list[Part]:
    """Give the objects of the list within each line, where all that tells people stands in it; else what is given.

    A page of an interface's answers has many people in a line, and their first would hide the others.
    """
    try:
        layout = layout_of(parts[0], fields=fields, given={})
    except RefusedError:
        return parts
    told = [column.name for column in layout.columns if column.field is not None]
    lists = json_rows.lists_of(told)
    if len(lists) != 1 or any(not json_rows.lists_of([name]) for name in told):
        return parts
    [path] = lists
    inner = part_of_records(path, partial(json_lines.listed_records, text, path=path))
    return parts if inner is None or scored(inner, fields=fields) <= 0 else [inner]


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
