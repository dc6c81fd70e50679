"""Who came back: persons whom the ledger says were erased, and whom an older copy of the key store still has secrets of.

It takes the ledger and the keys alone. An erasure's entry carries her registry label; the enrolment before it ties that
label to a commitment that only her secret gives. Who was never enrolled is found by her label of the epoch.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import KeyStore
from suyuan.ledger.batch import ROW_BYTES, SIDE
from suyuan.ledger.entry import EnrolBatchEntry, EnrolEntry, EraseEntry, RegistryEntry, parse_entry
from suyuan.ledger.log import Log
from suyuan.ledger.seal import LABEL_BYTES
from suyuan.terms import PersonNumber

Progress = Callable[[str, int, int], None]

_PERSONS_PER_STEP: Final = 8_192
_OPS: Final = (b'"erase"', b'"enrol', b'"registry"')


def returned_persons(
    log: Log, *, broker: KeyBroker, keys: KeyStore, progress: Progress | None = None
) -> list[PersonNumber]:
    """Give the persons whom the ledger says were erased and whose secrets are held, ascending.

    Raises: VerificationError: the broker cannot open a secret: the keys are another store's.
    """
    commitments, epochs = _erased(log, broker=broker)
    if not commitments and not epochs:
        return []
    found: list[int] = []
    total, done = keys.count_stale(_NO_MARK), 0
    for persons in _held(keys):
        gone: set[int] = set()
        for first_epoch, wanted in commitments.items():
            made: Sequence[bytes] = broker.enrolments(persons, first_epoch=first_epoch)
            gone.update(person for person, commitment in zip(persons, made, strict=True) if commitment in wanted)
        for epoch, labels in epochs.items():
            made = broker.labels(persons, epoch=epoch)
            gone.update(person for person, label in zip(persons, made, strict=True) if label in labels)
        found += sorted(gone)
        done += len(persons)
        if progress is not None:
            progress("erasures", done, total)
    return [PersonNumber(person) for person in found]


def _erased(log: Log, *, broker: KeyBroker) -> tuple[dict[int, set[bytes]], dict[int, set[bytes]]]:
    """Give the commitments of the erased by their registry's first epoch, and labels by epoch of those never enrolled."""
    enrolled: dict[bytes, list[tuple[int, bytes]]] = {}
    commitments: dict[int, set[bytes]] = {}
    epochs: dict[int, set[bytes]] = {}
    first_epoch = 0
    for index, leaf in enumerate(log.leaves(0, end=log.size)):
        if not any(op in leaf for op in _OPS):
            continue
        entry = parse_entry(leaf)
        match entry.body:
            case RegistryEntry():
                first_epoch = entry.body.first_epoch
                broker.use_registry(first_epoch)
            case EnrolEntry():
                enrolled.setdefault(entry.body.label, []).append((first_epoch, entry.body.keys))
            case EnrolBatchEntry():
                for label, commitment in _rows(log.side(index, name=SIDE) or b""):
                    enrolled.setdefault(label, []).append((first_epoch, commitment))
            case EraseEntry(label=label):
                # Whoever is enrolled under this label afterwards is somebody new.
                if label in enrolled:
                    for registry, commitment in enrolled.pop(label):
                        commitments.setdefault(registry, set()).add(commitment)
                else:
                    epochs.setdefault(entry.epoch, set()).add(label)
            case _:
                pass
    return commitments, epochs


def _rows(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(table), ROW_BYTES):
        yield table[start : start + LABEL_BYTES], table[start + LABEL_BYTES : start + ROW_BYTES]


def _held(keys: KeyStore) -> Iterator[list[int]]:
    """Give every person whose secret is held, some at a time."""
    after = -1
    while batch := keys.stale_persons(_NO_MARK, after=after, count=_PERSONS_PER_STEP):
        yield [number for number, _ in batch]
        after = batch[-1][0]


_NO_MARK: Final = b"no envelope begins like this"
