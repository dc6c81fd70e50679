"""The evidence of one innocent suspect, exactly: written from the definition, apart from the product's arithmetic.

A world is what an innocent cannot know or choose: what the dump shows. Its keys are then drawn in every possible
way, each with its exact chance.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

from suyuan.mark.coalition import WIDE
from suyuan.mark.law import Law
from suyuan.mark.score import Observations

Choice = int | None
"""What a dump row shows of a slot; None where it is erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One released row: the laws of its slots by channel. Its marks are what the keys decide."""

    laws: tuple[tuple[int, tuple[Law, ...]], ...]

    @property
    def slots(self) -> list[Law]:
        return [law for _, laws in self.laws for law in laws]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWorld:
    """A person: the suspect's copies of her, and the dump's rows of her, each with a choice per slot of each copy."""

    copies: tuple[Copy, ...]
    rows: tuple[tuple[tuple[Choice, ...], ...], ...]


Marks = tuple[tuple[tuple[int, ...], ...], ...]
"""By person, by copy, by slot."""


def all_marks(world: Sequence[PersonWorld]) -> Iterator[tuple[Fraction, Marks]]:
    """Give every way the keys may fall, with its exact chance."""
    laws = [law for person in world for copy in person.copies for law in copy.slots]
    for drawn in product(*(range(len(law.weights)) for law in laws)):
        chance = prod((law.chance(m) for law, m in zip(laws, drawn, strict=True)), start=Fraction(1))
        rest = iter(drawn)
        yield chance, tuple(tuple(tuple(next(rest) for _ in c.slots) for c in person.copies) for person in world)


def likelihood_ratio(
    seen: Sequence[Choice], *, marks: Sequence[int], laws: Sequence[Law], share: Fraction, error: Fraction
) -> Fraction:
    """Give LR of one pair, from the definition."""
    slots = [
        (1 - error) * (x == m) / law.chance(x) + error
        for x, m, law in zip(seen, marks, laws, strict=True)
        if x is not None
    ]
    return (1 - share) + share * prod(slots, start=Fraction(1))


def exact_factor(person: PersonWorld, *, marks: Sequence[Sequence[int]], share: Fraction, error: Fraction) -> Fraction:
    """Give one person's factor: the mean over rows and copies."""
    pairs = [
        likelihood_ratio(row[c], marks=marks[c], laws=copy.slots, share=share, error=error)
        for row in person.rows
        for c, copy in enumerate(person.copies)
    ]
    return sum(pairs, start=Fraction(0)) / len(pairs)


def observations(world: Sequence[PersonWorld], *, outcomes: Sequence[Marks], channels: tuple[str, ...]) -> Observations:
    """Give the world as the product reads it, one suspect for each way the keys may fall."""
    suspect, who, pair, channel, chance, match, side = [], [], [], [], [], [], []
    for number, marks in enumerate(outcomes):
        for p, person in enumerate(world):
            for row in person.rows:
                for c, copy in enumerate(person.copies):
                    slot = 0
                    for place, laws in copy.laws:
                        for law in laws:
                            x = row[c][slot]
                            if x is not None:
                                pair.append(len(suspect))
                                channel.append(place)
                                chance.append(float(law.chance(x)))
                                match.append(x == marks[p][c][slot])
                                side.append(x if len(law.weights) == 2 else WIDE)
                            slot += 1
                    suspect.append(number)
                    who.append(p)
    return Observations(
        suspects=len(outcomes),
        channels=channels,
        suspect=np.array(suspect, dtype=np.int64),
        person=np.array(who, dtype=np.int64),
        pair=np.array(pair, dtype=np.int64),
        channel=np.array(channel, dtype=np.int64),
        chance=np.array(chance, dtype=np.float64),
        match=np.array(match, dtype=np.bool_),
        side=np.array(side, dtype=np.int8),
    )


def mean_e_value(
    world: Sequence[PersonWorld],
    *,
    channels: tuple[str, ...],
    score: Callable[[Observations], Sequence[float]],
) -> float:
    """Give the mean of 2**bits over every way an innocent's keys may fall: the figure that must not exceed 1."""
    chances, outcomes = zip(*all_marks(world), strict=True)
    bits = score(observations(world, outcomes=outcomes, channels=channels))
    return sum(float(chance) * 2 ** float(b) for chance, b in zip(chances, bits, strict=True))


def require_mean_one(
    world: Sequence[PersonWorld],
    *,
    channels: tuple[str, ...],
    score: Callable[[Observations], Sequence[float]],
) -> None:
    """Require that an innocent's E has mean 1, to a billionth."""
    mean = mean_e_value(world, channels=channels, score=score)
    assert abs(mean - 1) < 1e-9, f"the mean e-value of an innocent is {mean}"
