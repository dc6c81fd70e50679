"""How the values of each kind are compared: levels from equal to different, in DuckDB's SQL."""

from dataclasses import dataclass
from typing import Final

from suyuan.terms import KindName


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One degree of likeness. `m` is where EM starts: how often two values of one person are this alike.

    `condition` has `{l}` and `{r}` for the two columns.
    """

    label: str
    condition: str
    m: float
    by_frequency: bool = False


def exact(m: float) -> Level:
    """Give the level of equal values, where a rare value weighs more than a common one."""
    return Level(label="equal", condition="{l} = {r}", m=m, by_frequency=True)


def edits(count: int, *, m: float) -> Level:
    """Give the level of values at most `count` edits apart, a swap of neighbours being one."""
    return Level(label=f"{count} edits", condition=f"damerau_levenshtein({{l}}, {{r}}) <= {count}", m=m)


def winkler(least: float, *, m: float) -> Level:
    """Give the level of values with at least this Jaro-Winkler likeness."""
    return Level(label=f"jaro-winkler {least}", condition=f"jaro_winkler_similarity({{l}}, {{r}}) >= {least}", m=m)


SWAPPED_DATE: Final = Level(
    label="day and month swapped",
    condition="substr({l}, 1, 4) = substr({r}, 1, 4) and substr({l}, 6, 2) = substr({r}, 9, 2)"
    " and substr({l}, 9, 2) = substr({r}, 6, 2)",
    m=0.02,
)
SAME_MONTH_OR_DAY: Final = Level(
    label="two of year, month, day",
    condition="substr({l}, 1, 7) = substr({r}, 1, 7) or substr({l}, 6, 5) = substr({r}, 6, 5)"
    " or (substr({l}, 1, 4) = substr({r}, 1, 4) and substr({l}, 9, 2) = substr({r}, 9, 2))",
    m=0.03,
)
SAME_TAIL: Final = Level(label="same last four", condition="right({l}, 4) = right({r}, 4)", m=0.05)
SAME_MAILBOX: Final = Level(
    label="same mailbox", condition="split_part({l}, '@', 1) = split_part({r}, '@', 1)", m=0.03, by_frequency=False
)
ONE_WITHIN: Final = Level(
    label="one within the other",
    condition="length({l}) >= 4 and length({r}) >= 4 and (contains({l}, {r}) or contains({r}, {l}))",
    m=0.05,
)

LEVELS: Final[dict[KindName, tuple[Level, ...]]] = {
    KindName.PERSON_NAME: (exact(0.75), winkler(0.95, m=0.06), winkler(0.88, m=0.06), winkler(0.75, m=0.05)),
    KindName.DATE: (exact(0.8), SWAPPED_DATE, edits(1, m=0.06), edits(2, m=0.03), SAME_MONTH_OR_DAY),
    KindName.POSTAL_ADDRESS: (exact(0.65), winkler(0.92, m=0.12), ONE_WITHIN, winkler(0.8, m=0.06)),
    KindName.TEXT: (exact(0.8), edits(1, m=0.08), winkler(0.85, m=0.04)),
    KindName.IDENTIFIER: (exact(0.6), edits(1, m=0.25), edits(2, m=0.08)),
    KindName.RESIDENT_ID: (exact(0.6), edits(1, m=0.25), edits(2, m=0.08)),
    KindName.PHONE: (exact(0.6), edits(1, m=0.2), edits(2, m=0.05), SAME_TAIL),
    KindName.EMAIL: (exact(0.6), edits(1, m=0.15), SAME_MAILBOX, winkler(0.9, m=0.05)),
}
"""By kind, likest first; what fits none is different."""

HALVED: Final = frozenset({KindName.IDENTIFIER, KindName.RESIDENT_ID, KindName.PHONE, KindName.DATE})
"""Kinds whose halves are candidates' keys too: one wrong digit leaves the other half whole."""
