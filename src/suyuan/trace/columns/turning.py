"""A header that comes again among the data, perhaps in another order: what follows is read as it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.trace.columns.header_rows import is_repeated
from suyuan.trace.columns.headers import HELD, KIND_OF_WORD, heading_words, hint_of, is_heading, plain_name
from suyuan.trace.columns.layout import Layout
from suyuan.trace.formats.rows import Block, Odd, Row

WORD_CHARACTERS: Final = max(map(len, KIND_OF_WORD)) + 1
"""The longest word for a column, and a mark before it."""

MARK: Final = "\ufeff"
"""What a file may begin with."""


@dataclass(slots=True)
class Order:
    """Where the columns of a layout stand under the header that came last, and its width; None under the first."""

    places: list[int] | None
    width: int


def in_one_order(rows: Iterator[Row | Block], *, layout: Layout, order: Order | None = None) -> Iterator[Row | Block]:
    """Give the data rows in the columns of the first header; a header that comes again is no row.

    No header stands in a block, and none comes while another order holds (`grid.Pieces`).

    A row of another number of cells than the header above it stays odd, as everywhere.

    Args:
        order: what the last header before these rows said; what those among them say is written there.
    """
    under = order or Order(None, layout.width)
    known = heading_words(layout.names)
    for row in with_headings_apart(rows, under=under, known=known):
        order_of, width = under.places, under.width
        if isinstance(row, Odd | Block):
            yield row
        elif is_repeated(row, header=layout.header):
            under.places, under.width = None, layout.width
        elif is_heading(row, known=known):
            is_first = layout.header is not None and (is_lower(row, layout.header) or is_part_of(row, layout.header))
            under.places = None if is_first else places(row, layout=layout)
            under.width = layout.width if is_first else len(row)
        elif order_of is None or not (len(row) == width or (len(row) > width and not any(row[width:]))):
            # A header of another width than any row says nothing of where their cells are.
            yield row if order_of is None or width != layout.width else Odd(reason="width", text="\t".join(row))
        elif max(order_of) < 0:
            yield Odd(reason="width", text="\t".join(row))
        else:
            yield [row[place] if place >= 0 else "" for place in order_of]


def with_headings_apart(rows: Iterator[Row | Block], *, under: Order, known: frozenset[str]) -> Iterator[Row | Block]:
    """Give rows, each with a header run on to its end as two: files were put together, and the first had no last line end.

    Test: tests/unit/trace/test_reordered.py.
    """
    for row in rows:
        if isinstance(row, Odd | Block) or not 1 < under.width < len(row):
            yield row
        else:
            yield from apart(row, width=under.width, known=known)


def apart(row: list[str], *, width: int, known: frozenset[str]) -> list[Row]:
    """Give a row and the header that is run on to its last cell; just the row where no known word ends that cell."""
    if not HELD.search("\t".join(row[:width])) or HELD.search("\t".join(row[width:])):
        return [row]
    last, behind = row[width - 1], row[width:]
    for size in range(min(len(last), WORD_CHARACTERS), 0, -1):
        word = last[-size:].strip(MARK)
        if plain_name(word) in known and is_heading([word, *behind], known=known):
            return [[*row[: width - 1], last[:-size].rstrip(MARK)], [word, *behind]]
    return [row]


def is_lower(row: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether a row is the lower of two that a header stands on, whose upper one names groups: its words end the names."""
    cells, names = [plain_name(cell) for cell in row], [plain_name(name) for name in header]
    return len(cells) == len(names) and all(name.endswith(cell) for cell, name in zip(cells, names, strict=True))


def is_part_of(row: Sequence[str], header: Sequence[str]) -> bool:
    """Say whether a row is one of the two that a header stands on: half its words in their places, none in another's."""
    cells, names = [plain_name(cell) for cell in row], [plain_name(name) for name in header]
    if len(cells) != len(names) or all(cell or not name for cell, name in zip(cells, names, strict=True)):
        return False
    others = [cell for cell, name in zip(cells, names, strict=True) if cell and cell != name]
    return len(others) * 2 <= sum(map(bool, cells)) and not set(others) & set(names)


def places(heading: Sequence[str], *, layout: Layout) -> list[int]:
    """Give where each column of the layout stands under another header, by its name or its kind; -1 where it does not."""
    names = [plain_name(cell) for cell in heading]
    kinds = [
        max((kind for kind in hints if hints[kind] > 0), key=lambda kind: hints[kind], default=None)
        for hints in map(hint_of, heading)
    ]
    kind_of = {column.index: column.kind for column in layout.columns if column.kind is not None}
    found: list[int] = []
    for index in range(layout.width):
        name = plain_name(layout.names[index])
        place = names.index(name) if name and name in names else -1
        if place < 0 and index in kind_of and kind_of[index] in kinds:
            place = kinds.index(kind_of[index])
        found.append(-1 if place in found else place)
    if (
        layout.header is None
        and len(heading) == layout.width
        and all(place in (-1, at) for at, place in enumerate(found))
    ):
        # It names what was told by content, in its order: a word of it that is not known takes nothing away.
        return list(range(layout.width))
    return found
