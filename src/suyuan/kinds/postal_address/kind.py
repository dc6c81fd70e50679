"""The postal address kind: texts that hold Han are read as Chinese, all others as Western."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from suyuan.kinds.kind import NOT_A, AsPart, Canonical, FormColumns, FormTable, NotA, Span
from suyuan.kinds.plain import HAN, plain, plain_column
from suyuan.kinds.postal_address import chinese, western
from suyuan.kinds.product import merge_columns, product, product_columns, single_form_columns
from suyuan.terms import KindName

_HAN = f"[{HAN}]"
_RADICES = ("r0", "r1", "r2", "r3")


class PostalAddress:
    """Postal addresses. The forms differ in province, separators, designators and unit style, as the text allows."""

    name: KindName = KindName.POSTAL_ADDRESS
    version: int = 1
    slot_names: tuple[str, ...] = ("region", "separator", "designator", "unit")

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find addresses: Chinese runs with region and number, Western runs from house number to street type."""
        spans = [*chinese.spans(text), *western.spans(text)]
        return tuple(sorted(spans, key=lambda span: span.start))

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the address with one spelling of each redundant part; nothing else is touched."""
        text = plain(text)
        spelled = chinese.canonical(text) if re.search(_HAN, text) else western.canonical(text)
        return NOT_A if spelled is None else Canonical(spelled)

    def mask(self, canonical: Canonical) -> str:
        """Hide unit and room."""
        return chinese.mask(canonical) if re.search(_HAN, canonical) else western.mask(canonical)

    def parts(self, canonical: Canonical) -> Sequence[AsPart]:
        """Give what the equal spellings are put together from."""
        is_han = not canonical.isascii() and re.search(_HAN, canonical)
        return chinese.form_parts(canonical) if is_han else western.form_parts(canonical)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the equal spellings; a bare street line has three, a full Chinese flat forty-eight."""
        return product(self.parts(canonical), slots=len(self.slot_names))

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = plain_column(column.cast(pl.String))
        return _by_script(text, chinese.canonical_column, western.canonical_column).alias(column.name)

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        return _by_script(canonical, chinese.mask_column, western.mask_column).alias(canonical.name)

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        text = canonical.cast(pl.String)
        rows = pl.DataFrame({"text": text, "row": np.arange(text.len(), dtype=np.uint32)})
        han = pl.col("text").str.contains(_HAN)
        pieces = []
        for room, chosen in ((chinese, han), (western, han.not_()), (None, pl.col("text").is_null())):
            part = rows.filter(chosen)
            if part.is_empty():
                continue
            if room is None:
                pieces.append((part["row"], single_form_columns(part["text"], slots=len(self.slot_names))))
            else:
                frame = room.form_columns(part["text"]).with_columns(pl.lit(True).alias("given"))
                pieces.append((part["row"], product_columns(frame, parts=room.PART_COLUMNS, radices=_RADICES)))
        return merge_columns(pieces, slots=len(self.slot_names))


def _by_script(
    text: pl.Series, han: Callable[[pl.Series], pl.Series], other: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """Give each text to the function of its script, and put the answers back in order; null stays null."""
    is_han = text.str.contains(_HAN).fill_null(False)
    count = int(is_han.sum())
    if count == 0:
        return other(text)
    if count == text.len():
        return han(text)
    answers = pl.concat([han(text.filter(is_han)), other(text.filter(~is_han))]).rechunk()
    flags = is_han.to_numpy()
    return answers.gather(np.where(flags, np.cumsum(flags) - 1, count + np.cumsum(~flags) - 1))


def looks_like_address(cells: pl.Series) -> pl.Series:
    """Tell which plain cells are an address by their tokens alone: a region or street with a number, a street type."""
    is_han = cells.str.contains(_HAN)
    # `#1001` is a flat to whoever reads an address, and an order's number by itself.
    is_western = ~is_han & cells.str.contains(r"\p{L}") & cells.str.contains(western.WHOLE)
    return (is_han & cells.str.contains(chinese.WHOLE)) | is_western
