"""Recall and precision a kind, on the hand-written hard cases and on built lines with their hard negatives."""

from collections import Counter

import pytest
from tests.discovery_corpus import Labelled, hard_cases, lines, strip

from suyuan.discovery import Scanner, What, engine

RECALL, PRECISION = 0.99, 0.97


@pytest.fixture(scope="module", params=["re2", "hyperscan"])
def scanner(request: pytest.FixtureRequest) -> Scanner:
    return Scanner(using=engine(request.param))


def judged(scanner: Scanner, cases: list[Labelled]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Give hits, misses and false findings a kind; a hit is of the right kind and touches the right place."""
    hits, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for case in cases:
        left = [(finding.what.value, finding.start, finding.end) for finding in scanner.scan(case.text)]
        for what, start, end in case.truth:
            hit = next((f for f in left if f[0] == what and f[1] < end and start < f[2]), None)
            if hit is None:
                missed[what] += 1
            else:
                hits[what] += 1
                left.remove(hit)
        wrong.update(what for what, _, _ in left)
    return hits, missed, wrong


@pytest.mark.parametrize("seed", [11, 12])
def test_built_lines(scanner: Scanner, seed: int) -> None:
    cases = lines(6_000, seed=seed)
    assert sum(not case.truth for case in cases) > len(cases) / 2, "most lines hold nothing"
    hits, missed, wrong = judged(scanner, cases)
    assert set(hits) == {what.value for what in What}
    for what, hit in hits.items():
        assert hit >= 50, what
        assert hit / (hit + missed[what]) >= RECALL, (what, missed[what])
        assert hit / (hit + wrong[what]) >= PRECISION, (what, wrong[what])


@pytest.mark.parametrize("case", hard_cases(), ids=lambda case: case.text[:24])
def test_hard_cases(scanner: Scanner, case: Labelled) -> None:
    found = [(finding.what.value, case.text[finding.start : finding.end]) for finding in scanner.scan(case.text)]
    assert found == [(what, case.text[start:end]) for what, start, end in case.truth]


def test_the_measure_sees_a_miss_and_a_false_finding(scanner: Scanner) -> None:
    hits, missed, wrong = judged(scanner, [strip("电话[[email|nothing]] 手机16300001234")])
    assert (hits["email"], missed["email"], wrong["phone"]) == (0, 1, 1)
