"""E-mail addresses in lower case; one form only."""

import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import plain, plain_column
from suyuan.kinds.product import product, single_form_columns
from suyuan.terms import KindName

_EDGES = r"^(?:[Mm][Aa][Ii][Ll][Tt][Oo]:|[<'\"\u2018\u201c ])+|[>'\"\u2019\u201d ]+$"
_LOCAL = r"[A-Za-z0-9!#$%&*+/=?^_{|}~\-]+(?:\.[A-Za-z0-9!#$%&*+/=?^_{|}~\-]+)*"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9\-]{0,61}[A-Za-z0-9]"
_ADDRESS = rf"^{_LOCAL}@{_DOMAIN}$"
_LONG_LOCAL = "^[^@]{65}"
# Two asterisks in a row, or one at an end, are a mask: what they hide is nobody's address.
_MASKED = r"^\*|\*\*|\*@"
_IN_TEXT = re.compile(rf"(?<![A-Za-z0-9._%+\-@]){_LOCAL}@{_DOMAIN}(?![A-Za-z0-9@])")


class Email:
    """E-mail addresses. Read in lower case, as every large provider does; a `+tag` belongs to the address."""

    name: KindName = KindName.EMAIL
    version: int = 1
    slot_names: tuple[str, ...] = ()

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find addresses by their shape."""
        return tuple(
            Span(start=f.start(), end=f.end(), confidence=0.98)
            for f in _IN_TEXT.finditer(text)
            if not re.search(_MASKED, f.group())
        )

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the address in lower case, without `mailto:`, quotes or angle brackets."""
        text = re.sub(_EDGES, "", plain(text))
        if len(text) > 254 or re.search(_LONG_LOCAL, text) or re.search(_MASKED, text) or not re.search(_ADDRESS, text):
            return NOT_A
        return Canonical(text.lower())

    def mask(self, canonical: Canonical) -> str:
        """Show the first character and the domain: `z***@example.com`."""
        return f"{canonical[:1]}***{canonical[canonical.find('@') :]}"

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the address itself."""
        return (Part((str(canonical),)),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the address itself."""
        return product(self.parts(canonical), slots=0)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))}).select(text.str.replace_all(_EDGES, ""))
        fits = (
            (text.str.len_chars() <= 254)
            & ~text.str.contains(_LONG_LOCAL)
            & ~text.str.contains(_MASKED)
            & text.str.contains(_ADDRESS)
        )
        return frame.select(pl.when(fits).then(text.str.to_lowercase()).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        masked = pl.col("value").str.replace("(?s)^(.)[^@]*@", "${1}***@")
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column: every address once."""
        return single_form_columns(canonical, slots=0)
