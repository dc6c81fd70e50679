"""Which kind a column holds, told from its cells alone: dumps come without a header."""

import polars as pl

from suyuan.kinds.bank_card import BankCard
from suyuan.kinds.coordinate import looks_like_coordinates
from suyuan.kinds.date import Date
from suyuan.kinds.email import Email
from suyuan.kinds.phone import Phone
from suyuan.kinds.plain import HAN, plain_column
from suyuan.kinds.plate import Plate
from suyuan.kinds.postal_address import looks_like_address
from suyuan.kinds.resident_id import ResidentId
from suyuan.kinds.surnames import COMPOUND, SINGLE
from suyuan.terms import KindName

SAMPLE_ROWS = 4_096
"""Cells looked at, evenly spaced: a share is then known to within about two hundredths."""

_HAN_NAME = (
    rf"^(?:[{''.join(sorted(SINGLE))}][{HAN}]{{1,2}}|(?:{'|'.join(sorted(COMPOUND))})[{HAN}]{{1,2}}"
    rf"|[{HAN}]{{1,9}}(?:\u00b7[{HAN}]{{1,9}}){{1,3}})$"
)
_WESTERN_NAME = (
    r"^[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'.-]*(?:,? [A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'.-]*){1,3}$"
)
_TOWN = r", [A-Z]{2}$"
"""`Austin, TX`: a town and its state look like a surname and a given name."""

_INSIDE = (
    r"(?:^|[^0-9A-Za-z])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?:[^0-9A-Za-z]|$)",
    r"(?:^|[^0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?:[^0-9A-Za-z]|$)",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
)
"""A mobile number, an ID number, a mailbox, within a longer text."""


def share_inside(column: pl.Series) -> float:
    """Give the share of non-empty sampled cells whose text, beside other words, has a mobile number, ID number or mailbox."""
    cells = column.cast(pl.String).drop_nulls()
    cells = plain_column(cells.gather_every(max(1, cells.len() // SAMPLE_ROWS)))
    cells = cells.filter(cells.str.len_chars() > 0)
    if cells.is_empty():
        return 0.0
    worded = cells.filter(cells.str.contains(r"\p{L}"))
    found = pl.select(pl.any_horizontal([pl.lit(worded.str.contains(pattern)) for pattern in _INSIDE])).to_series()
    return int(found.sum()) / cells.len()


def kind_shares(column: pl.Series) -> dict[KindName, float]:
    """Give, for each kind, the share of non-empty sampled cells whose whole text is a value of it.

    Stricter than `canonical`, which is told the kind and may be lenient: a name needs a known
    surname or the shape of a Western one, an address needs its tokens, a date of bare digits
    must not be a telephone number, a place is two numbers of four decimals or more. Each cell counts for one kind at most, so the shares sum to
    at most 1. `IDENTIFIER` never claims a cell.
    """
    cells = column.cast(pl.String).drop_nulls()
    cells = plain_column(cells.gather_every(max(1, cells.len() // SAMPLE_ROWS)))
    cells = cells.filter(cells.str.len_chars() > 0)
    shares = dict.fromkeys(KindName, 0.0)
    if cells.is_empty():
        return shares
    unspaced = cells.str.replace_all(" ", "", literal=True)
    claims = pl.DataFrame(
        {
            KindName.RESIDENT_ID.value: ResidentId().canonical_column(cells).is_not_null(),
            KindName.EMAIL.value: Email().canonical_column(cells).is_not_null(),
            KindName.PHONE.value: Phone().canonical_column(cells).is_not_null(),
            KindName.BANK_CARD.value: BankCard().canonical_column(cells).is_not_null(),
            KindName.PLATE.value: Plate().canonical_column(cells).is_not_null(),
            KindName.COORDINATE.value: looks_like_coordinates(cells),
            KindName.DATE.value: Date().canonical_column(cells).is_not_null(),
            KindName.POSTAL_ADDRESS.value: looks_like_address(cells),
            KindName.PERSON_NAME.value: unspaced.str.contains(_HAN_NAME)
            | (cells.str.contains(_WESTERN_NAME) & ~cells.str.contains(_TOWN)),
        }
    )
    free = pl.Series([True] * cells.len())
    for name in claims.columns:
        won = claims[name] & free
        shares[KindName(name)] = int(won.sum()) / cells.len()
        free = free & ~won
    return shares
