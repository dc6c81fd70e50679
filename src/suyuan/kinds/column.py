"""Which kind a column holds, told from its cells alone: dumps come without a header."""

from collections.abc import Sequence

import numpy as np
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
from suyuan.kinds.surnames import DOTTED_NAME, HAN_NAME
from suyuan.terms import KindName

SAMPLE_ROWS = 4_096
"""Cells looked at, evenly spaced: a share is then known to within about two hundredths."""

_WHOLE_HAN_NAME = rf"^(?:{HAN_NAME}|{DOTTED_NAME})$"
_WESTERN_NAME = (
    r"^[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'.-]*(?:,? [A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'.-]*){1,3}$"
)
_LANDS = (
    "United Kingdom|England|Scotland|Wales|Northern Ireland|Ireland|United States(?: of America)?|U\\.?S\\.?A\\.?|Canada|Mexico"
    "|Australia|New Zealand|India|Pakistan|Bangladesh|Sri Lanka|Nepal|Philippines|Malaysia|Singapore|Indonesia|Thailand"
    "|Vietnam|Cambodia|Myanmar|China|Hong Kong|Macau|Taiwan|Japan|South Korea|Korea|Germany|France|Italy|Spain|Portugal"
    "|Netherlands|Belgium|Luxembourg|Switzerland|Austria|Poland|Czech Republic|Slovakia|Hungary|Romania|Bulgaria|Greece"
    "|Croatia|Serbia|Slovenia|Ukraine|Russia|Sweden|Norway|Denmark|Finland|Iceland|Turkey|Egypt|Morocco|Algeria|Tunisia"
    "|Libya|Sudan|Nigeria|Ghana|Kenya|Ethiopia|Tanzania|Uganda|Cameroon|Senegal|South Africa|Saudi Arabia|Qatar|Kuwait"
    "|Bahrain|Oman|Yemen|United Arab Emirates|Iraq|Iran|Syria|Lebanon|Jordan|Israel|Palestine|Afghanistan|Kazakhstan"
    "|Brazil|Argentina|Chile|Colombia|Peru|Venezuela|Ecuador|Bolivia|Uruguay|Paraguay|Costa Rica|Panama|Cuba|Jamaica"
    "|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    "|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma"
    "|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    "|West Virginia|Wisconsin|Wyoming"
)
_TOWN = rf", (?:[A-Z]{{2}}|{_LANDS})$"
"""`Austin, TX`, `Bristol, United Kingdom`: a town and its state or country look like a surname and a given name.

Some are given names too; a column of `Smith, Virginia` and other names is still one of names by the others."""

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
    [shares] = kind_shares_each([column])
    return shares


def kind_shares_each(columns: Sequence[pl.Series]) -> list[dict[KindName, float]]:
    """Give `kind_shares` of several columns at one look: a table may have a thousand, of few cells each."""
    sampled = [one.cast(pl.String).drop_nulls() for one in columns]
    sampled = [cells.gather_every(max(1, cells.len() // SAMPLE_ROWS)) for cells in sampled]
    at = np.repeat(np.arange(len(columns)), [cells.len() for cells in sampled])
    every = plain_column(_with_usual_dots(pl.concat([pl.Series([], dtype=pl.String), *sampled])))
    is_filled = every.str.len_chars() > 0
    at, cells = at[is_filled.to_numpy()], every.filter(is_filled)
    counts = np.bincount(at, minlength=len(columns))
    shares = [dict.fromkeys(KindName, 0.0) for _ in columns]
    if cells.is_empty():
        return shares
    free = np.ones(cells.len(), dtype=np.bool_)
    for kind, claimed in _claims(cells).items():
        won = claimed.to_numpy() & free
        free &= ~won
        for place, count in zip(*np.unique(at[won], return_counts=True), strict=True):
            shares[place][kind] = int(count) / int(counts[place])
    return shares


def _with_usual_dots(cells: pl.Series) -> pl.Series:
    """Give cells with `·` for a wide full stop between characters, which `plain` makes one of ASCII."""
    if not cells.str.contains("\uff0e", literal=True).any():
        return cells
    return cells.str.replace_all(rf"([{HAN}])\uff0e([{HAN}])", "${1}\u00b7${2}")


def _claims(cells: pl.Series) -> dict[KindName, pl.Series]:
    """Say of which kinds each cell could be, the kind that a cell is given to first."""
    unspaced = cells.str.replace_all(" ", "", literal=True)
    return {
        KindName.RESIDENT_ID: ResidentId().canonical_column(cells).is_not_null(),
        KindName.EMAIL: Email().canonical_column(cells).is_not_null(),
        KindName.PHONE: Phone().canonical_column(cells).is_not_null(),
        KindName.BANK_CARD: BankCard().canonical_column(cells).is_not_null(),
        KindName.PLATE: Plate().canonical_column(cells).is_not_null(),
        KindName.COORDINATE: looks_like_coordinates(cells),
        KindName.DATE: Date().canonical_column(cells).is_not_null(),
        KindName.POSTAL_ADDRESS: looks_like_address(cells),
        KindName.PERSON_NAME: unspaced.str.contains(_WHOLE_HAN_NAME)
        | (cells.str.contains(_WESTERN_NAME) & ~cells.str.contains(_TOWN)),
    }
