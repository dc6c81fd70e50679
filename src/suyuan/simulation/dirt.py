"""Typing errors as people and scanners make them, in the manner of FEBRL, on a share of the values."""

import numpy as np
import polars as pl

from suyuan.errors import RefusedError
from suyuan.simulation.names import SURNAMES
from suyuan.simulation.seeds import stream

ERRORS: tuple[tuple[str, float], ...] = (
    ("substitute", 0.35),
    ("insert", 0.15),
    ("delete", 0.15),
    ("transpose", 0.15),
    ("swap_words", 0.10),
    ("missing", 0.10),
)
"""The kinds of error and their shares. Source: the modification types of the FEBRL generator (Christen, 2005)."""


def dirty(values: pl.Series, *, share: float, seed: int) -> pl.Series:
    """Give the values with one typing error in `share` of them; the others stay as they are.

    A digit is mistaken for a digit, a letter for a letter, a Chinese character for a Chinese character.
    Words are swapped where there are two, otherwise two neighbouring characters. Every value that is hit
    changes; null and empty values are never hit.

    Raises: RefusedError: `share` outside 0..1.
    """
    if not 0.0 <= share <= 1.0:
        raise RefusedError("share lies between 0 and 1")
    n = len(values)
    # The name is part of the purpose: two columns under one seed are not hit in the same rows.
    rng = stream(seed, purpose=f"dirt/{values.name}")
    hit = rng.random(n) < share
    kinds = [kind for kind, _ in ERRORS]
    kind = rng.choice(np.array(kinds), size=n, p=[weight for _, weight in ERRORS])
    characters = [surname for surname, _, _ in SURNAMES if len(surname) == 1]
    frame = pl.DataFrame(
        {
            "value": values,
            "kind": pl.Series(kind, dtype=pl.String),
            "at": rng.random(n),
            "digit": pl.Series(list("0123456789")).gather(rng.integers(0, 10, n)),
            "letter": pl.Series(list("abcdefghijklmnopqrstuvwxyz")).gather(rng.integers(0, 26, n)),
            "han": pl.Series(characters).gather(rng.integers(0, len(characters), n)),
            "hit": pl.Series(hit) & (values.str.len_chars() > 0).fill_null(False),
        }
    )
    return frame.lazy().select(_apply_error()).collect().to_series().alias(values.name)


def _apply_error() -> pl.Expr:
    value, kind, length = pl.col("value"), pl.col("kind"), pl.col("value").str.len_chars()
    at = (pl.col("at") * length).floor().cast(pl.Int64)
    here, head, tail = value.str.slice(at, 1), value.str.slice(0, at), value.str.slice(at + 1)
    other = (
        pl.when(here.str.contains(r"^\p{Nd}"))
        .then("digit")
        .when(here.str.contains(r"^\p{Han}"))
        .then("han")
        .when(here.str.contains(r"^\p{Lu}"))
        .then(pl.col("letter").str.to_uppercase())
        .otherwise("letter")
    )
    # The pair to swap begins one place before the last at the latest.
    pair = pl.min_horizontal(at, length.cast(pl.Int64) - 2).clip(0)
    swapped = (
        value.str.slice(0, pair) + value.str.slice(pair + 1, 1) + value.str.slice(pair, 1) + value.str.slice(pair + 2)
    )
    words = (
        pl.when(value.str.contains(r"\S\s+\S")).then(value.str.replace(r"(\S+)(\s+)(\S+)", "$3$2$1")).otherwise(swapped)
    )
    wrong = (
        pl.when(kind == "substitute")
        .then(head + other + tail)
        .when(kind == "insert")
        .then(head + other + here + tail)
        .when(kind == "delete")
        .then(head + tail)
        .when(kind == "transpose")
        .then(swapped)
        .when(kind == "swap_words")
        .then(words)
    )
    # A twin character swapped or substituted changes nothing: then the character is lost instead.
    changed = pl.when(wrong == value).then(head + tail).otherwise(wrong)
    return pl.when("hit").then(changed).otherwise(value)
