"""A header that comes again among the data, perhaps in another order: what follows is read as it says."""

from collections.abc import Iterator, Sequence

from suyuan.trace.headers import KIND_OF_WORD, hint_of, is_heading, plain_name
from suyuan.trace.layout import Layout, is_same
from suyuan.trace.rows import Odd, Row


def in_one_order(rows: Iterator[Row], *, layout: Layout) -> Iterator[Row]:
    """Give the data rows in the columns of the first header; a header that comes again is no row.

    A row of another number of cells than the header above it stays odd, as everywhere.
    """
    order: list[int] | None = None
    width = layout.width
    for row in rows:
        if isinstance(row, Odd):
            yield row
        elif is_heading(row, known=KIND_OF_WORD):
            is_first = layout.header is not None and is_same(row, layout.header)
            order, width = (None, layout.width) if is_first else (places(row, layout=layout), len(row))
        elif order is None or not (len(row) == width or (len(row) > width and not any(row[width:]))):
            # A header of another width than any row says nothing of where their cells are.
            yield row if order is None or width != layout.width else Odd(reason="width", text="\t".join(row))
        elif max(order) < 0:
            yield Odd(reason="width", text="\t".join(row))
        else:
            yield [row[place] if place >= 0 else "" for place in order]


def places(heading: Sequence[str], *, layout: Layout) -> list[int]:
    """Give where each column of the layout stands under another header, by its name or its kind; -1 where it does not."""
    names = [plain_name(cell) for cell in heading]
    kinds = [max(hints, key=lambda kind: hints[kind], default=None) for hints in map(hint_of, heading)]
    kind_of = {column.index: column.kind for column in layout.columns if column.kind is not None}
    found: list[int] = []
    for index in range(layout.width):
        name = plain_name(layout.names[index])
        place = names.index(name) if name and name in names else -1
        if place < 0 and index in kind_of and kind_of[index] in kinds:
            place = kinds.index(kind_of[index])
        found.append(-1 if place in found else place)
    return found
