"""What the ledger tells of an account's releases before this run, for its budgets."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from suyuan.crypto import canonical
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import BatchEntry, RefuseEntry
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.budgets import BLOCK_MS, Seen
from suyuan.release.plan import TOKEN_BYTES, Plan, parse_plan
from suyuan.release.sides import read_side
from suyuan.terms import AccountId, PurposeName, Recipient, RecipientKind

_OP: Final = re.compile(rb'"op":"(release|batch|refuse)"')
_RECIPIENT: Final = re.compile(rb'"r":"([^"]{44})"')
_TIME: Final = re.compile(rb'"t":([0-9]+)')

MISS: Final = "release.person"
"""The code of a search that found nobody: it counts as one more person, or a blind index could be tried out."""


class Past:
    """Reads the window's leaves once, and the plans of an account when it first asks."""

    def __init__(self, log: Log, *, broker: KeyBroker) -> None:
        self._log = log
        self._broker = broker
        # By recipient: the entries of its releases and refusals, oldest first.
        self._noted: dict[bytes, list[int]] | None = None
        self._end = log.size

    def seen(self, account: AccountId, *, since_ms: int) -> Sequence[Seen]:
        """Give what an account saw since a time, oldest first, with the tokens of the present block.

        A release that an older version of this program planned carries no tokens and is not counted.
        """
        label = self._broker.recipient_label(Recipient(kind=RecipientKind.ACCOUNT, id=account))
        noted = self._scanned(since_ms).get(label, ())
        # The window ends now, a block after it began: its last millisecond lies in the present block.
        block = (since_ms + BLOCK_MS) // BLOCK_MS
        return [one for index in noted for one in self._seen_in(index, block=block)]

    def _scanned(self, since_ms: int) -> dict[bytes, list[int]]:
        if self._noted is None:
            self._noted = {}
            first = first_since(self._log, at_ms=since_ms, end=self._end)
            for index, leaf in enumerate(self._log.leaves(first, end=self._end), start=first):
                found = _RECIPIENT.search(leaf) if _OP.search(leaf) else None
                if found is not None:
                    label = canonical.from_base64(found[1].decode("ascii"))
                    self._noted.setdefault(label, []).append(index)
        return self._noted

    def _seen_in(self, index: int, *, block: int) -> Iterator[Seen]:
        entry = self._log.entry(index)
        if isinstance(entry.body, RefuseEntry):
            purpose = self._missed(index)
            if purpose is not None:
                token = b"miss" + index.to_bytes(8, "big")
                yield Seen(token, token, entry.at_ms, purpose)
            return
        plan = self._plan(index)
        if plan is None:
            return
        joined = plan.why.tokens
        if isinstance(entry.body, BatchEntry):
            joined = read_side(self._log, index=index, name=sides.TOKENS_SIDE, broker=self._broker) or b""
        made = entry.at_ms // BLOCK_MS
        for start in range(0, len(joined), 2 * TOKEN_BYTES):
            token = joined[start : start + TOKEN_BYTES]
            after = joined[start + TOKEN_BYTES : start + 2 * TOKEN_BYTES]
            if made == block:
                yield Seen(token, after, entry.at_ms, PurposeName(plan.purpose))
            elif made == block - 1:
                yield Seen(after, b"", entry.at_ms, PurposeName(plan.purpose))

    def _missed(self, index: int) -> PurposeName | None:
        side = read_side(self._log, index=index, name=sides.REFUSAL_SIDE, broker=self._broker)
        match canonical.decode(side[32:]) if side else None:
            case {"code": str(code), "purpose": str(purpose)} if code == MISS:
                return PurposeName(purpose)
            case _:
                return None

    def _plan(self, index: int) -> Plan | None:
        side = read_side(self._log, index=index, name=sides.PLAN_SIDE, broker=self._broker)
        return None if side is None else parse_plan(side)


def first_since(log: Log, *, at_ms: int, end: int) -> int:
    """Give the first entry at or after a time: an entry's time is never before the one before it."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        [leaf] = log.leaves(middle, end=middle + 1)
        found = _TIME.search(leaf)
        if found is None or int(found[1]) < at_ms:
            low = middle + 1
        else:
            high = middle
    return low
