"""What every kind answers: recognise, canonical, mask, forms; each with a scalar and a columnar face."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NewType, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.kinds.plain import HAN, WHITE, spliced
from suyuan.terms import KindName

Texts = TypeVar("Texts", pl.Series, pl.Expr)
"""A column of text, at hand or to be computed."""

Canonical = NewType("Canonical", str)
"""The one canonical form of a value. Case is kept; spelling is fixed."""

SLOTS_PER_FIELD = 4
"""Slots a kind may carry at most: a lane key holds four 16-bit draws."""

_CASED = rf"[^\n -@\[-~{HAN}]|  |\n | \n|^ | $"
_UNFOLDED = rf"[^\n -~{HAN}]|  |\n | \n|^ | $"
"""What a fold may change: all but Han, printable ASCII and single spaces inside a line; `_CASED` has A to Z as well."""

_LINE_END = "\u241e"
"""Stands for a newline while lines are folded together; no form holds it."""


class NotA:
    """The text is not a value of this kind. `NOT_A` is its only value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "not a value of this kind"


NOT_A = NotA()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text that looks like a value: `text[start:end]`, with a confidence in 0..1."""

    start: int
    end: int
    confidence: float


class Part(NamedTuple):
    """One stretch of a written form: `choices` of slot `slot`. A part outside every slot has one choice.

    All parts of one slot have equally many choices: its radix. A slot without a part has radix 1.
    """

    choices: tuple[str, ...]
    slot: int | None = None


AsPart: TypeAlias = tuple[tuple[str, ...], int | None]
"""A `Part`, or the bare pair, which is made at a tenth of the cost where every value has several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTable:
    """Every equivalent written form of one canonical value, as the product of its slots.

    `texts` is in mixed-radix order, slot 0 the most significant digit; a slot that does not apply
    to this value has radix 1. `len(texts) == prod(radices)`; all `fold`s are distinct.
    """

    radices: tuple[int, ...]
    texts: tuple[str, ...]

    def digits(self, index: int) -> tuple[int, ...]:
        """Give the choice of each slot for the form at `index`."""
        choices: list[int] = []
        for radix in reversed(self.radices):
            index, digit = divmod(index, radix)
            choices.append(digit)
        return tuple(reversed(choices))

    def render(self, choices: tuple[int, ...]) -> str:
        """Give the form for one choice per slot.

        Raises: RefusedError: as many choices as slots, each below its radix.
        """
        if len(choices) != len(self.radices):
            raise RefusedError(f"a form needs {len(self.radices)} choices, got {len(choices)}")
        index = 0
        for choice, radix in zip(choices, self.radices, strict=True):
            if not 0 <= choice < radix:
                raise RefusedError(f"choice {choice} is outside radix {radix}")
            index = index * radix + choice
        return self.texts[index]


Choices = npt.NDArray[np.uint8]
"""The choice of every slot of every row, below its radix; shape (rows, slots)."""


class FormColumns:
    """The columnar twin of `FormTable`: one row per value. The texts are built when they are asked for.

    `radices`: uint8, shape (rows, slots). `texts`: List[String], each row in mixed-radix order.
    A null canonical has radices 1 and a list of one empty string.
    """

    __slots__ = ("_build", "_pick", "_spell", "radices")

    def __init__(
        self,
        *,
        radices: npt.NDArray[np.uint8],
        build: Callable[[], pl.Series],
        pick: Callable[[Choices], pl.Series],
        spell: Callable[[], pl.Series],
    ) -> None:
        """Take what builds every form of every row, what builds one of each, and what gives the recipe of each row."""
        self.radices = radices
        self._build = build
        self._pick = pick
        self._spell = spell

    @property
    def texts(self) -> pl.Series:
        """Every form of every row, built anew at each call."""
        return self._build()

    def written(self, choices: Choices) -> pl.Series:
        """Give the one form of each row that has these choices; the others are not built."""
        return self._pick(choices)

    @property
    def recipes(self) -> pl.Series:
        """What the forms of each row are put together from, see `kinds.recipe`; null where there is no recipe."""
        return self._spell()


class Kind(Protocol):
    """One kind of personal information. Everything that depends on its spelling asks here."""

    name: KindName
    version: int
    slot_names: tuple[str, ...]

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find values of this kind in running text or a cell, with confidence; shape and checksum decide."""
        ...

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the one canonical form, or `NOT_A`. Never raises, whatever the text."""
        ...

    def mask(self, canonical: Canonical) -> str:
        """Give what may be shown to someone who needs less than the value; the same for every recipient."""
        ...

    def parts(self, canonical: Canonical) -> Sequence[AsPart]:
        """Give what the written forms are put together from, in order: whoever writes one form need not build all."""
        ...

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the equivalent written forms; `canonical(f) == canonical` for every form f."""
        ...

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a String column; null where it is `NOT_A` or null."""
        ...

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column of canonical values; null stays null."""
        ...

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column of canonical values."""
        ...


def fold(text: str) -> str:
    """Give the text as every reader of marks compares it: NFKC, no format characters, lower case, single spaces.

    Marks are distinct after this fold, so full-width digits, zero-width characters, case and padding
    neither carry a mark nor erase one.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf").lower()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def fold_column(column: Texts) -> Texts:
    """`fold` over a String column or expression; null stays null."""
    return (
        column.str.normalize("NFKC")
        .str.replace_all(r"\p{Cf}", "")
        .str.to_lowercase()
        .str.normalize("NFKC")
        .str.replace_all(WHITE, " ")
        .str.strip_chars(" ")
    )


def fold_cells(column: pl.Series) -> pl.Series:
    """`fold` over a column of cells; null stays null. Most are left alone by it, which one look tells."""
    several = column.str.contains(f"[\n{_LINE_END}]")
    return fold_column(column) if several.any() else fold_lines(column)


def fold_lines(column: pl.Series) -> pl.Series:
    """`fold` of every line of a column of joined lines; null stays null.

    A form table is kilobytes of Han and ASCII, which NFKC leaves alone: one look tells, at a tenth of the
    fold's cost, and only the rest is folded.

    Test: tests/properties/test_kinds_fold.py holds it equal to `fold`.
    """
    touched = column.str.contains(_CASED).fill_null(False)
    if not touched.any():
        return column
    rest = column.filter(touched)
    strange = rest.str.contains(_UNFOLDED)
    if strange.any():
        whole = fold_column(rest.filter(strange).str.replace_all("\n", _LINE_END, literal=True))
        edges = whole.str.replace_all(f" ?{_LINE_END} ?", "\n")
        rest = spliced(rest.str.to_lowercase(), mask=strange, texts=edges)
    else:
        rest = rest.str.to_lowercase()
    return spliced(column, mask=touched, texts=rest)
