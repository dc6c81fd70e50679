"""Numbers and names as a reader sees them, rounded to the careful side."""

import math
import unicodedata

from suyuan.terms import Bits, Probability

MINUS = "\N{MINUS SIGN}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Count(int):
    """A number that brings its word: `{n:row|rows}` gives `1 row`, `{n:-is|are}` the word alone, `{n}` `4,000`."""

    def __format__(self, spec: str) -> str:
        number = int.__format__(self, ",")
        if not spec:
            return number
        one, many = spec.removeprefix("-").split("|")
        word = one if self == 1 else many
        return word if spec.startswith("-") else f"{number} {word}"


def bits_down(bits: Bits) -> str:
    """Give evidence with two decimals, rounded down: never more than was found."""
    return hundredths(float(bits), up=False)


def bits_up(bits: Bits) -> str:
    """Give a naming line with two decimals, rounded up: never less than is needed."""
    return hundredths(float(bits), up=True)


def hundredths(value: float, *, up: bool) -> str:
    """Round to two decimals in one direction, with a true minus sign."""
    if math.isinf(value):
        return MINUS * (value < 0) + "∞"
    steps = value * 100
    whole = math.ceil(steps) if up else math.floor(steps)
    return f"{whole / 100:,.2f}".replace("-", MINUS)


def one_in(chance: Probability) -> str:
    """Give n of `1 in n`, rounded down: the chance is never made to look smaller than it is."""
    value = float(chance)
    if value == 0:
        return "∞"
    inverse = 1 / value
    near = round(inverse)
    return f"{near if math.isclose(inverse, near, rel_tol=1e-9) else math.floor(inverse):,}"


def percent(part: int, *, whole: int) -> str:
    """Give a share with one decimal; nothing of nothing is 0."""
    return f"{100 * part / whole if whole else 0:.1f} %"


def columns_of(text: str) -> int:
    """Give how wide a text is in half-width columns; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def shortened(text: str, *, columns: int) -> str:
    """Cut a text to a width in columns, with an ellipsis."""
    if columns_of(text) <= columns:
        return text
    while columns_of(text) > columns - 1:
        text = text[:-1]
    return text + ELLIPSIS
