"""Phones, resident numbers and mailboxes that belong to nobody and never repeat.

Every number carries its **side**: 0 for customers, 1 for strangers. The two sides share no phone,
resident number or mailbox under any seed, so a stranger in a dump is never a customer by accident.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.simulation.seeds import distinct, stream

MOST_PEOPLE = 5_000_000
"""Persons one world may hold at most; every range below has room for as many on each side."""

CHINESE_BLOCKS = ((163, 164, 169), (154, 194))
"""Network codes of the Chinese mobile plan that no operator holds, for either side.

Source: MIIT, allocation of public mobile network codes and H0 as of the end of March 2023: none of the five is listed.
"""

DRAMA_BLOCKS = (
    "+44 7700 900",
    "+44 20 7946 0",
    "+44 1632 960",
    "+44 113 496 0",
    "+44 114 496 0",
    "+44 115 496 0",
    "+44 116 496 0",
    "+44 117 496 0",
    "+44 118 496 0",
    "+44 121 496 0",
    "+44 131 496 0",
    "+44 141 496 0",
    "+44 151 496 0",
    "+44 161 496 0",
)
"""British blocks of 1,000 numbers (three more digits) that are never given to a subscriber.

Source: Ofcom, numbers for drama use (TV, radio).
"""

AREA_CODES = tuple(n for n in range(200, 990) if n // 10 % 10 != 9 and n % 100 != 11)
"""Area-code shapes of North America; in each of them 555-0100 to 555-0199 is kept for fiction (ATIS-0300115)."""

EXPANSION_CODES = tuple(n for n in range(290, 1000) if n // 10 % 10 == 9)
"""The 80 codes N9X, held back for the expansion of the North American plan and not in service (source: NANPA).

They take over when the fictional numbers, about 7,000 British and 35,000 American ones a side, are used up.
"""

REGION_ORIGIN = 990_000
"""Resident numbers begin with 99: GB/T 2260 has no such region, and a foreigner's card (9, then the province, then
the nation) no such province."""

ID_SIDE_REGIONS = 5_000
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
"""Source: GB 11643-1999, section 4.2 (ISO 7064 MOD 11-2)."""
ID_CHECKS = tuple("10X98765432")

MAIL_DOMAINS = ("example.com", "example.net", "example.org", "post.example", "mail.example")
"""Source: RFC 2606: reserved for documentation and tests; no mail is ever delivered there."""

FIRST_BIRTH = np.datetime64("1944-01-01")
BIRTH_DAYS = 22_600
"""Births run over 62 years up to the end of 2005: everybody is an adult."""


def require_side(side: int) -> None:
    """Refuse anything but 0 (customers) or 1 (strangers)."""
    if side not in (0, 1):
        raise RefusedError("a side is 0 (customers) or 1 (strangers)")


def _digits(values: npt.NDArray[np.int64], *, width: int) -> pl.Series:
    return pl.Series(values).cast(pl.String).str.zfill(width)


def chinese_phones(n: int, *, seed: int, side: int = 0) -> pl.Series:
    """Give `n` different 11-digit mobile numbers in network codes that nobody holds."""
    require_side(side)
    blocks = np.array(CHINESE_BLOCKS[side], dtype=np.int64)
    code = distinct(n, below=len(blocks) * 10**8, rng=stream(seed, purpose="phone/cn"))
    return _digits(blocks[code // 10**8] * 10**8 + code % 10**8, width=11)


def british_phones(n: int, *, seed: int, side: int = 0) -> pl.Series:
    """Give up to 7,000 different British drama numbers, `+44 7700 900123`; null where they have run out."""
    require_side(side)
    blocks = DRAMA_BLOCKS[side::2]
    have = min(n, len(blocks) * 1_000)
    code = distinct(have, below=len(blocks) * 1_000, rng=stream(seed, purpose="phone/gb"))
    head = pl.Series(blocks).gather(code // 1_000)
    return (head + _digits(code % 1_000, width=3)).extend_constant(None, n - have)


def american_phones(n: int, *, seed: int, side: int = 0) -> pl.Series:
    """Give `n` different American numbers: fictional 555-01xx first, then area codes that are not in service."""
    require_side(side)
    codes = AREA_CODES[side::2]
    have = min(n, len(codes) * 100)
    rng = stream(seed, purpose="phone/us")
    code = distinct(have, below=len(codes) * 100, rng=rng)
    areas = pl.Series(codes).cast(pl.String).gather(code // 100)
    known = "+1 " + areas + "-555-01" + _digits(code % 100, width=2)
    spare = np.array(EXPANSION_CODES[side::2], dtype=np.int64)
    area, rest = np.divmod(distinct(n - have, below=len(spare) * 8_000_000, rng=rng), 8_000_000)
    exchange, line = np.divmod(rest, 10_000)
    expansion = pl.Series(spare[area]).cast(pl.String)
    return known.append("+1 " + expansion + "-" + _digits(exchange + 200, width=3) + "-" + _digits(line, width=4))


def births(n: int, *, seed: int) -> npt.NDArray[np.datetime64]:
    """Give `n` dates of birth of adults, most of them in the middle of their lives."""
    share = stream(seed, purpose="birth").beta(2.2, 1.8, n)
    return FIRST_BIRTH + (share * BIRTH_DAYS).astype(np.int64)


def resident_ids(birth: npt.NDArray[np.datetime64], *, seed: int, side: int = 0) -> tuple[pl.Series, pl.Series]:
    """Give one resident number per person, and the dates of birth it states.

    The numbers have a valid GB 11643 check character and differ from each other. A date may move by
    one day against `birth`: region, order and the day's parity are what keeps two numbers apart.
    """
    require_side(side)
    n = len(birth)
    slot = distinct(n, below=ID_SIDE_REGIONS * 999 * 2, rng=stream(seed, purpose="resident_id"))
    slot, odd_day = np.divmod(slot, 2)
    region, order = np.divmod(slot, 999)
    days = birth.astype("datetime64[D]").astype(np.int64)
    days = days - days % 2 + odd_day
    born = pl.Series(days.astype(np.int32)).cast(pl.Date)
    body = (
        _digits(REGION_ORIGIN + side * ID_SIDE_REGIONS + region, width=6)
        + born.dt.strftime("%Y%m%d")
        + _digits(order + 1, width=3)
    )
    number = body.cast(pl.Int64).to_numpy()
    total = np.zeros(n, dtype=np.int64)
    for weight in ID_WEIGHTS[::-1]:
        number, digit = np.divmod(number, 10)
        total += digit * weight
    return body + pl.Series(ID_CHECKS).gather(total % 11), born


def mailboxes(handles: pl.Series, *, seed: int, side: int = 0) -> pl.Series:
    """Give one e-mail address per handle, `wang.31415926@example.com`; the number never repeats."""
    require_side(side)
    n = len(handles)
    rng = stream(seed, purpose="mailbox")
    code = distinct(n, below=45_000_000, rng=rng) + 10_000_000 + side * 45_000_000
    domain = pl.Series(MAIL_DOMAINS).gather(rng.integers(0, len(MAIL_DOMAINS), n))
    return handles + "." + pl.Series(code).cast(pl.String) + "@" + domain
