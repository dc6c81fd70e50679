"""How values are compared of which one side may be masked, mistyped or cut: stars stand for one character each.

`u`, where it is given, is how often values of two persons are this alike, from how numbers are made: a phone number's
middle four digits hidden leave one chance in 30 x 10^4, an ID's birth date hidden one in 300 x 10^4. Sampling cannot see
so rare an event. Where it is not given, it is sampled.
"""

from dataclasses import dataclass
from typing import Final

from suyuan.adapters.splink.levels import ONE_WITHIN, SAME_MAILBOX, Level, edits, exact, winkler
from suyuan.terms import KindName


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLevel(Level):
    """A level whose chance among strangers is known."""

    u: float | None = None


_STARRED: Final = "(contains({l}, '*') or contains({r}, '*'))"
_FITS: Final = "({r} like replace({l}, '*', '_') or {l} like replace({r}, '*', '_'))"
_BEGINS: Final = "(starts_with({l}, {r}) or starts_with({r}, {l}))"

SEEN_LEVELS: Final[dict[KindName, tuple[Level, ...]]] = {
    KindName.PHONE: (
        SeenLevel(label="equal", condition="{l} = {r} and not contains({l}, '*')", m=0.1, u=1e-8),
        SeenLevel(label="what is seen is equal", condition=f"{_STARRED} and {_FITS}", m=0.38, u=4e-6),
        SeenLevel(label="one edit", condition="damerau_levenshtein({l}, {r}) <= 1", m=0.36, u=1e-6),
        SeenLevel(label="same last four", condition="right({l}, 4) = right({r}, 4)", m=0.01, u=1e-4),
    ),
    KindName.RESIDENT_ID: (
        SeenLevel(label="equal", condition="{l} = {r} and not contains({l}, '*')", m=0.1, u=1e-9),
        SeenLevel(label="what is seen is equal", condition=f"{_STARRED} and {_FITS}", m=0.6, u=4e-7),
        SeenLevel(label="one edit", condition="damerau_levenshtein({l}, {r}) <= 1", m=0.25, u=1e-7),
        SeenLevel(label="same birth and order", condition="substr({l}, 7) = substr({r}, 7)", m=0.01, u=1e-6),
    ),
    KindName.EMAIL: (exact(0.8), edits(1, m=0.06), SAME_MAILBOX),
    KindName.PERSON_NAME: (
        exact(0.66),
        Level(label="sounds equal", condition="{l_sound} = {r_sound}", m=0.09),
        Level(label="what is seen is equal", condition=f"{_STARRED} and {_FITS}", m=0.14),
        Level(label="one edit", condition="length({l}) >= 2 and damerau_levenshtein({l}, {r}) <= 1", m=0.08),
    ),
    KindName.POSTAL_ADDRESS: (
        exact(0.6),
        Level(label="one begins the other, to the house", condition=f"least(length({{l}}), length({{r}})) >= 14 and {_BEGINS}", m=0.14),
        Level(label="one begins the other, to the road", condition=f"least(length({{l}}), length({{r}})) >= 10 and {_BEGINS}", m=0.12),
        Level(label=ONE_WITHIN.label, condition=ONE_WITHIN.condition, m=0.08),
        winkler(0.95, m=0.02),
    ),
}  # fmt: skip


def levels_of(kind: KindName) -> tuple[Level, ...]:
    """Give the levels of a kind, likest first; kinds that are never masked keep those of whole values."""
    from suyuan.adapters.splink.levels import LEVELS

    return SEEN_LEVELS.get(kind, LEVELS[kind])
