"""Writes the rows of a page as JSON straight from the opened records: picks pieces of recipes by draws; for `writing`.

What it does not understand it leaves: such a row is read and written by the other road. Bytes are taken as they are, and
an index never leaves its row, whatever the bytes say.

Test: tests/properties/test_writing.py holds it equal to `render_rows`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Draws = npt.NDArray[np.uint16]

_QUOTE: Final = 0x22
_ESCAPE: Final = 0x5C
_OPEN: Final = 0x7B
_CLOSE: Final = 0x7D
_COLON: Final = 0x3A
_COMMA: Final = 0x2C
_PART: Final = 0x7C
_CHOICE: Final = 0x5E
_FIXED: Final = 0x2D
_ZERO: Final = 0x30
_DRAWS: Final = 65_536
_SLOTS: Final = 4


@compiled
def text_end(data: Bytes, at: int, stop: int) -> int:
    """Give where the text that begins at `at` ends; -1 where it holds an escape or does not end."""
    while at < stop:
        if data[at] == _QUOTE:
            return at
        if data[at] == _ESCAPE:
            return -1
        at += 1
    return -1


@compiled
def field_of(data: Bytes, at: int, stop: int, names: Bytes, bounds: Places) -> int:
    """Give which name stands at data[at:stop]; -1 where it is none of them."""
    for field in range(len(bounds) - 1):
        first = bounds[field]
        if bounds[field + 1] - first != stop - at:
            continue
        same = True
        for i in range(stop - at):
            if data[at + i] != names[first + i]:
                same = False
                break
        if same:
            return field
    return -1


@compiled
def members(data: Bytes, at: int, stop: int, names: Bytes, bounds: Places, found: Places) -> int:
    """Note where the texts of an object stand that begins behind `at`; give what is behind it, -1 where it is no such object.

    Args:
        found: for each name, from where to where its text is; shape (names, 2).
    """
    if at < stop and data[at] == _CLOSE:
        return at + 1
    while at < stop and data[at] == _QUOTE:
        close = text_end(data, at + 1, stop)
        if close < 0 or close + 2 >= stop or data[close + 1] != _COLON or data[close + 2] != _QUOTE:
            return -1
        end = text_end(data, close + 3, stop)
        if end < 0 or end + 1 >= stop:
            return -1
        field = field_of(data, at + 1, close, names, bounds)
        if field >= 0:
            found[field, 0], found[field, 1] = close + 3, end
        if data[end + 1] == _CLOSE:
            return end + 2
        if data[end + 1] != _COMMA:
            return -1
        at = end + 2
    return -1


@compiled
def pick(data: Bytes, at: int, stop: int, drawn: Draws, out: Bytes, put: int) -> int:
    """Write the form that the draws choose of a recipe's parts; give where it ends in `out`, -1 where it is no recipe.

    A choice is `uniform(radix).choose(draw)`: the first choices are one draw wider.
    """
    while at < stop:
        if data[at] != _PART or at + 1 >= stop:
            return -1
        slot, first, radix = int(data[at + 1]), at + 2, 1
        at = first
        while at < stop and data[at] != _PART:
            if data[at] == _CHOICE:
                radix += 1
            at += 1
        chosen = 0
        if slot != _FIXED:
            if slot < _ZERO or slot >= _ZERO + _SLOTS:
                return -1
            share, wider = _DRAWS // radix, _DRAWS % radix
            draw, edge = int(drawn[slot - _ZERO]), wider * (share + 1)
            chosen = draw // (share + 1) if draw < edge else wider + (draw - edge) // share
        elif radix > 1:
            return -1
        while chosen > 0:
            if data[first] == _CHOICE:
                chosen -= 1
            first += 1
        while first < at and data[first] != _CHOICE:
            out[put] = data[first]
            put, first = put + 1, first + 1
    return put


@compiled
def write(
    data: Bytes,
    starts: Places,
    names: Bytes,
    bounds: Places,
    versions: Bytes,
    lanes: Places,
    draws: npt.NDArray[np.uint16],
    out: Bytes,
    ends: Places,
) -> None:
    """Write each row's fields as an object and a comma, one behind the other, in the order of the names.

    Args:
        data: the opened records, joined; record i is data[starts[i]:starts[i + 1]].
        names: the fields' names, joined, ascending; name k is names[bounds[k]:bounds[k + 1]].
        versions: of each field's kind, the digit that its recipes begin with.
        lanes: the lane of each field; -1 where it is shown as it is.
        draws: shape (rows, lanes, 4).
        out: room for all that can be written.
        ends: for each row, where it ends in `out`; where the one before it ends if it is left to the other road.
    """
    fields, put = len(bounds) - 1, 0
    recipes, values = np.empty((fields, 2), np.int64), np.empty((fields, 2), np.int64)
    for row in range(len(ends)):
        began, at, stop = put, starts[row], starts[row + 1]
        recipes[:], values[:] = -1, -1
        # A record with recipes begins {"":{ and one without them is left.
        fine = at + 5 < stop and data[at] == _OPEN and data[at + 1] == _QUOTE and data[at + 2] == _QUOTE
        if fine and data[at + 3] == _COLON and data[at + 4] == _OPEN:
            at = members(data, at + 5, stop, names, bounds, recipes)
            if at >= 0 and at < stop and data[at] == _COMMA:
                at = members(data, at + 1, stop, names, bounds, values)
            fine = at == stop
        else:
            fine = False
        out[put] = _OPEN
        put += 1
        for field in range(fields):
            if not fine or values[field, 0] < 0:
                continue
            if put - 1 > began:
                out[put] = _COMMA
                put += 1
            out[put] = _QUOTE
            put += 1
            for i in range(bounds[field], bounds[field + 1]):
                out[put] = names[i]
                put += 1
            out[put], out[put + 1], out[put + 2] = _QUOTE, _COLON, _QUOTE
            put += 3
            first, last = values[field]
            if lanes[field] < 0:
                for i in range(first, last):
                    out[put] = data[i]
                    put += 1
            else:
                first, last = recipes[field]
                if first < 0 or first >= last or data[first] != versions[field]:
                    fine = False
                    continue
                put = pick(data, first + 1, last, draws[row, lanes[field]], out, put)
                if put < 0:
                    fine = False
                    put = began
                    continue
            out[put] = _QUOTE
            put += 1
        out[put], out[put + 1] = _CLOSE, _COMMA
        put += 2
        if not fine:
            put = began
        ends[row] = put
