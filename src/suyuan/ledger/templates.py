"""The leaf bytes of the two ops that make up most of a log, straight from a template, and straight back.

What the general encoder does for any entry (members, canonical JSON, a strict reading of what came out) costs ten
times as much, and the general reader more than twice. A template answers only where every member is in its range;
elsewhere it gives None, and the general encoder or reader says which member is wrong.

Test: tests/properties/test_entry_templates.py holds both equal.
"""

import re
from binascii import a2b_base64, b2a_base64
from typing import Final

from suyuan.ledger.bodies import KeySpan, OutcomeEntry, ReleaseEntry
from suyuan.terms import LeafIndex

_MOST: Final = 2**53 - 1
_MOST_EPOCH: Final = 2**32 - 1

_RELEASE: Final = b'{"c":"%b","e":%d,"k":[%d,%d,%d],"l":"%b","m":"%b","op":"release","q":"%b","r":"%b","t":%d,"v":1}'
_OUTCOME: Final = b'{"c":"%b","e":%d,"i":%d,"op":"outcome","t":%d,"v":1}'

# 32 bytes of base64 end in a letter whose last two bits are 0, and one pad; a whole number has no leading zero.
_DIGEST: Final = rb'"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"'
_NUMBER: Final = rb"(0|[1-9][0-9]{0,15})"
_RELEASE_SHAPE: Final = re.compile(
    rb'\{"c":%b,"e":%b,"k":\[%b,%b,%b\],"l":%b,"m":%b,"op":"release","q":%b,"r":%b,"t":%b,"v":1\}'
    % (_DIGEST, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _DIGEST, _DIGEST, _DIGEST, _DIGEST, _NUMBER)
)
_OUTCOME_SHAPE: Final = re.compile(
    rb'\{"c":%b,"e":%b,"i":%b,"op":"outcome","t":%b,"v":1\}' % (_DIGEST, _NUMBER, _NUMBER, _NUMBER)
)

_TEXT: Final = rb'[^"]{44}'
RELEASE_LABELS: Final = re.compile(
    rb'\{"c":"%b","e":[0-9]+,"k":\[[0-9,]+\],"l":"(%b)","m":"%b","op":"release","q":"%b","r":"(%b)","t":[0-9]+,"v":1\}'
    % (_TEXT, _TEXT, _TEXT, _TEXT, _TEXT)
)
"""The label and the recipient of a release, as texts, in a leaf that was read strictly before."""

OUTCOME_LEAF: Final = re.compile(rb'\{"c":"%b","e":[0-9]+,"i":[0-9]+,"op":"outcome","t":[0-9]+,"v":1\}' % _TEXT)
"""An outcome, which carries no label, in a leaf that was read strictly before."""


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


def read_release(leaf: bytes) -> tuple[ReleaseEntry, int, int] | None:
    """Give the body, epoch and time of the leaf of a release, or None where it is not exactly of that shape."""
    found = _RELEASE_SHAPE.fullmatch(leaf)
    if found is None:
        return None
    commitment, e, p, f, n, label, manifest, law, recipient, t = found.groups()
    epoch, pool, first, count, at_ms = int(e), int(p), int(f), int(n), int(t)
    if epoch > _MOST_EPOCH or pool > _MOST or first > _MOST or not 0 < count <= _MOST or at_ms > _MOST:
        return None
    raw = a2b_base64
    body = ReleaseEntry(
        commitment=raw(commitment), keys=KeySpan(pool=LeafIndex(pool), first=first, count=count), label=raw(label),
        manifest=raw(manifest), law=raw(law), recipient=raw(recipient),
    )  # fmt: skip
    return body, epoch, at_ms


def read_outcome(leaf: bytes) -> tuple[OutcomeEntry, int, int] | None:
    """Give the body, epoch and time of the leaf of an outcome, or None where it is not exactly of that shape."""
    found = _OUTCOME_SHAPE.fullmatch(leaf)
    if found is None:
        return None
    commitment, e, i, t = found.groups()
    epoch, release, at_ms = int(e), int(i), int(t)
    if epoch > _MOST_EPOCH or release > _MOST or at_ms > _MOST:
        return None
    return OutcomeEntry(commitment=a2b_base64(commitment), release=LeafIndex(release)), epoch, at_ms
