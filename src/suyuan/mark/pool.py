"""Pools of identifiers that the platform controls, from which decoys and aliases are drawn by key."""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import polars as pl

from suyuan.crypto.canonical import encode, to_base64
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError
from suyuan.terms import KindName

ATTEMPTS = 4
"""Draws that one lane key holds: 4 x 64 bits; a drawn identifier that is taken moves on to the next."""


class Pool(Protocol):
    """A set of `size` identifiers, a power of two, all reachable and all under the platform's control."""

    @property
    def name(self) -> str:
        """The pool's key in `policy/pools.toml`."""
        ...

    @property
    def kind(self) -> KindName:
        """What its identifiers are: phone or e-mail."""
        ...

    @property
    def size(self) -> int:
        """How many identifiers it has."""
        ...

    def member(self, index: int) -> str:
        """Give the canonical identifier at `index`, 0..size-1."""
        ...

    def members_in(self, canonical: pl.Series) -> pl.DataFrame:
        """Find the pool's identifiers in a column: rows `row` (u32), `index` (u64); each cell at most once."""
        ...

    def document(self) -> dict[str, object]:
        """Give the pool as plain data for the law."""
        ...


def require_power_of_two(size: int) -> None:
    """Require a pool size whose uniform draw from 64 bits is exact."""
    if not 1 < size <= 1 << 48 or size & (size - 1):
        raise RefusedError(f"a pool has a power of two of identifiers between 2 and 2**48, not {size}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePool:
    """A block of consecutive telephone numbers.

    Args:
        first: the first number in E.164, such as `+8617000000000`.
        size: how many, a power of two.
    """

    name: str
    first: str
    size: int
    kind: KindName = KindName.PHONE

    def __post_init__(self) -> None:
        require_power_of_two(self.size)
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", self.first):
            raise RefusedError(f"pool {self.name}: `first` is not a number in E.164 such as +8617000000000")
        if len(str(int(self.first[1:]) + self.size - 1)) != len(self.first) - 1:
            raise RefusedError(f"pool {self.name}: the block runs past the last number of its length")

    def member(self, index: int) -> str:
        """Give the number at `index`."""
        return f"+{int(self.first[1:]) + index}"

    def members_in(self, canonical: pl.Series) -> pl.DataFrame:
        """Find the block's numbers in a column of canonical phones."""
        start, length = int(self.first[1:]), len(self.first)
        return (
            canonical.to_frame("text")
            .with_row_index("row")
            .filter(pl.col("text").str.len_bytes() == length)
            .with_columns(index=pl.col("text").str.slice(1).cast(pl.Int64, strict=False) - start)
            .filter(pl.col("index").is_between(0, self.size - 1))
            .select("row", pl.col("index").cast(pl.UInt64))
        )

    def document(self) -> dict[str, object]:
        """Give the pool as plain data for the law."""
        return {"kind": self.kind.value, "first": self.first, "size": self.size}


_GIVEN = """
    wei fang min jing li qiang lei jun yang yong yan jie juan tao ming chao xiu ping gang hui hua jian lin bo xin
    yu hao chen anna jan emma noah lucas mia leo eva tom sara max nina paul lisa finn ella adam ruby owen iris
    hugo vera ivan jade karl lena milo nora otto rosa sven tess luca mara elsa theo
""".split()
_FAMILY = """
    wang zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han tang
    feng deng cao peng zeng smith jones brown taylor lee evans moore clark lewis walker hall young king wright
    scott green baker adams nelson carter mills perez reyes stone bauer meyer jansen visser bakker mulder klein
    vos dekker peeters
""".split()
_SEPARATORS = (".", "_")
_NUMBERS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPool:
    """Mailboxes at a domain the platform receives mail for: given name, separator, family name, number.

    2**33 addresses that read like anybody's, so one hit is worth up to 32 bits.
    """

    name: str
    domain: str
    size: int = len(_GIVEN) * len(_SEPARATORS) * len(_FAMILY) * _NUMBERS
    kind: KindName = KindName.EMAIL

    def __post_init__(self) -> None:
        require_power_of_two(self.size)
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", self.domain):
            raise RefusedError(f"pool {self.name}: `domain` is not a domain in lower case such as mail.example.org")

    def member(self, index: int) -> str:
        """Give the address at `index`."""
        index, number = divmod(index, _NUMBERS)
        index, family = divmod(index, len(_FAMILY))
        given, separator = divmod(index, len(_SEPARATORS))
        return f"{_GIVEN[given]}{_SEPARATORS[separator]}{_FAMILY[family]}{number}@{self.domain}"

    def members_in(self, canonical: pl.Series) -> pl.DataFrame:
        """Find the pool's addresses in a column of canonical e-mails."""
        shape = r"^([a-z]+)([._])([a-z]+)(0|[1-9][0-9]*)@" + re.escape(self.domain) + "$"
        part = pl.col("text").str.extract
        return (
            canonical.to_frame("text")
            .with_row_index("row")
            .filter(pl.col("text").str.contains(shape))
            .with_columns(
                given=part(shape, 1).replace_strict(_GIVEN, list(range(len(_GIVEN))), default=None),
                separator=part(shape, 2).replace_strict(list(_SEPARATORS), list(range(len(_SEPARATORS))), default=None),
                family=part(shape, 3).replace_strict(_FAMILY, list(range(len(_FAMILY))), default=None),
                number=part(shape, 4).cast(pl.UInt64, strict=False),
            )
            .drop_nulls()
            .filter(pl.col("number") < _NUMBERS)
            .select(
                "row",
                index=(
                    (pl.col("given").cast(pl.UInt64) * len(_SEPARATORS) + pl.col("separator").cast(pl.UInt64))
                    * len(_FAMILY)
                    + pl.col("family").cast(pl.UInt64)
                )
                * _NUMBERS
                + pl.col("number"),
            )
        )

    def document(self) -> dict[str, object]:
        """Give the pool as plain data for the law."""
        return {
            "kind": self.kind.value,
            "domain": self.domain,
            "size": self.size,
            "given": list(_GIVEN),
            "separators": list(_SEPARATORS),
            "family": list(_FAMILY),
            "numbers": _NUMBERS,
        }


LEAST_LISTED = 16
"""The fewest identifiers of a list: its digest stands in the law, and fewer might be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPool:
    """Single numbers or mailboxes, wherever they lie: for decoys that copies share, whose worth hangs on no pool.

    Args:
        identifiers: canonical, each once. The law has their number and digest alone: whoever reads it learns none.
    """

    name: str
    kind: KindName
    identifiers: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.identifiers) < LEAST_LISTED:
            raise RefusedError(f"pool {self.name}: a list has at least {LEAST_LISTED} identifiers")
        if len(set(self.identifiers)) < len(self.identifiers):
            raise RefusedError(f"pool {self.name}: an identifier stands twice, perhaps spelled in two ways")

    @property
    def size(self) -> int:
        """How many identifiers it has."""
        return len(self.identifiers)

    def member(self, index: int) -> str:
        """Give the identifier at `index`."""
        return self.identifiers[index]

    def members_in(self, canonical: pl.Series) -> pl.DataFrame:
        """Find the list's identifiers in a column of canonical values."""
        places = pl.DataFrame({"text": self.identifiers, "index": np.arange(self.size, dtype=np.uint64)})
        rows = canonical.to_frame("text").with_row_index("row")
        return rows.join(places, on="text", how="inner", maintain_order="left").select("row", "index")

    def document(self) -> dict[str, object]:
        """Give the pool as plain data for the law."""
        told = digest(encode(list(self.identifiers)))
        return {"kind": self.kind.value, "listed": self.size, "digest": to_base64(told)}


def draw_member(pool: Pool, *, lane_key: bytes, taken: Set[int]) -> tuple[int, int]:
    """Draw an identifier from a pool by a lane key: the first of its four draws that is free.

    Given everything about other copies, what is drawn is even over what is free, and at least half of the pool
    is: so each identifier has chance at most 2 / size, which is why a hit counts size / 2 and not size.

    Returns: (attempt 0..3, index in the pool).
    Raises: RefusedError: more than half of the pool is taken, or all four draws were.
    Test: tests/unit/mark/test_planted.py enumerates every draw of small pools.
    """
    if 2 * len(taken) > pool.size:
        raise RefusedError(f"pool {pool.name}: more than half of its {pool.size} identifiers are in use")
    for attempt in range(ATTEMPTS):
        index = int.from_bytes(lane_key[8 * attempt : 8 * attempt + 8], "big") % pool.size
        if index not in taken:
            return attempt, index
    raise RefusedError(f"pool {pool.name}: four draws in a row were in use; declare more identifiers")


def draw_apart(pool: Pool, *, below: Callable[[int], int], taken: Set[str]) -> str:
    """Draw an identifier that copies will share: any that is free. What a copy's decoy is worth hangs on no pool.

    Args:
        below: gives a number from 0 up to, not including, its argument.
        taken: identifiers in use.
    Raises: RefusedError: all of the pool is.
    """
    if len(taken) >= pool.size:
        raise RefusedError(f"pool {pool.name}: all of its {pool.size} identifiers are in use; declare another pool")
    index = below(pool.size)
    while (identifier := pool.member(index)) in taken:
        index = (index + 1) % pool.size
    return identifier


def require_disjoint(pools: tuple[Pool, ...]) -> None:
    """Require that no identifier belongs to two pools, so that a hit names one law."""
    mail = sorted(p.domain for p in pools if isinstance(p, MailPool))
    for one, other in pairwise(mail):
        if one == other:
            raise RefusedError(f"two pools use the mail domain {one}; give each its own")
    listed = [pool for pool in pools if isinstance(pool, ListedPool)]
    for own in listed:
        for pool in pools:
            if pool is not own and pool.members_in(pl.Series(own.identifiers)).height:
                raise RefusedError(f"pools {own.name} and {pool.name} share identifiers")
    phones = sorted((int(p.first[1:]), p.size, p.name) for p in pools if isinstance(p, PhonePool))
    for (start, size, name), (later, _, other_name) in pairwise(phones):
        if start + size > later:
            raise RefusedError(f"pools {name} and {other_name} share telephone numbers")
