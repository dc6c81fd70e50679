"""Private sides: what is kept beside a ledger entry, sealed, and bound to that entry alone.

Whoever has the ledger without the keys sees leaves, laws and public tables; whoever alters a side, or moves it
to another entry, makes it unreadable.
"""

from collections.abc import Mapping

from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import Body, OpaqueEntry
from suyuan.ledger.log import Draft, Log

PLAN_SIDE = "plan"
"""What a trace must know of a release; holds no personal value. Like every side but the law and the table, sealed."""

PERSONS_SIDE = "persons"
"""Person numbers of the manifest's rows, u64 little-endian; the posting list of the release."""

MANIFEST_SIDE = "manifest"
PLANTED_SIDE = "planted"
PAYLOAD_SIDE = "payload"
"""Sealed under the person's own payload key, or for a batch under one of its own."""

LAW_SIDE = "law"
"""The law document; public."""

RECIPIENT_SIDE = "recipient"
OUTCOME_SIDE = "outcome"
REFUSAL_SIDE = "refusal"
OMITTED_SIDE = "omitted"
"""One bit per person row, set where the row was left out."""


def draft(body: Body, *, broker: KeyBroker, sealed: Mapping[str, bytes], public: Mapping[str, bytes]) -> Draft:
    """Give an entry to append with its sides: `sealed` ones are sealed here, `public` ones kept as they are."""
    bound = _bound(body)
    kept = {name: broker.seal_side(side, name=name, bound=bound) for name, side in sealed.items()}
    return Draft(body=body, sides={**kept, **public})


def read_side(log: Log, *, index: int, name: str, broker: KeyBroker) -> bytes | None:
    """Give a sealed side of an entry, opened; None where the entry has none of that name.

    Raises: VerificationError: it was altered, or is another entry's.
    """
    sealed = log.side(index, name=name)
    if sealed is None:
        return None
    try:
        return broker.open_side(sealed, name=name, bound=_bound(log.entry(index).body))
    except VerificationError as e:
        raise VerificationError(f"entry {index}: its {name} was altered, or is another entry's") from e


def require_side(log: Log, *, index: int, name: str, broker: KeyBroker) -> bytes:
    """Give a sealed side that must be there.

    Raises: VerificationError: it is missing or altered.
    """
    side = read_side(log, index=index, name=name, broker=broker)
    if side is None:
        raise VerificationError(f"entry {index}: its {name} is missing beside the ledger")
    return side


def _bound(body: Body | OpaqueEntry) -> bytes:
    """Give the commitment that makes an entry its own."""
    commitment: bytes | None = getattr(body, "commitment", None)
    if commitment is None:
        raise VerificationError(f"an entry of op {body.op} has no sealed sides")
    return commitment
