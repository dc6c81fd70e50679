"""The evidence in bits, recomputed from what was read: nothing else is in this file.

For one suspect and one person, with the marks `x` that the dump shows, the suspect's own marks `m`, the error
rate `e`, and the share `s` of the suspect's persons in the dump that really came from it:

    LR = (1 - s) + s * prod_k [ (1 - e) * 1{x_k = m_k} / Q(x_k) + e ]

averaged over the person's rows and the suspect's copies; multiplied over persons; averaged over strategies
(s, e, live channels, coalition) and one strategy that says nothing. A person who is not shown counts 1 - s. In a
coalition of c, 1{x = m} / Q(x) gives way to P(x | m) / P(x), over the marks of the c - 1 others. For a suspect
whose copy has nothing to do with the dump the mean of the result is at most 1, so it exceeds 2^b with chance
at most 2^-b, whatever the dump.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.evidence.opening import PER_MILLE, Strategy

Slots = tuple[tuple[bool, float, int], ...]
"""The slots of one channel that were read: whether the dump shows the suspect's own mark, Q(x), and which of two
choices x is: 0 or 1; -1 where there are more, -2 for a row that stands in the dump at all."""

WIDE: Final = -1
EITHER: Final = -2

Read = tuple[str, tuple[bool, float, int]]
"""One slot that was read, with its channel."""

Pair = tuple[tuple[str, Slots], ...]
"""One dump row against one copy: the channels in which something was read."""

Person = tuple[Pair, ...]
"""All pairs of one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the dump shows of one suspect: persons shown, how many are not, hits M / (2c), identifiers planted."""

    persons: tuple[Person, ...]
    hidden: int
    hits: tuple[float, ...]
    planted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The evidence in bits: of the rows, of the planted identifiers, and of both together."""

    rows: float
    planted: float
    total: float


def measure(reading: Reading, *, grid: Sequence[Strategy], shares: Sequence[int]) -> Measure:
    """Give the evidence against one suspect.

    Source: Vovk and Wang 2021 (averages of e-values are e-values), Markov's inequality.
    Test: tests/unit/evidence/test_arithmetic.py holds it equal to suyuan.mark.score.
    """
    rows = rows_bits(reading.persons, hidden=reading.hidden, grid=grid)
    planted = planted_bits(reading.hits, planted=reading.planted, shares=shares)
    return Measure(rows=rows, planted=planted, total=_mean_of_bits([rows, planted, rows + planted]))


def rows_bits(persons: Iterable[Person], *, hidden: int, grid: Sequence[Strategy]) -> float:
    """Give log2 of the mean over strategies of the product over persons.

    Args:
        hidden: persons linked to the suspect that are not shown.
    """
    alike = Counter(tuple(sorted(person)) for person in persons)
    distinct = {(channel, slot) for person in alike for pair in person for channel, slots in pair for slot in slots}
    logs = [0.0]
    for strategy in grid:
        share = strategy.share / PER_MILLE
        ratios = {slot: _ratio(slot, strategy=strategy) for slot in distinct}
        terms = [
            count * math.log(_person_factor(person, strategy=strategy, share=share, ratios=ratios))
            for person, count in alike.items()
        ]
        logs.append(math.fsum([*terms, hidden * math.log(1 - share)]))
    return _mean_of_logs(logs) / math.log(2)


def _person_factor(person: Person, *, strategy: Strategy, share: float, ratios: Mapping[Read, float]) -> float:
    error = strategy.error / PER_MILLE
    total = 0.0
    for pair in person:
        product = 1.0
        for channel, slots in pair:
            for slot in slots if channel in strategy.live else ():
                product *= (1 - error) * ratios[channel, slot] + error
        total += (1 - share) + share * product
    return total / len(person)


def _ratio(read: Read, *, strategy: Strategy) -> float:
    """Give P(x | m) / P(x): the others of the coalition hold x each with chance Q(x)."""
    (_, (match, chance, side)), size = read, strategy.size
    alone = 1 / chance if match else 0.0
    if size == 1 or chance >= 1:
        return alone
    if side == WIDE:
        return alone / size + 1 - 1 / size
    written = [_written(n, side=side, strategy=strategy) for n in range(size + 1)]
    others = [math.comb(size - 1, n) * chance**n * (1 - chance) ** (size - 1 - n) for n in range(size)]
    held = math.fsum(p * written[n + 1] for n, p in enumerate(others))
    lacked = math.fsum(p * written[n] for n, p in enumerate(others))
    return (held if match else lacked) / (chance * held + (1 - chance) * lacked)


def _written(n: int, *, side: int, strategy: Strategy) -> float:
    """Give the chance that colluders write x when n of them hold it: where all agree they have no choice."""
    size, attack = strategy.size, strategy.attack
    if n in (0, size) or side == EITHER:
        return float(n > 0)
    if attack in ("first", "last"):
        return float(side == (0 if attack == "first" else 1))
    if attack == "coin" or 2 * n == size:
        return 0.5
    return float((2 * n > size) == (attack == "majority"))


def planted_bits(hits: Sequence[float], *, planted: int, shares: Sequence[int]) -> float:
    """Give log2 of the mean over shares q of the product over planted identifiers of (1 - q) + q * hit.

    Args:
        hits: M / (2c) of each identifier that stands in the dump: an innocent's own is among the c found
            out of a pool of M with chance at most 2c / M.
        planted: how many were planted in all; those that are no hit count 1 - q.
    """
    logs = [0.0]
    for share in shares:
        q = share / PER_MILLE
        logs.append(
            math.fsum([*(math.log((1 - q) + q * hit) for hit in hits), (planted - len(hits)) * math.log(1 - q)])
        )
    return _mean_of_logs(logs) / math.log(2)


def naming_line(*, alpha: tuple[int, int], number: int, weight: tuple[int, int]) -> float:
    """Give the bits at which a suspect is named: log2(1 / (alpha_t * weight)).

    alpha_t = alpha * 6 / (pi^2 t^2) is the part of the lifelong budget that the t-th dump may spend; over all
    dumps the parts sum to alpha, and the weights of a dump's suspects sum to at most 1.
    """
    budget = math.log2(alpha[0]) - math.log2(alpha[1]) + math.log2(6) - 2 * math.log2(math.pi) - 2 * math.log2(number)
    return -budget - (math.log2(weight[0]) - math.log2(weight[1]))


def stated(bits: float) -> str:
    """Give the bits as a bundle states them: two decimals, rounded down."""
    return f"{math.floor(bits * 100) / 100:.2f}"


def _mean_of_logs(logs: Sequence[float]) -> float:
    """Give log(mean(exp(logs))) without overflow."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(value - top) for value in logs) / len(logs))


def _mean_of_bits(bits: Sequence[float]) -> float:
    return _mean_of_logs([value * math.log(2) for value in bits]) / math.log(2)
