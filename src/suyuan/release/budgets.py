"""Budgets: how many different persons an account may see for a purpose within a window of days.

They are always on. The default counts lie far below those from which selling what one sees at work is a crime; a grant
may say fewer, and by its own text more, up to just below those counts. What was seen is told apart by tokens that each
person's own key gives, so that a count outlives a restart, and an erased person's token leads to nobody.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from suyuan.collect.dictionary import Tier
from suyuan.errors import RefusedError
from suyuan.ledger.times import milliseconds
from suyuan.release.acts import Showing, Shown
from suyuan.release.grants import Limits
from suyuan.release.policy import Policy
from suyuan.terms import AccountId, FieldName, PurposeName

Value = TypeVar("Value")

BLOCK: Final = timedelta(days=31)
"""The longest window, and how long one set of tokens is in use: a token serves in its block and the one after."""

BLOCK_MS: Final = int(BLOCK.total_seconds() * 1000)

CRIMINAL: Final[Mapping[Tier, int]] = {"a": 25, "b": 250, "c": 2500}
"""Persons from which it is a crime for whoever has them from their work to sell them, by class of data.

Source: Criminal Law article 253-1; interpretation of 2017-05-08, article 5(3)-(5) and (8): half of 50, 500 and 5,000.
"""

DEFAULTS: Final[Mapping[Tier, int]] = {"a": 10, "b": 100, "c": 1000}
"""Persons that one account may see for one purpose in 31 days where no grant says otherwise."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many persons in any stretch of so many milliseconds."""

    persons: int
    per_ms: int


def windows_of(limits: Limits, *, shown: Mapping[FieldName, Shown], policy: Policy) -> tuple[Window, ...]:
    """Give the windows that hold for a request: the default's, and the grant's.

    A grant whose own window is the default's or longer stands in its place: whoever wrote it meant the number.
    """
    tier = _strictest(shown, policy=policy)
    whole = Window(DEFAULTS[tier], BLOCK_MS)
    if limits.persons is None:
        return (whole,)
    own = Window(limits.persons, int(limits.per.total_seconds() * 1000))
    if own.per_ms >= BLOCK_MS:
        return (Window(min(own.persons, CRIMINAL[tier] - 1), BLOCK_MS),)
    return (own, whole)


def _strictest(shown: Mapping[FieldName, Shown], *, policy: Policy) -> Tier:
    """Give the strictest class among the fields shown in clear; a masked value is in the mildest."""
    tiers: set[Tier] = {
        policy.fields[name].tier
        for name, how in shown.items()
        if how.showing is Showing.CLEAR and name in policy.fields
    }
    return min(tiers, default="c")


@dataclass(frozen=True, slots=True)
class Seen:
    """One person seen: her token of the block, and of the next, when, under which account and purpose."""

    token: bytes
    next_token: bytes
    at_ms: int
    purpose: PurposeName


class History(Protocol):
    """What an account saw before this run, as the ledger tells it."""

    def seen(self, account: AccountId, *, since_ms: int) -> Sequence[Seen]:
        """Give what an account saw since a time, oldest first, with the tokens of the present block."""
        ...


class NoHistory:
    """Nothing was seen before."""

    def seen(self, account: AccountId, *, since_ms: int) -> Sequence[Seen]:
        """Give nothing."""
        return ()


@dataclass(slots=True)
class _Line:
    """What one account saw for one purpose: the last time of each token, in the order of those times."""

    last: "OrderedDict[bytes, tuple[int, bytes]]" = field(default_factory=OrderedDict)
    part: float = 0.0
    windows: dict[int, "OrderedDict[bytes, int]"] = field(default_factory=dict)

    def window(self, per_ms: int) -> "OrderedDict[bytes, int]":
        if per_ms not in self.windows:
            self.windows[per_ms] = OrderedDict((token, at) for token, (at, _) in self.last.items())
        return self.windows[per_ms]

    def put_all(self, tokens: Sequence[tuple[bytes, bytes]], *, at_ms: int) -> None:
        firsts = [token for token, _ in tokens]
        _put(self.last, firsts, values=[(at_ms, after) for _, after in tokens])
        for window in self.windows.values():
            _put(window, firsts, values=[at_ms] * len(firsts))


@dataclass(frozen=True, slots=True)
class Reservation:
    """Persons counted for a request before it is in the ledger; what stood before, in case it never gets there."""

    line: tuple[AccountId, PurposeName]
    before: tuple[tuple[bytes, tuple[int, bytes] | None], ...]


class Budgets:
    """Counts different persons by account and purpose. One thread at a time: the door's lock sees to it."""

    def __init__(self, history: History | None = None) -> None:
        self._history: History = NoHistory() if history is None else history
        self._lines: dict[tuple[AccountId, PurposeName], _Line] = {}
        self._known: set[AccountId] = set()
        self._block = -1

    def reserve(
        self,
        account: AccountId,
        *,
        purpose: PurposeName,
        windows: Sequence[Window],
        tokens: Sequence[tuple[bytes, bytes]],
        now: datetime,
    ) -> Reservation:
        """Count persons in, if there is room for all of them.

        Args:
            tokens: each person's token of the present block and of the next, as `block_of` numbers them.
        Raises: RefusedError `release.budget`: more different persons than a window has room for; nothing is counted.
        """
        at_ms = milliseconds(now)
        self._turn_to(at_ms // BLOCK_MS)
        if account not in self._known:
            self._recall(account, at_ms=at_ms)
        line = self._lines.setdefault((account, purpose), _Line())
        asked = {token for token, _ in tokens}
        parts: list[float] = []
        for window in windows:
            kept = line.window(window.per_ms)
            _drop_before(kept, at_ms - window.per_ms)
            after = len(kept) + len(asked) - sum(map(kept.__contains__, asked))
            if after > window.persons:
                raise _spent(account, purpose=purpose, window=window)
            parts.append(after / window.persons if window.persons else 1.0)
        line.part = max(parts, default=0.0)
        before = tuple(zip(asked, map(line.last.get, asked), strict=True))
        line.put_all(tokens, at_ms=at_ms)
        return Reservation((account, purpose), before)

    def give_back(self, reservation: Reservation) -> None:
        """Count persons out again whose release never reached the ledger."""
        line = self._lines.get(reservation.line)
        if line is None:
            return
        for token, before in reservation.before:
            if before is None:
                line.last.pop(token, None)
            else:
                line.last[token] = before
        # They are few and rarely asked for: made anew from what is left, in order of time.
        line.last = OrderedDict(sorted(line.last.items(), key=lambda item: item[1][0]))
        line.windows.clear()

    def count(self, account: AccountId, *, purpose: PurposeName, now: datetime, per: timedelta = BLOCK) -> int:
        """Give how many different persons an account has seen for a purpose in the window that ends now."""
        at_ms = milliseconds(now)
        self._turn_to(at_ms // BLOCK_MS)
        if account not in self._known:
            self._recall(account, at_ms=at_ms)
        line = self._lines.get((account, purpose))
        since = at_ms - int(per.total_seconds() * 1000)
        return 0 if line is None else sum(at > since for at, _ in line.last.values())

    def use(self) -> Mapping[PurposeName, float]:
        """Give for each purpose the largest part of a budget that an account had used when it last asked; whose is not told."""
        found: dict[PurposeName, float] = {}
        for (_, purpose), line in self._lines.items():
            found[purpose] = max(found.get(purpose, 0.0), line.part)
        return found

    def _recall(self, account: AccountId, *, at_ms: int) -> None:
        """Take in what the ledger tells of an account, at its first request of this run."""
        for seen in self._history.seen(account, since_ms=at_ms - BLOCK_MS):
            line = self._lines.setdefault((account, seen.purpose), _Line())
            line.put_all(((seen.token, seen.next_token),), at_ms=seen.at_ms)
        self._known.add(account)

    def _turn_to(self, block: int) -> None:
        """At the end of a block of days go on with the next block's tokens; older ones are past every window."""
        if block == self._block:
            return
        if block == self._block + 1:
            for line in self._lines.values():
                line.last = OrderedDict((after, (at, b"")) for at, after in line.last.values() if after)
                line.windows.clear()
        elif self._block >= 0:
            self._lines.clear()
            self._known.clear()
        self._block = block


def block_of(at: datetime) -> int:
    """Give the number of the 31-day block that a time is in."""
    return milliseconds(at) // BLOCK_MS


def _put(kept: "OrderedDict[bytes, Value]", tokens: Sequence[bytes], *, values: Sequence[Value]) -> None:
    """Put tokens at the end of an order, a page's at once."""
    kept.update(zip(tokens, values, strict=True))
    deque(map(kept.move_to_end, tokens), maxlen=0)


def _drop_before(kept: "OrderedDict[bytes, int]", since_ms: int) -> None:
    while kept and next(iter(kept.values())) <= since_ms:
        kept.popitem(last=False)


def _spent(account: AccountId, *, purpose: PurposeName, window: Window) -> RefusedError:
    per = timedelta(milliseconds=window.per_ms)
    span = f"{per.days} days" if per.days > 1 else f"{per.total_seconds() / 3600:g} hours"
    return RefusedError(
        f"account {account} may see {window.persons:,} different persons for purpose {purpose} in {span}, and no more",
        code="release.budget",
        hint="wait until the window has moved on, or let the owner of policy/grants.toml set other limits",
    )
