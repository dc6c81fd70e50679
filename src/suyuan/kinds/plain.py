"""Plain text: what every kind reads before it looks at shape. `fold` without the lower case."""

import unicodedata

import numpy as np
import polars as pl

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U0002fa20-\U0003fffd"
"""The Han ideographs that NFKC leaves, as the inside of a regular-expression class; the same for `re` and Rust."""

WHITE = r"[\s\x1c-\x1f]+"
"""What `str.split` splits at, spelled for Rust: its `\\s` leaves out the four ASCII separators."""


_UNPLAIN = rf"[^ -~{HAN}]|  |^ | $"
"""What `plain` may change: all but Han, printable ASCII and single spaces inside."""

QUOTES = "='\"`\u2018\u2019\u201c\u201d"
"""What spreadsheets and people put around a value, as the inside of a regular-expression class."""

EDGES = rf"^[{QUOTES} ]+|[{QUOTES} ]+$"
"""Quotes and spaces around a value."""


def plain(text: str) -> str:
    """Give the text in NFKC, without format characters, with single spaces; case is kept."""
    if text.isascii():
        return " ".join(text.split())
    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def plain_column(column: pl.Series) -> pl.Series:
    """`plain` over a String column; null stays null. Most texts are plain as they are, which one look tells."""
    odd = column.str.contains(_UNPLAIN).fill_null(False)
    if not odd.any():
        return column
    rest = column.filter(odd)
    if not is_ascii(rest):
        rest = rest.str.normalize("NFKC").str.replace_all(r"\p{Cf}", "").str.normalize("NFKC")
    return spliced(column, mask=odd, texts=rest.str.replace_all(WHITE, " ").str.strip_chars(" "))


def is_ascii(column: pl.Series) -> bool:
    """Tell whether every text of the column is ASCII: NFKC then changes nothing, and is not paid for."""
    return bool(column.str.len_bytes().sum() == column.str.len_chars().sum())


def spliced(column: pl.Series, *, mask: pl.Series, texts: pl.Series) -> pl.Series:
    """Give the column with the rows of the mask replaced, in order."""
    flags = mask.to_numpy()
    place = np.arange(column.len(), dtype=np.uint32)
    place[flags] = column.len() + np.arange(texts.len(), dtype=np.uint32)
    return pl.concat([column.rename(""), texts.rename("")]).rechunk().gather(pl.Series(place)).rename(column.name)
