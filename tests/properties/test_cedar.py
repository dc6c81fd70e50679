"""The grants and their export to Cedar give the same answer to random requests."""

import random

import pytest
from tests.grant_worlds import random_ask, random_grants

from suyuan.adapters.cedar import export_grants, questions

cedarpy = pytest.importorskip("cedarpy")


def disagreements(*, seed: int, tables: int, requests: int) -> tuple[int, int, int]:
    """Give how many requests were asked, how many were allowed, and on how many the two do not agree."""
    rng = random.Random(seed)
    allowed = wrong = 0
    for _ in range(tables):
        grants = random_grants(rng, count=rng.choice((1, 5, 20, 50)))
        policies = cedarpy.PolicySet.from_str(export_grants(grants))
        for _ in range(requests):
            ask = random_ask(rng)
            ours = grants.decide(ask).refusal is None
            answers = cedarpy.is_authorized_batch(list(questions(ask)), policies, [])
            assert not any(answer.diagnostics.errors for answer in answers)
            wrong += ours != all(answer.allowed for answer in answers)
            allowed += ours
    return tables * requests, allowed, wrong


def test_five_thousand_requests() -> None:
    asked, allowed, wrong = disagreements(seed=1, tables=25, requests=200)
    assert wrong == 0
    assert asked * 0.05 < allowed < asked * 0.95


@pytest.mark.slow
def test_a_hundred_thousand_requests() -> None:
    asked, _, wrong = disagreements(seed=2, tables=100, requests=1000)
    assert (asked, wrong) == (100_000, 0)
