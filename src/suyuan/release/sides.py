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

LABELS_SIDE = "labels"
"""The label of each person row of the manifest, 32 bytes a row: the posting list of the release, by label."""

ROWS_SIDE = "rows"
"""The person rows of the manifest, each under a key of its person's own, behind its leaf hash; all of one size."""

PERSONS_SIDE = "persons"
"""Only beside releases of older versions: person numbers of the manifest's rows, u64 little-endian."""

MANIFEST_SIDE = "manifest"
"""Only beside releases of older versions: the rows of the manifest, open."""

PLANTED_SIDE = "planted"
PAYLOAD_SIDE = "payload"
"""Sealed under the person's own payload key, or for a batch under one of its own."""

LAW_SIDE = "law"
"""The law document; public."""

RECIPIENT_SIDE = "recipient"
OUTCOME_SIDE = "outcome"
"""How a bulk release ended."""

OWN_OUTCOME_SIDE = "own-outcome"
"""How a look-up ended, under the payload key of its entry and no other: the digest of shown values is guessable."""

REFUSAL_SIDE = "refusal"
ASKED_SIDE = "asked"
"""Who asked in vain, in which roles and by which kind of case: for `policy diff`. No person, no case by its name."""

ACCOUNT_SIDE = "account"
"""Salt and payload of an account that was drawn: who asked for it, and for what time."""

CONSENT_SIDE = "consent"
"""The record of a consent: its id, then what is sealed under a key of the person's own for that id."""

NOTE_SIDE = "note"
"""Salt and document of a `trace-note`; of a report, her label, the nonce of its epoch, and the record under her own key."""

TOKENS_SIDE = "tokens"
"""The budget tokens of the persons whom a list showed an account: of the block of days and of the next, 16 bytes each."""

OMITTED_SIDE = "omitted"
"""One bit per person row, set where the row was left out."""


def draft(
    body: Body,
    *,
    broker: KeyBroker,
    sealed: Mapping[str, bytes],
    public: Mapping[str, bytes],
    epoch: int | None = None,
) -> Draft:
    """Give an entry to append with its sides: `sealed` ones are sealed here, `public` ones kept as they are.

    Args:
        epoch: the one that the person labels in it were made for; None where it has none.
    """
    return Draft(body=body, sides={**seal_sides(body, broker=broker, sealed=sealed), **public}, epoch=epoch)


def seal_sides(body: Body | OpaqueEntry, *, broker: KeyBroker, sealed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Seal sides of an entry, each bound to its name and the entry."""
    bound = bound_of(body)
    return {name: broker.seal_side(side, name=name, bound=bound) for name, side in sealed.items()}


def read_side(
    log: Log, *, index: int, name: str, broker: KeyBroker, of: Body | OpaqueEntry | None = None
) -> bytes | None:
    """Give a sealed side of an entry, opened; None where the entry has none of that name.

    Args:
        of: what the entry says, where it is at hand: else it is read for this.
    Raises: VerificationError: it was altered, or is another entry's.
    """
    sealed = log.side(index, name=name)
    if sealed is None:
        return None
    try:
        return broker.open_side(sealed, name=name, bound=bound_of(of or log.entry(index).body))
    except VerificationError as e:
        raise VerificationError(f"entry {index}: its {name} was altered, or is another entry's") from e


def require_side(log: Log, *, index: int, name: str, broker: KeyBroker, of: Body | OpaqueEntry | None = None) -> bytes:
    """Give a sealed side that must be there; `of` as in `read_side`.

    Raises: VerificationError: it is missing or altered.
    """
    side = read_side(log, index=index, name=name, broker=broker, of=of)
    if side is None:
        raise VerificationError(f"entry {index}: its {name} is missing beside the ledger")
    return side


def bound_of(body: Body | OpaqueEntry) -> bytes:
    """Give the commitment that makes an entry its own."""
    commitment: bytes | None = getattr(body, "commitment", None)
    if commitment is None:
        raise VerificationError(f"an entry of op {body.op} has no sealed sides")
    return commitment
