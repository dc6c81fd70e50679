"""From pair weights to at most one person a row: posterior, threshold, and one to one where asked."""

from typing import Final

import polars as pl

ROUNDS: Final = 50
LEAST: Final = 0.9
"""No link below this probability, however sure the others are."""


def posterior(pairs: pl.DataFrame, *, rows: int, people: int) -> pl.DataFrame:
    """Give every pair the probability that the row is about the person, given that it is about at most one.

    With w = log2 of the Bayes factor and a share s of rows that are about someone of ours, a pair's odds are
    2^w * s / ((1 - s) * people), and its probability is its odds over 1 + the sum of its row's odds.
    s is found by iterating from one half.

    Args:
        pairs: `row`, `person`, `weight`.
    """
    share = 0.5
    scored = pairs.with_columns(probability=pl.lit(0.0))
    for _ in range(ROUNDS):
        prior = share / ((1.0 - share) * people)
        scored = pairs.with_columns(odds=(pl.lit(2.0) ** pl.col("weight").clip(-200, 200)) * prior).with_columns(
            probability=pl.col("odds") / (1.0 + pl.col("odds").sum().over("row"))
        )
        found = min(max(float(scored["probability"].sum()) / rows, 1e-6), 1.0 - 1e-6)
        if abs(found - share) < 1e-9:
            break
        share = found
    return scored.select("row", "person", "probability")


def best_person(scored: pl.DataFrame) -> pl.DataFrame:
    """Give every row its most probable person."""
    return scored.sort("row", "probability", "person", descending=[False, True, False]).unique(
        "row", keep="first", maintain_order=True
    )


def one_to_one(scored: pl.DataFrame) -> pl.DataFrame:
    """Give rows and persons each other at most once: mutual best pairs, then again among those left."""
    left = scored.filter(pl.col("probability") >= LEAST)
    matched: list[pl.DataFrame] = [left.clear()]
    while left.height:
        best = best_person(left)
        mutual = best.sort("person", "probability", "row", descending=[False, True, False]).unique(
            "person", keep="first", maintain_order=True
        )
        matched.append(mutual)
        left = left.join(mutual, on="row", how="anti").join(mutual, on="person", how="anti")
    return pl.concat(matched)


def sure_enough(best: pl.DataFrame, *, precision: float) -> pl.DataFrame:
    """Give the most links whose mean probability is at least `precision`, the surest first."""
    ordered = best.filter(pl.col("probability") >= LEAST).sort("probability", "row", descending=[True, False])
    running = ordered["probability"].cum_sum() / pl.int_range(1, ordered.height + 1, eager=True)
    return ordered.filter(running >= precision).sort("row")
