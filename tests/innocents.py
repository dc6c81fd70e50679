"""Dumps by the thousand, with five suspects each, as the score reads them: no store, no text, real laws and marks.

What makes innocents look guilty is all there: everybody looks up the same popular persons, often twice; rows are
repeated; values are retyped into one house style, or lost; strangers' rows; numbers of the platform's own pool sprayed
over the file; a leaker of another copy who leaks just what one innocent had seen too; and colluders who compare up to
five copies of the very export that two of the suspects had as well.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from suyuan.mark.bound import naming_line
from suyuan.mark.coalition import ATTACKS, COIN, FIRST, LAST, MINORITY, WIDE
from suyuan.mark.law import FAIR, OMISSION, bias_classes, chance_columns, choose_columns, omission
from suyuan.mark.pool import PhonePool
from suyuan.mark.score import Observations, combine_bits, planted_bits, rows_bits, usual_strategies
from suyuan.terms import Probability

SUSPECTS = 5
ALPHA = Probability(0.05)
LINE = float(naming_line(ALPHA, weight=Probability(1 / SUSPECTS)))
"""The whole of alpha is spent on one dump here; the platform's first dump gets 0.61 of it."""

FIELDS = (("name", (2,)), ("phone", (3, 2)), ("address", (2, 2, 3)))
CHANNELS = (*(name for name, _ in FIELDS), OMISSION)
RADICES = np.array([radix for _, radices in FIELDS for radix in radices], dtype=np.uint8)
SLOTS_OF = (slice(0, 1), slice(1, 3), slice(3, 6))
CHANNEL_OF = np.array([place for place, (_, radices) in enumerate(FIELDS) for _ in radices])
KEPT = omission(omitted_per_65536=6_554)
POOL = PhonePool(name="decoys", first="+8616500000000", size=256)
PERSONS = 120
DECOYS = 4

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumps:
    """Many dumps: suspect 5 * i + h is suspect h of dump i. `leaks` says whose own copy the dump was made from."""

    seen: Observations
    hits: npt.NDArray[np.float64]
    hit_suspect: Whole
    leaks: npt.NDArray[np.bool_]

    @property
    def bits(self) -> npt.NDArray[np.float64]:
        """The evidence, by the product's own arithmetic, shape (dumps, suspects)."""
        rows = rows_bits(self.seen, grid=usual_strategies(CHANNELS))
        planted = planted_bits(hits=self.hits, suspect=self.hit_suspect, suspects=self.seen.suspects)
        return combine_bits(rows=rows, planted=planted).reshape(-1, SUSPECTS)

    def named(self) -> npt.NDArray[np.bool_]:
        """Who is named, shape (dumps, suspects)."""
        return np.asarray(self.bits >= LINE)


def marks(biases: npt.NDArray[np.uint8], *, dice: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw the marks of copies, as the door does: by the bias classes of each copy's fields, shape (copies, fields)."""
    draws = dice.integers(0, 65_536, (len(biases), len(RADICES)), dtype=np.uint16)
    return np.concatenate(
        [
            choose_columns(draws[:, at], radices=np.tile(RADICES[at], (len(biases), 1)), biases=biases[:, field])
            for field, at in enumerate(SLOTS_OF)
        ],
        axis=1,
    )


def chances(shown: Whole, *, biases: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Give Q of what rows show against copies of these bias classes; whatever is lost is left out later."""
    choices = np.maximum(shown, 0).astype(np.uint8)
    return np.concatenate(
        [
            chance_columns(choices[:, at], radices=np.tile(RADICES[at], (len(biases), 1)), biases=biases[:, field])
            for field, at in enumerate(SLOTS_OF)
        ],
        axis=1,
    )


def mixed(copies: npt.NDArray[np.uint8], *, attack: str, dice: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Give what colluders write who hold these copies, shape (colluders, rows, slots): cell by cell."""
    size = len(copies)
    if attack == "interleave":
        return np.take_along_axis(copies, dice.integers(0, size, (1, *copies.shape[1:])), axis=0)[0]
    if attack in (FIRST, LAST):
        return copies.min(axis=0) if attack == FIRST else copies.max(axis=0)
    held = np.stack([(copies == choice).sum(axis=0) for choice in range(3)], axis=-1).astype(np.float64)
    held += dice.random(held.shape) / 4  # Ties are broken by chance.
    if attack == COIN:
        held = np.where(held >= 1, dice.random(held.shape) + 1, 0)
    elif attack == MINORITY:
        held = np.where(held >= 1, size + 1 - held, 0)
    return held.argmax(axis=-1).astype(np.uint8)


def make_dumps(count: int, *, seed: int, leaker: bool = False) -> Dumps:
    """Make dumps. With `leaker`, suspect 0's own copy is in every one of them; else in none."""
    dice = np.random.default_rng(seed)
    parts = [_one_dump(dice, number=number, leaker=leaker) for number in range(count)]
    sizes = np.cumsum([0, *(len(part[0]) for part in parts)])
    seen = Observations(
        suspects=count * SUSPECTS,
        channels=CHANNELS,
        suspect=np.concatenate([part[0] for part in parts]),
        person=np.concatenate([part[1] for part in parts]),
        pair=np.concatenate([part[2] + size for part, size in zip(parts, sizes, strict=False)]),
        channel=np.concatenate([part[3] for part in parts]),
        chance=np.concatenate([part[4] for part in parts]),
        match=np.concatenate([part[5] for part in parts]),
        side=np.concatenate([part[7] for part in parts]).astype(np.int8),
    )
    leaks = np.zeros((count, SUSPECTS), dtype=np.bool_)
    leaks[:, 0] = leaker
    return Dumps(
        seen=seen,
        hits=np.concatenate([part[6] for part in parts]),
        hit_suspect=np.repeat(np.arange(count * SUSPECTS), DECOYS),
        leaks=leaks,
    )


def _one_dump(dice: np.random.Generator, *, number: int, leaker: bool) -> tuple[npt.NDArray[np.generic], ...]:
    # Who was shown whom: popular persons by many, and one in five twice.
    popular = np.minimum(0.9, 0.15 + 0.8 * dice.random(PERSONS) ** 3)
    copies = [
        np.concatenate([once, once[dice.random(len(once)) < 0.2]])
        for once in (np.flatnonzero(dice.random(PERSONS) < popular) for _ in range(SUSPECTS))
    ]
    suspect = np.repeat(np.arange(SUSPECTS), [len(own) for own in copies])
    person = np.concatenate(copies)
    # Suspects 3 and 4 are partners: their exports have the biases of one family, and leave rows out by key.
    with_omission = suspect >= 3
    family = bias_classes(dice.integers(0, 65_536, (PERSONS, len(FIELDS)), dtype=np.uint16))
    biases = np.where(with_omission[:, None], family[person], FAIR).astype(np.uint8)
    own_marks = marks(biases, dice=dice)
    left_out = with_omission & (dice.integers(0, 65_536, len(person)) >= KEPT.weights[0])
    # The dump: somebody's rows. Other copies of everybody, mixed, some of the partners' own family; or suspect 0's copy;
    # only what a victim had seen too, at times.
    if leaker:
        source = np.flatnonzero(suspect == 0)
        rows, shown = person[source], own_marks[source]
    else:
        rows = np.arange(PERSONS)
        others = family if dice.random() < 0.7 else np.full_like(family, FAIR)
        copies_of_others = np.stack([marks(others, dice=dice) for _ in range(dice.choice([1, 2, 3, 5]))])
        shown = mixed(copies_of_others, attack=str(dice.choice(["interleave", *ATTACKS])), dice=dice)
    if dice.random() < 0.5:
        chosen = np.isin(rows, copies[int(dice.integers(1, SUSPECTS))])
        rows, shown = rows[chosen], shown[chosen]
    rows, shown = rows[:40], shown[:40].astype(np.int64)
    shown[dice.random(shown.shape) < dice.choice([0.0, 0.05, 0.3])] = 0  # Retyped into the house style.
    shown[dice.random(shown.shape) < dice.choice([0.0, 0.1])] = -1  # Lost.
    if dice.random() < 0.3:
        shown[:, dice.integers(0, len(FIELDS)) == CHANNEL_OF] = -1  # A column dropped.
    repeated = np.repeat(np.arange(len(rows)), dice.choice([1, 1, 1, 2, 5], len(rows)))
    rows, shown = rows[repeated], shown[repeated]
    # Pairs: every row against every copy of its person.
    row_of, copy_of = np.nonzero(rows[:, None] == person[None, :])
    order = np.arange(len(row_of))
    seen = shown[row_of]
    read = seen >= 0
    pair, slot = np.nonzero(read)
    kept = with_omission[copy_of]
    return (
        suspect[copy_of] + SUSPECTS * number,
        rows[row_of],
        np.concatenate([pair, order[kept]]),
        np.concatenate([CHANNEL_OF[slot], np.full(int(kept.sum()), len(FIELDS))]),
        np.concatenate([chances(seen, biases=biases[copy_of])[read], np.full(int(kept.sum()), float(KEPT.chance(0)))]),
        np.concatenate([(seen == own_marks[copy_of])[read], ~left_out[copy_of[kept]]]),
        _hits(dice),
        np.concatenate([np.where(RADICES[slot] == 2, seen[read], WIDE), np.zeros(int(kept.sum()), dtype=np.int64)]),
    )


def _hits(dice: np.random.Generator) -> npt.NDArray[np.float64]:
    """Give M / (2c) where a decoy stands in a dump over which somebody sprayed numbers of the pool."""
    others = 40
    planted = dice.permutation(POOL.size)[: SUSPECTS * DECOYS + others]
    sprayed = dice.permutation(np.setdiff1d(np.arange(POOL.size), planted[SUSPECTS * DECOYS :]))
    found = sprayed[: dice.choice([1, 5, 60])]
    return np.isin(planted[: SUSPECTS * DECOYS], found) * (POOL.size / (2 * len(found)))


def interval(hits: int, *, trials: int, level: float = 0.99) -> tuple[float, float]:
    """Give the Clopper-Pearson interval of a rate."""
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


def require_bound(wrong: int, *, trials: int, alpha: float = float(ALPHA)) -> tuple[float, float]:
    """Require that the rate of dumps that name an innocent is at most alpha, the whole of its interval; give it."""
    low, high = interval(wrong, trials=trials)
    assert high <= alpha, f"{wrong} of {trials} dumps name an innocent: {low:.4f} to {high:.4f}, against {alpha}"
    return low, high
