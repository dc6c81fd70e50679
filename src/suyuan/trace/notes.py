"""Notes of a trace: documents fixed in the ledger before they are used, and kept beside their entries, sealed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from suyuan.crypto import canonical, commit
from suyuan.crypto.canonical import Json
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.bodies import TraceNoteEntry
from suyuan.ledger.log import Ledger, Log
from suyuan.release.sides import NOTE_SIDE, draft, read_side
from suyuan.terms import Entropy, LeafIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note in the ledger."""

    index: LeafIndex
    document: Mapping[str, Json] = field(repr=False)


def write_note(document: Mapping[str, Json], *, ledger: Ledger, broker: KeyBroker, entropy: Entropy) -> LeafIndex:
    """Fix a document in the ledger, durably; one that stands there already stays the one entry it is."""
    kind = document.get("kind")
    payload = canonical.encode(dict(document))
    for note in read_notes(ledger, broker=broker, kind=str(kind)):
        if canonical.encode(dict(note.document)) == payload:
            return note.index
    salt = entropy.draw(commit.SALT_BYTES)
    body = TraceNoteEntry(commitment=commit.commitment(commit.NOTE, salt=salt, payload=payload))
    return ledger.append([draft(body, broker=broker, sealed={NOTE_SIDE: salt + payload}, public={})])[-1].index


def read_notes(log: Log, *, broker: KeyBroker, kind: str) -> Iterator[Note]:
    """Give the notes of a kind, oldest first.

    Raises: VerificationError: a document is not the one that its entry commits to.
    """
    for index in log.named(TraceNoteEntry.op):
        body = log.entry(index).body
        side = read_side(log, index=index, name=NOTE_SIDE, broker=broker)
        if not isinstance(body, TraceNoteEntry) or side is None:
            # A report has a side of another name.
            continue
        salt, payload = side[: commit.SALT_BYTES], side[commit.SALT_BYTES :]
        commit.verify_commitment(body.commitment, tag=commit.NOTE, salt=salt, payload=payload)
        document = canonical.decode_object(payload)
        if document.get("kind") == kind:
            yield Note(index=index, document=document)


def text_of(note: Note, key: str) -> str:
    """Give a text of a note's document. Raises: VerificationError: it has none."""
    value = note.document.get(key)
    if not isinstance(value, str):
        raise VerificationError(f"entry {note.index}: its note lacks {key}")
    return value
