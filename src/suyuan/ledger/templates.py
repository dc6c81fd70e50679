"""The leaf bytes of the two ops that make up most of a log, straight from a template.

What the general encoder does for any entry (members, canonical JSON, a strict reading of what came out) costs ten
times as much. A template answers only where every member is in its range; elsewhere it gives None, and the general
encoder says which member is wrong.

Test: tests/properties/test_entry_templates.py holds both equal.
"""

from binascii import b2a_base64
from typing import Final

from suyuan.ledger.bodies import OutcomeEntry, ReleaseEntry

_MOST: Final = 2**53 - 1
_MOST_EPOCH: Final = 2**32 - 1

_RELEASE: Final = b'{"c":"%b","e":%d,"k":[%d,%d,%d],"l":"%b","m":"%b","op":"release","q":"%b","r":"%b","t":%d,"v":1}'
_OUTCOME: Final = b'{"c":"%b","e":%d,"i":%d,"op":"outcome","t":%d,"v":1}'


def release_leaf(body: ReleaseEntry, *, epoch: int, at_ms: int) -> bytes | None:
    """Give the leaf of a release, or None where a member is not what it has to be."""
    keys = body.keys
    pool, first, count = keys.pool, keys.first, keys.count
    commitment, label, manifest, law, recipient = body.commitment, body.label, body.manifest, body.law, body.recipient
    if not (
        type(commitment) is type(label) is type(manifest) is type(law) is type(recipient) is bytes
        and len(commitment) == len(label) == len(manifest) == len(law) == len(recipient) == 32
        and type(pool) is type(first) is type(count) is type(epoch) is type(at_ms) is int
        # Together in range is each in range: the bound is a power of two less one.
        and 0 <= pool | first | count | at_ms <= _MOST
        and count
        and 0 <= epoch <= _MOST_EPOCH
    ):
        return None
    text = b2a_base64
    return _RELEASE % (
        text(commitment, newline=False), epoch, pool, first, count, text(label, newline=False),
        text(manifest, newline=False), text(law, newline=False), text(recipient, newline=False), at_ms,
    )  # fmt: skip


def outcome_leaf(body: OutcomeEntry, *, epoch: int, at_ms: int) -> bytes | None:
    """Give the leaf of an outcome, or None where a member is not what it has to be."""
    commitment, release = body.commitment, body.release
    if not (
        type(commitment) is bytes
        and len(commitment) == 32
        and type(release) is type(epoch) is type(at_ms) is int
        and 0 <= release | at_ms <= _MOST
        and 0 <= epoch <= _MOST_EPOCH
    ):
        return None
    return _OUTCOME % (b2a_base64(commitment, newline=False), epoch, release, at_ms)
