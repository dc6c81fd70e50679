"""What surely is a mobile number, an ID or a mailbox: found in texts and rows, and told by a key of its plainest spelling."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.columns.glued import EMAIL, HEADED, MOBILE, RESIDENT
from suyuan.trace.formats.grid import PLAIN_FLAGS, known_flag, row_of, where_uncertain
from suyuan.trace.formats.rows import Block, Odd, Row

EDGE: Final = r"(?-u:\b)"
"""Where a number ends: at no digit, ASCII letter or underscore. A Chinese character before it is none of these."""

DRESSED: Final = r"(?:(?:00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
ESCAPED: Final = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[nrt])"
"""How a program's text writes a quote or a line's end: its letters belong to no mailbox behind it."""

QUOTE_IN_LOG: Final = r"\x22"
"""How a web server's log writes a quote: the number behind it would begin at no edge."""

IDENTIFIER: Final = rf"{ESCAPED}|[*＊]?{EMAIL}|{EDGE}{RESIDENT}{EDGE}|{EDGE}{DRESSED}{EDGE}|\+0{{2,12}}{MOBILE}{EDGE}"
"""In this order: a mailbox may hold a telephone number, an ID what looks like one. What follows an asterisk is masked, and
what begins with a telephone number may be two values. Databases write numbers as `+000013800000000.`."""

COUNTED: Final = (KindName.PHONE, KindName.RESIDENT_ID, KindName.EMAIL)

PHONE_DIGITS: Final = 11
ID_CHARACTERS: Final = 18


def identifiers(texts: pl.Series, *, kinds: Collection[KindName]) -> pl.DataFrame:
    """Give what surely is a mobile number, an ID with its right check digit or a mailbox in texts, each as often as it is there.

    Returns: `place` of the text, `kind`, and `key`, a hash of the value in its plainest spelling.
    """
    if texts.str.contains(QUOTE_IN_LOG, literal=True).any():
        texts = texts.str.replace_all(r"\\x[0-9A-Fa-f]{2}", " ")
    found = pl.DataFrame({"value": texts.str.extract_all(IDENTIFIER)}).with_row_index("place")
    value = pl.col("value")
    bare = value.str.replace_all("[ -]", "")
    found = found.explode("value").drop_nulls().filter(~value.str.contains(rf"^[*＊\\\\]|{HEADED}"))
    found = found.with_columns(
        pl.when(value.str.contains("@", literal=True))
        .then(pl.lit(KindName.EMAIL.value))
        .when((bare.str.len_chars() == ID_CHARACTERS) & ~bare.str.starts_with("+"))
        .then(pl.lit(KindName.RESIDENT_ID.value))
        .otherwise(pl.lit(KindName.PHONE.value))
        .alias("kind")
    ).filter(pl.col("kind").is_in([kind.value for kind in kinds]))
    of_id = pl.col("kind") == KindName.RESIDENT_ID.value
    if KindName.RESIDENT_ID in kinds:
        ids = found.filter(of_id)["value"].unique()
        right = ids.filter(KINDS[KindName.RESIDENT_ID].canonical_column(ids).is_not_null())
        found = found.filter(~of_id | value.is_in(right.implode()))
    plainest = (
        pl.when(pl.col("kind") == KindName.EMAIL.value)
        .then(value.str.to_lowercase())
        .when(of_id)
        .then(value.str.to_uppercase())
        .otherwise(bare.str.tail(PHONE_DIGITS))
    )
    return found.select("place", "kind", plainest.hash().alias("key"))


def keys_of(cells: pl.Series, *, kind: KindName, plain: npt.NDArray[np.bool_] | None = None) -> pl.Series:
    """Give the key of the value in each cell of a kind's column, or null.

    Args:
        plain: which cells are plain values.
    """
    value = values_of(cells, kind=kind, plain=plain)
    if kind is KindName.PHONE:
        value = value.str.tail(PHONE_DIGITS)
    return value.hash().alias("key").to_frame().select(pl.when(value.is_not_null()).then("key")).to_series()


def values_of(cells: pl.Series, *, kind: KindName, plain: npt.NDArray[np.bool_] | None) -> pl.Series:
    """Give canonical values, of plain mobile numbers without their country."""
    if plain is None:
        return KINDS[kind].canonical_column(cells)
    return where_uncertain(cells, is_certain=plain, change=KINDS[kind].canonical_column)


class Seen:
    """Some rows, looked at for identifiers."""

    __slots__ = ("_firsts", "_pieces")

    def __init__(self, rows: Sequence[Row | Block]) -> None:
        """Take rows, alone and in blocks; what could not be read is a row of one cell."""
        self._pieces: list[list[list[str]] | Block] = [[]]
        self._firsts = [0]
        for row in rows:
            last = self._pieces[-1]
            if isinstance(row, Block) or isinstance(last, Block):
                self._firsts.append(self._firsts[-1] + len(last))
                self._pieces.append(last := row if isinstance(row, Block) else [])
            if not isinstance(row, Block) and not isinstance(last, Block):
                last.append([row.text] if isinstance(row, Odd) else row)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._firsts[-1] + len(self._pieces[-1])

    def row(self, place: int) -> list[str]:
        """Give a row."""
        number = bisect_right(self._firsts, place) - 1
        # Of two that begin at one place the first has no row.
        return row_of(self._pieces[number], place - self._firsts[number])

    def identifiers(self, kinds: Collection[KindName]) -> Iterator[pl.DataFrame]:
        """Give what `identifiers` finds in the rows."""
        for first, piece in zip(self._firsts, self._pieces, strict=True):
            for found in identifiers_of(piece, kinds=kinds):
                yield found.with_columns(pl.col("place").cast(pl.Int64) + first)


def identifiers_of(piece: list[list[str]] | Block, *, kinds: Collection[KindName]) -> Iterator[pl.DataFrame]:
    """Give what `identifiers` finds in rows; of a block's cells only those are searched of which it is not certain."""
    if not isinstance(piece, Block):
        yield identifiers(pl.Series(["\t".join(row) for row in piece], dtype=pl.String), kinds=kinds)
        return
    for column in piece.columns:
        plain = np.zeros(len(piece), dtype=np.bool_)
        for kind, flag in PLAIN_FLAGS.items():
            is_plain = (column.flags & known_flag(flag)) > 0
            plain |= is_plain
            if kind in kinds and is_plain.any():
                places = np.flatnonzero(is_plain)
                yield keyed(places, keys=column.texts.gather(places).hash(), kind=kind)
        places = np.flatnonzero(~plain & ((column.flags & known_flag("TELLING")) > 0))
        if len(places):
            found = identifiers(column.texts.gather(places), kinds=kinds)
            yield keyed(places[found["place"].to_numpy()], keys=found["key"], kind=found["kind"])


def keyed(places: npt.NDArray[np.int64], *, keys: pl.Series, kind: KindName | pl.Series) -> pl.DataFrame:
    """Give identifiers as `identifiers` gives them."""
    kinds = pl.lit(kind.value).alias("kind") if isinstance(kind, KindName) else kind
    return pl.DataFrame({"place": places, "key": keys}).select("place", kinds, "key")
