"""Releases after a dump was known: they cannot be its source, and are no candidates (grade X)."""

from bisect import bisect_right

import numpy as np

from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.ledger.log import Log
from suyuan.ledger.times import moment
from suyuan.terms import Recipient
from suyuan.trace.naming.attribution import Later
from suyuan.trace.naming.copies import find_shown


def entries_until(log: Log, *, at_ms: int) -> int:
    """Give how many entries of the log are not after a time; times of a log never fall."""
    return bisect_right(range(log.size), at_ms, key=lambda index: log.entry(index).at_ms)


def later_releases(
    log: Log, *, broker: KeyBroker, linked: LinkedPersons, start: int, end: int, suspects: tuple[Recipient, ...]
) -> tuple[Later, ...]:
    """Give whoever was shown linked persons among the entries [start, end), by the first of these releases.

    Args:
        suspects: the recipients of earlier copies, whose later ones alone are left out.
    """
    shown: dict[Recipient, list[tuple[int, frozenset[int]]]] = {}
    for one in find_shown(log, broker=broker, linked=linked, start=start, end=end):
        if len(one.persons):
            shown.setdefault(one.plan.recipient, []).append((one.at_ms, frozenset(np.unique(one.persons).tolist())))
    return tuple(
        Later(
            recipient=recipient,
            releases=len(releases),
            persons=len(frozenset().union(*(persons for _, persons in releases))),
            first=moment(releases[0][0]),
            is_suspect=recipient in suspects,
        )
        for recipient, releases in shown.items()
    )
