"""The bound, tested so that it can fail: how often innocents are named, and how often the leaker is.

Run it alone, with its figures: python -m pytest -s tests/statistics/test_bound.py
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.courier import courier
from tests.innocents import ALPHA, LINE, SUSPECTS, Dumps, interval, make_dumps, require_bound

from suyuan.kinds import KINDS
from suyuan.mark.bound import naming_line
from suyuan.terms import KindName, Probability

CHUNK = 500


ALPHAS = (0.05, 0.01, 0.001)
"""All of them are tried on the same dumps; there are only five suspects, so that a bad rule would be seen to fail."""


def wrong_names(count: int, *, seed: int, leaker: bool = False) -> tuple[dict[float, int], int, list[float]]:
    """Give how many dumps name an innocent by alpha, how many name the leaker at the first, and E of every innocent."""
    wrong = dict.fromkeys(ALPHAS, 0)
    right = 0
    values: list[float] = []
    for start in range(0, count, CHUNK):
        dumps: Dumps = make_dumps(min(CHUNK, count - start), seed=seed + start, leaker=leaker)
        bits = dumps.bits
        named = bits >= LINE
        for alpha in ALPHAS:
            line = float(naming_line(Probability(alpha), weight=Probability(1 / SUSPECTS)))
            wrong[alpha] += int(((bits >= line) & ~dumps.leaks).any(axis=1).sum())
        right += int((named & dumps.leaks).any(axis=1).sum())
        values += np.exp2(np.minimum(bits[~dumps.leaks], 200)).tolist()
    return wrong, right, values


def report(what: str, hits: int, *, trials: int) -> None:
    low, high = interval(hits, trials=trials)
    print(f"\n{what}: {hits} of {trials} dumps = {hits / trials:.4f}, 99 % interval {low:.4f} to {high:.4f}")


def require_bounds(what: str, wrong: dict[float, int], *, trials: int) -> None:
    """Require every alpha; where so few dumps cannot show it, that the rate is not above it."""
    for alpha, hits in wrong.items():
        report(f"alpha {alpha}: {what}", hits, trials=trials)
        if interval(0, trials=trials)[1] <= alpha / 4:
            require_bound(hits, trials=trials, alpha=alpha)
        else:
            assert interval(hits, trials=trials)[0] <= alpha


def test_without_a_leaker_nobody_is_named_more_often_than_alpha() -> None:
    wrong, _, values = wrong_names(2_000, seed=1)
    require_bounds("an innocent named, no leaker among the suspects", wrong, trials=2_000)
    mean = float(np.mean(values))
    print(f"mean E of {len(values)} innocents {mean:.3f}; naming line {LINE:.2f} bits, alpha {float(ALPHA)}")
    assert 0.3 < mean < 1.5, "far from 1 on either side is a bug: too weak to fail, or no e-value"


def test_with_a_leaker_the_leaker_is_named_and_innocents_are_not() -> None:
    wrong, right, _ = wrong_names(500, seed=90_001, leaker=True)
    report("the leaker named", right, trials=500)
    assert interval(right, trials=500)[0] >= 0.9
    require_bounds("an innocent named beside the leaker", wrong, trials=500)


@pytest.mark.slow
def test_at_ten_times_the_size() -> None:
    wrong, _, values = wrong_names(20_000, seed=200_001)
    require_bounds("an innocent named, no leaker among the suspects", wrong, trials=20_000)
    print(f"mean E of {len(values)} innocents {float(np.mean(values)):.3f}")
    wrong, right, _ = wrong_names(5_000, seed=400_001, leaker=True)
    report("the leaker named", right, trials=5_000)
    require_bounds("an innocent named beside the leaker", wrong, trials=5_000)
    assert interval(right, trials=5_000)[0] >= 0.9


def forged(people: pl.DataFrame, *, dice: np.random.Generator) -> pl.DataFrame:
    """Give rows of these people in forms that nobody drew for them, some of them twice."""
    columns = []
    for name, kind in (("name", "person_name"), ("phone", "phone"), ("address", "postal_address")):
        at = KINDS[KindName(kind)]
        forms = at.forms_column(at.canonical_column(people[name])).texts.to_list()
        columns.append(pl.Series(name, [str(dice.choice(texts)) for texts in forms]))
    rows = pl.DataFrame(columns)
    return pl.concat([rows, rows.sample(fraction=0.3, seed=int(dice.integers(1 << 30)))])


def test_through_the_whole_tracer_on_a_real_store(tmp_path: Path) -> None:
    dumps, size = 16, 6
    dice = np.random.default_rng(7)
    wrong = 0
    with courier(tmp_path, people=dumps * size + 20) as here, here.store.door() as door:
        for place, customer in enumerate(here.people["customer"].to_list()):
            for account in dice.permutation(SUSPECTS)[:3]:
                for _ in range(1 + (place + int(account)) % 2):
                    here.look_up(door, account=f"a{account}", customer=customer)
        response = replace(here.store.leak_response(door, matcher=None), alpha=ALPHA)
        for number in range(dumps):
            path = here.folder / f"{number}.csv"
            forged(here.people.slice(number * size, size), dice=dice).write_csv(path)
            found = response.trace(path).attribution
            assert found.dump.matched == found.dump.rows
            assert sum(channel.agree for channel in found.findings[0].channels) > 0
            wrong += any(float(f.bits) >= LINE for f in found.findings)
        # The same tracer, and a dump that is one account's copy of persons whose marks no dump has shown yet.
        path = here.folder / "leak.csv"
        here.rows_of("a0").tail(12).write_csv(path)
        assert [f.recipient.id for f in response.trace(path).attribution.named] == ["a0"]
    report("an innocent named, through the tracer", wrong, trials=dumps)
    assert interval(wrong, trials=dumps)[0] <= float(ALPHA)
