"""Bugs that would accuse innocents, put in on purpose: the checks that guard the bound must see each of them.

Every check here is one that another test makes of the sound code; each first passes, then fails under its bug.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from tests.caught import caught
from tests.exact import Copy, PersonWorld, require_mean_one
from tests.innocents import LINE, make_dumps, require_bound

from suyuan.evidence import arithmetic
from suyuan.mark import score
from suyuan.mark.law import BIASED, DECOYS, MAX_RADIX, SHARED_DECOY, omission, uniform
from suyuan.mark.score import Floats, Observations, rows_bits, usual_strategies
from suyuan.terms import FieldName, Probability
from suyuan.trace.naming import findings, observing, reading, shared
from suyuan.trace.naming.reads import Reads

CHANNELS = ("name", "omission")
GRID = usual_strategies(CHANNELS)
DECOY_GRID = usual_strategies((*CHANNELS, SHARED_DECOY))
COIN, THREE, KEPT = uniform(2), uniform(3), omission(omitted_per_65536=6_554)
ONE = Copy(laws=((0, (COIN, THREE)),))
REPEATED = [PersonWorld(copies=(ONE,), rows=(((0, 1),),) * 5)]
RELEASED_TWICE = [PersonWorld(copies=(ONE, ONE), rows=(((0, 1), (0, 1)),))]
BIASED_TWICE = [
    PersonWorld(
        copies=(Copy(laws=((0, (BIASED[1], THREE)),)), Copy(laws=((0, (BIASED[1],)),))), rows=(((1, 2), (1,)),)
    ),
    PersonWorld(copies=(Copy(laws=((0, (BIASED[2],)),)),), rows=(((0,),),)),
]
PLAIN = [
    PersonWorld(copies=(Copy(laws=((0, (COIN, THREE)), (1, (KEPT,)))),), rows=(((0, 1, 0),),)),
    PersonWorld(copies=(ONE,), rows=(((1, None),),)),
]


def bits_of(seen: Observations) -> list[float]:
    return [float(b) for b in score.rows_bits(seen, grid=GRID)]


def check_mean(world: Sequence[PersonWorld]) -> None:
    require_mean_one(world, channels=CHANNELS, score=bits_of)


def check_rate() -> None:
    dumps = make_dumps(200, seed=31)
    require_bound(int((dumps.bits >= LINE).any(axis=1).sum()), trials=200)


# A small real reading: what the tracer makes of opened tables, with every way the keys may fall as a suspect.


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Observations through `trace.naming.observing.observe`: suspect i has marks i; `chance` is how likely they are."""

    seen: Observations
    chance: list[Fraction]


def read_with_every_key(radix: int, *, shown: int, spent: bool = False, bias: int = 0) -> Read:
    size = radix
    whole = np.arange(size)
    field = FieldName("name")
    opened = reading.OpenPairs(
        field=field,
        pair=whole,
        choices=np.full((size, 1), shown, dtype=np.int16),
        radices=np.full((size, 1), radix, dtype=np.uint8),
        biases=np.full(size, bias, dtype=np.uint8),
    )
    none = np.empty(0, dtype=np.int64)
    reads = Reads.of_copies([{} if spent else {field: 0}] * size)
    seen = observing.observe(
        reading.Pairs(link=np.zeros(size, dtype=np.int64), copy=whole),
        copies=cast("Any", SimpleNamespace(suspects=tuple(range(size)), suspect=whole)),
        persons=np.zeros(1, dtype=np.int64),
        readings=[reading.FieldReading(opened=opened, marks=whole.astype(np.uint8)[:, None])],
        omissions=reading.OmissionReading(
            pair=none, chance=np.empty(0), match=np.empty(0, dtype=np.bool_), left_out=np.zeros(size, dtype=np.bool_)
        ),
        reads=reads,
    )
    law = BIASED[bias] if bias and radix == 2 else uniform(radix)
    return Read(seen=seen, chance=[law.chance(mark) for mark in range(radix)])


def read_decoy_with_every_key(place: int) -> Read:
    """A shared decoy stands in the dump: suspect 0 was drawn to have her, suspect 1 not to."""
    none, both = np.empty(0, dtype=np.int64), np.arange(2)
    nothing = Observations(
        suspects=2, channels=("name", "omission"), suspect=none, person=none, pair=none, channel=none,
        chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
    )  # fmt: skip
    copies = shared.SharedCopies(
        decoys=cast("Any", (SimpleNamespace(),)), first=0, release=both, row=both, which=np.zeros(2, dtype=np.int64),
        suspect=both, decoy_class=np.full(2, place),
    )  # fmt: skip
    seen = shared.observe_shared(nothing, shared=copies, has=np.array([True, False]))
    return Read(seen=seen, chance=[DECOYS[place].chance(choice) for choice in (0, 1)])


def check_decoys() -> None:
    """What is read of a shared decoy is the same whoever has her, and the mean of E is 1 for every class."""
    for place in range(len(DECOYS)):
        read = read_decoy_with_every_key(place)
        assert read.seen.pair.tolist() == [0, 1], "what is read of a decoy depends on the keys"
        values = np.exp2(rows_bits(read.seen, grid=DECOY_GRID))
        mean = float(sum(float(c) * v for c, v in zip(read.chance, values, strict=True)))
        assert abs(mean - 1) < 1e-9, "the mean e-value of an innocent is not 1"


def mean_of(read: Read, *, factors: Sequence[float] | None = None) -> float:
    values = np.exp2(rows_bits(read.seen, grid=GRID)) * (1.0 if factors is None else np.array(factors))
    return float(sum(float(c) * v for c, v in zip(read.chance, values, strict=True)))


def check_reading() -> None:
    """What is read, and its chance, is the same whatever the marks are; and the mean of E is 1."""
    for radix in range(2, MAX_RADIX + 1):
        for shown in (0, radix - 1):
            read = read_with_every_key(radix, shown=shown, bias=1 if shown else 2)
            assert read.seen.pair.tolist() == list(range(radix)), "what is erased depends on the marks"
            assert len(set(read.seen.chance.tolist())) == 1
            assert read.seen.match.tolist() == [mark == shown for mark in range(radix)]
            assert abs(mean_of(read) - 1) < 1e-9, "the mean e-value of an innocent is not 1"


def check_two_dumps() -> None:
    """Over two dumps that show the same slot the product of both answers still has mean 1: the second is spent."""
    for radix in range(2, MAX_RADIX + 1):
        first = np.exp2(rows_bits(read_with_every_key(radix, shown=0).seen, grid=GRID))
        again = read_with_every_key(radix, shown=0, spent=True)
        assert abs(mean_of(again, factors=first.tolist()) - 1) < 1e-9, "a used slot counts again"


def check_hiding() -> None:
    """Whoever chooses after the reading whom to show gains nothing: the mean over keys stays at most 1."""
    grid = [
        arithmetic.Strategy(share=g.share, error=g.error, live=g.live, attack=g.attack, size=g.size)
        for g in GRID.strategies
    ]
    mean = 0.0
    for agreeing in range(9):  # Eight persons with one fair slot each; only those that agree are shown.
        chance = float(Fraction(len([n for n in range(256) if n.bit_count() == agreeing]), 256))
        shown = ((("name", ((True, 0.5, 0),)),),)
        persons = (shown,) * agreeing
        mean += chance * 2 ** arithmetic.rows_bits(persons, hidden=8 - agreeing, grid=grid)
    assert mean <= 1 + 1e-9, f"the mean e-value of an innocent with hidden persons is {mean}"


CHECKS: tuple[Callable[[], None], ...] = (
    lambda: check_mean(REPEATED),
    lambda: check_mean(RELEASED_TWICE),
    lambda: check_mean(PLAIN),
    lambda: check_mean(BIASED_TWICE),
    check_reading,
    check_two_dumps,
    check_hiding,
    check_decoys,
    check_rate,
)


@pytest.mark.parametrize("check", CHECKS)
def test_the_sound_code_passes_every_check(check: Callable[[], None]) -> None:
    check()


def product_over_pairs(seen: Observations) -> tuple[Any, Any]:
    """The bug: each pair a factor of its own, where the mean over a person's pairs belongs."""
    pairs = len(seen.suspect)
    return np.arange(pairs), seen.suspect


def test_a_repeated_person_multiplied_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "_groups", product_over_pairs)
    caught(lambda: check_mean(REPEATED), check_rate)


def test_a_product_over_releases_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two releases have keys of their own, so their product is fair; over rows, or with one key, it is not."""
    monkeypatch.setattr(score, "_groups", product_over_pairs)
    check_mean(RELEASED_TWICE)
    twice = [replace(RELEASED_TWICE[0], rows=RELEASED_TWICE[0].rows * 2)]
    caught(lambda: check_mean(twice))


def test_a_used_slot_that_counts_again_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(pair_of: Any, **_: Any) -> Any:
        return np.ones(len(pair_of), dtype=np.bool_)

    monkeypatch.setattr(observing, "_counting", everything)
    caught(check_two_dumps)


def forgiving(sound: Callable[..., Observations]) -> Callable[..., Observations]:
    """Give what reads the marks that agree alone, whatever the sound one reads."""

    def read(*given: Any, **named: Any) -> Observations:
        seen = sound(*given, **named)
        return replace(
            seen, pair=seen.pair[seen.match], channel=seen.channel[seen.match], chance=seen.chance[seen.match],
            match=seen.match[seen.match], side=seen.side[seen.match],
        )  # fmt: skip

    return read


def test_erasure_that_depends_on_marks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "observe", forgiving(observing.observe))
    caught(check_reading)
    pieces = score._slot_logs

    def no_contradiction(slots: Any, *, strategy: score.Strategy) -> Floats:
        return np.maximum(pieces(slots, strategy=strategy), 0)

    monkeypatch.setattr(score, "_slot_logs", no_contradiction)
    caught(lambda: check_mean(PLAIN), check_rate)


def test_a_wrong_chance_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = observing.chance_columns
    monkeypatch.setattr(observing, "chance_columns", lambda choices, **how: sound(choices, **how) * 0.999)
    caught(check_reading)


def test_the_bias_forgotten_in_the_chance_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = observing.chance_columns
    monkeypatch.setattr(
        observing, "chance_columns", lambda choices, *, radices, biases: sound(choices, radices=radices)
    )
    caught(check_reading)


def test_a_decoys_class_forgotten_in_the_chance_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: the mean chance of the classes, or one half, where a decoy's own belongs."""
    for place in range(len(DECOYS)):
        monkeypatch.setattr(shared, "DECOYS", (DECOYS[place],) * len(DECOYS))
        caught(check_decoys)


def test_a_decoy_that_counts_for_those_alone_who_have_her_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: whether a decoy is read hangs on the mark, as if who was drawn without her had no slot."""
    monkeypatch.setattr(shared, "observe_shared", forgiving(shared.observe_shared))
    caught(check_decoys)


def test_a_decoy_that_is_always_in_a_copy_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: no key decides, so that whoever has an export of the family agrees with every dump of another's."""
    sound = shared.observe_shared
    monkeypatch.setattr(shared, "observe_shared", lambda *g, has, **n: sound(*g, has=np.ones_like(has), **n))
    caught(check_decoys)


def test_a_coalition_weighed_without_the_chance_of_what_was_written_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: a coalition's ratio that is not divided by P(x) over the marks that an innocent may have."""
    sound = score.ratio

    def unweighed(**slot: Any) -> float:
        return sound(**slot) * (1.2 if slot["attack"] else 1)

    monkeypatch.setattr(score, "ratio", unweighed)
    caught(lambda: check_mean(BIASED_TWICE), lambda: check_mean(PLAIN))


def test_the_best_strategy_chosen_afterwards_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "mean_of_logs", lambda logs: logs.max(axis=0))
    caught(lambda: check_mean(REPEATED), lambda: check_mean(PLAIN))


def test_the_best_of_a_persons_pairs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: the largest factor over a person's rows and releases, where the mean belongs."""

    def largest(counted: score.Tally, *, strategy: score.Strategy) -> Floats:
        pairs, share = counted.pairs, strategy.share / score.PER_MILLE
        slot = score._slot_logs(counted.slots, strategy=strategy)
        factor = 1 - share + share * np.exp(np.bincount(pairs.of, weights=slot[pairs.members], minlength=pairs.count))
        best = np.zeros(counted.persons.count)
        np.maximum.at(best, counted.persons.of, factor[counted.persons.members])
        return best

    monkeypatch.setattr(score, "person_factors", largest)
    caught(lambda: check_mean(RELEASED_TWICE), lambda: check_mean(BIASED_TWICE))


def check_lines() -> None:
    """The lines of all suspects of a dump spend its budget, and no more; all dumps together spend alpha."""
    spent = 0.0
    for number in range(1, 1_000):
        fixed = cast(
            "Any", SimpleNamespace(alpha=(1, 100), number=number, suspects=[SimpleNamespace(weight=(1, 7))] * 7)
        )
        spent += sum(2 ** -float(findings.line_of(fixed, suspect=suspect)) for suspect in range(7))
    assert 0.00999 < spent <= 0.01


def test_lines_spend_the_budget_once() -> None:
    check_lines()


def test_a_line_that_forgets_the_other_suspects_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "weight_of", lambda *_, **__: Probability(1.0))
    caught(check_lines)


def test_a_budget_that_every_dump_spends_anew_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = findings.budget_of_dump
    monkeypatch.setattr(findings, "budget_of_dump", lambda alpha, *, number: sound(alpha, number=1))
    caught(check_lines)


def test_hidden_persons_that_cost_nothing_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = arithmetic.rows_bits

    def forgetful(persons: Any, *, hidden: int, grid: Any) -> float:
        return sound(persons, hidden=0, grid=grid)

    monkeypatch.setattr(arithmetic, "rows_bits", forgetful)
    caught(check_hiding)
