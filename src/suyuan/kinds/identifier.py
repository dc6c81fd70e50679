"""Identifiers a site defines for itself: opaque, masked, with one form; never found in text by shape."""

from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import plain, plain_column
from suyuan.kinds.product import product, single_form_columns
from suyuan.terms import KindName


class Identifier:
    """Opaque identifiers: customer numbers, cards, plates, whatever a site names so."""

    name: KindName = KindName.IDENTIFIER
    version: int = 1
    slot_names: tuple[str, ...] = ()
    max_length: int = 256

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find nothing: an opaque value has no shape of its own."""
        return ()

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the plain text, case kept; only an empty or over-long text is no identifier."""
        text = plain(text)
        return Canonical(text) if 0 < len(text) <= self.max_length else NOT_A

    def mask(self, canonical: Canonical) -> str:
        """Show the first three and last two of ten or more, one at each end of five or more, else nothing."""
        size = len(canonical)
        head, tail = (3, 2) if size >= 10 else (1, 1) if size >= 5 else (0, 0)
        return canonical[:head] + "*" * (size - head - tail) + canonical[size - tail :]

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the identifier itself."""
        return (Part((str(canonical),)),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the identifier itself."""
        return product(self.parts(canonical), slots=0)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = pl.col("text")
        size = text.str.len_chars()
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))})
        return frame.select(pl.when((size > 0) & (size <= self.max_length)).then(text).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        size = value.str.len_chars().cast(pl.Int64)

        def masked(*, head: int, tail: int) -> pl.Expr:
            stars = value.str.slice(head, (size - head - tail).clip(0)).str.replace_all("(?s).", "*")
            return value.str.slice(0, head) + stars + value.str.slice((size - tail).clip(0))

        chosen = (
            pl.when(size >= 10)
            .then(masked(head=3, tail=2))
            .when(size >= 5)
            .then(masked(head=1, tail=1))
            .otherwise(masked(head=0, tail=0))
        )
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(chosen.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column: every identifier once."""
        return single_form_columns(canonical, slots=0)
