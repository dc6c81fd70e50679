"""The integer law of the marks: how a keyed draw becomes a choice, and with which exact chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical
from suyuan.crypto.commit import digest
from suyuan.errors import RefusedError
from suyuan.kinds.kind import Kind
from suyuan.mark.pool import Pool
from suyuan.terms import Digest, KindName

TOTAL = 65_536
"""What the weights of every law sum to: one draw is 16 bits, so every chance is an exact fraction."""

MAX_RADIX = 16
"""The most choices a slot may have."""

OMISSION = "omission"
"""The name of the channel in which a row itself is kept or left out."""

ORDER = "row_order"
"""The name of the channel in which one of two rows that are ties comes first: choice 0 as the platform had them."""

SHARED_DECOY = "shared_decoy"
"""The name of the channel in which a decoy of the export family is in a copy or left out of it."""

SHOWN = 0
"""The choice that keeps a row, of the omission slot and of a shared decoy's."""


@dataclass(frozen=True, slots=True)
class Law:
    """The chances of one slot's choices, as integer weights that sum to `TOTAL`."""

    weights: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.weights) <= MAX_RADIX:
            raise RefusedError(f"a law has 1 to {MAX_RADIX} choices, got {len(self.weights)}")
        if min(self.weights) < 1 or sum(self.weights) != TOTAL:
            raise RefusedError(f"the weights of a law are positive and sum to {TOTAL}")

    def choose(self, draw: int) -> int:
        """Give the first choice whose cumulative weight exceeds the 16-bit `draw`.

        Raises: RefusedError: `draw` outside 0..65535.
        """
        if not 0 <= draw < TOTAL:
            raise RefusedError(f"a draw lies in 0..{TOTAL - 1}")
        for choice, weight in enumerate(self.weights):
            draw -= weight
            if draw < 0:
                return choice
        raise RefusedError("the weights of a law do not reach the draw")

    def chance(self, choice: int) -> Fraction:
        """Give Q(choice), exactly."""
        return Fraction(self.weights[choice], TOTAL)


@cache
def uniform(radix: int) -> Law:
    """Give the law that is as even as integers allow: the first choices take what is left over."""
    if not 1 <= radix <= MAX_RADIX:
        raise RefusedError(f"a slot has 1 to {MAX_RADIX} choices, got {radix}")
    share, rest = divmod(TOTAL, radix)
    return Law(tuple(share + (1 if i < rest else 0) for i in range(radix)))


def omission(*, omitted_per_65536: int) -> Law:
    """Give the law that leaves a row out with chance `omitted_per_65536` / 65,536; choice 0 is shown."""
    if not 1 <= omitted_per_65536 < TOTAL:
        raise RefusedError(f"an omission rate lies in 1..{TOTAL - 1} of {TOTAL} rows")
    return Law((TOTAL - omitted_per_65536, omitted_per_65536))


FAIR = 0
"""The bias class of a slot that has the uniform law: all slots of look-ups and lists, and the middle class of exports."""

BIASED = {1: Law((58_150, 7_386)), 2: Law((7_386, 58_150))}
"""Nuida's outer points for coalitions of up to six, .1127 and .8873, as chances of choice 1; the middle one is fair.

Source: Nuida, Fujitsu, Hagiwara, Kitagawa, Watanabe, Ogawa, Imai 2009: an improvement of discrete Tardos codes, c <= 6.
"""

BIAS_CLASSES = Law((22_020, 21_758, 21_758))
"""How often a class is drawn: fair .336, each outer point .332."""


def bias_classes(draws: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """Give the bias class that each 16-bit draw of an export family's key makes."""
    ends = np.cumsum(BIAS_CLASSES.weights)
    return np.asarray(np.searchsorted(ends, draws.astype(np.int64), side="right"), dtype=np.uint8)


def biased_slots(radices: npt.NDArray[np.uint8], *, biases: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Give which slot of a row has the law of its bias class: the first of two choices; none where the class is fair.

    Args:
        radices: shape (rows, slots). biases: a class for each row.
    """
    found, first = np.zeros(radices.shape, dtype=np.bool_), biases != FAIR
    for slot in range(radices.shape[1]):
        found[:, slot] = first & (radices[:, slot] == 2)
        first = first & ~found[:, slot]
    return found


DECOYS = (Law((32_768, 32_768)), Law((45_875, 19_661)), Law((55_706, 9_830)))
"""By class, whether a copy shows a decoy of its family: .50, .70, .85; of these the best for one, for two to four and for five or more who compare.

Source: docs/adr/0131-decoys-that-copies-share.md: p^c log2(1/p) bits remain of one where c collude; the most of all at p = e^(-1/c).
"""


def decoy_class(draw: int) -> int:
    """Give the class that a 16-bit draw of an export family's key makes: a third each."""
    return uniform(len(DECOYS)).choose(draw)


def decoys_shown(draws: npt.NDArray[np.uint16], *, classes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Give which decoys of the family the 16-bit draws of a copy's row keys put into it."""
    shown = np.array([law.weights[SHOWN] for law in DECOYS], dtype=np.int64)
    return np.asarray(draws.astype(np.int64) < shown[classes])


@cache
def _cumulative() -> npt.NDArray[np.int64]:
    """Give the upper ends of every uniform law's choices, shape (radix, choice); unused choices never end."""
    ends = np.full((MAX_RADIX + 1, MAX_RADIX), TOTAL, dtype=np.int64)
    for radix in range(1, MAX_RADIX + 1):
        ends[radix, :radix] = np.cumsum(uniform(radix).weights)
    return ends


def choose_columns(
    draws: npt.NDArray[np.uint16], *, radices: npt.NDArray[np.uint8], biases: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.uint8]:
    """Give the choice of every slot of every row under the uniform laws; the twin of `uniform(r).choose`.

    Args:
        draws: 16-bit draws, shape (rows, slots).
        radices: choices per slot, 1..16, same shape.
        biases: the class of each row, whose law the first slot of two choices then has; none: all are fair.
    Returns: choices, uint8, same shape.
    Test: tests/properties/test_law_columns.py holds it equal to the scalar.
    """
    ends, rows = _cumulative().astype(np.uint32), radices.astype(np.intp)
    choices = np.zeros(draws.shape, dtype=np.uint8)
    for choice in range(int(radices.max(initial=1)) - 1):
        choices += draws >= ends[:, choice].take(rows)
    if biases is not None:
        biased, slots = np.nonzero(biased_slots(radices, biases=biases))
        choices[biased, slots] = draws[biased, slots] >= _BIAS_WEIGHTS[biases[biased], 0]
    return choices


_BIAS_WEIGHTS = np.array([(TOTAL // 2, TOTAL // 2), BIASED[1].weights, BIASED[2].weights], dtype=np.int64)


def chance_columns(
    choices: npt.NDArray[np.uint8], *, radices: npt.NDArray[np.uint8], biases: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.float64]:
    """Give Q(choice) of every slot under the laws of `choose_columns`, same shape as `choices`."""
    chances = _chances().take(radices.astype(np.int64) * MAX_RADIX + choices)
    if biases is not None:
        rows, slots = np.nonzero(biased_slots(radices, biases=biases))
        chances[rows, slots] = (_BIAS_WEIGHTS / TOTAL)[biases[rows], choices[rows, slots]]
    return np.asarray(chances, dtype=np.float64)


@cache
def _chances() -> npt.NDArray[np.float64]:
    """Give the chance of every choice of every uniform law, flat: that of choice c of radix r at 16 r + c."""
    return np.diff(_cumulative(), axis=1, prepend=0).ravel() / TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class LawBook:
    """Everything a stranger needs to turn an opened key into the mark it makes; its hash is ledgered first.

    Args:
        kinds: the version and slot names of every kind.
        omissions: rates, in rows left out of 65,536, that contracts may use.
        pools: the pools of identifiers the platform declares it controls.
    """

    kinds: Mapping[KindName, Kind]
    omissions: tuple[int, ...] = ()
    pools: Mapping[str, Pool] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Give the law as plain data, ready for `crypto.canonical`."""
        return {
            "v": 3,
            "bias": {str(bias): list(law.weights) for bias, law in BIASED.items()},
            "decoy": {str(place): list(law.weights) for place, law in enumerate(DECOYS)},
            "kinds": {
                name.value: {"version": kind.version, "slots": list(kind.slot_names)}
                for name, kind in self.kinds.items()
            },
            "radix": {str(radix): list(uniform(radix).weights) for radix in range(1, MAX_RADIX + 1)},
            "omission": {
                str(rate): list(omission(omitted_per_65536=rate).weights) for rate in sorted(set(self.omissions))
            },
            "pools": {name: pool.document() for name, pool in self.pools.items()},
        }

    def digest(self) -> Digest:
        """Give the SHA-256 of the canonical document."""
        return Digest(digest(canonical.encode(self.document())))
