"""Keeping a legacy history: persons under pseudonyms of their own keys, in sealed parts that only the store opens.

A row is (pseudonym u64, account, milliseconds, queue, region). The pseudonym is made from the person's own key and a secret of the
store: once her key is destroyed nobody can tell which rows were hers, and loading leaves them out. A part is bound to its source
and number; the `trace-note` of the import lists the SHA-256 of every part.
"""

import io
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.log import Log
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.notes import Note, read_notes, text_of

KIND: Final = "history"
_NAME: Final = "history"
_SALT: Final = "trace-history-salt"

KEPT: Final = pl.Schema(
    {
        "who": pl.UInt64(),
        "account": pl.Categorical(),
        "at_ms": pl.Int64(),
        "queue": pl.Categorical(),
        "region": pl.Categorical(),
    }
)
LOADED: Final = pl.Schema(
    {"person": pl.Int64(), "account": pl.String(), "at_ms": pl.Int64(), "queue": pl.String(), "region": pl.String()}
)


def pseudonyms(broker: KeyBroker, persons: Sequence[int]) -> npt.NDArray[np.uint64]:
    """Give the pseudonyms of living persons, in order."""
    keys = broker.linked(persons).opening_keys(broker.named(_SALT))
    joined = b"".join(keys[person][:8] for person in persons)
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)


def known_by(broker: KeyBroker, persons: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Give `person` and `who`, her pseudonym, for living persons."""
    who = pseudonyms(broker, persons.tolist()) if len(persons) else np.empty(0, dtype=np.uint64)
    return pl.DataFrame({"person": persons, "who": who}, schema={"person": pl.Int64, "who": pl.UInt64})


def seal_part(table: pl.DataFrame, *, broker: KeyBroker, source: str, number: int) -> bytes:
    """Seal one part; `table` has the columns of `KEPT`."""
    raw = io.BytesIO()
    table.select(KEPT.names()).write_parquet(raw, compression="zstd")
    return broker.seal_side(raw.getvalue(), name=_NAME, bound=_bound(source, number))


def open_part(sealed: bytes, *, broker: KeyBroker, source: str, number: int) -> pl.DataFrame:
    """Open one part. Raises: VerificationError: it was altered, or is another."""
    raw = broker.open_side(sealed, name=_NAME, bound=_bound(source, number))
    return pl.read_parquet(io.BytesIO(raw))


def histories(log: Log, *, broker: KeyBroker) -> list[Note]:
    """Give the notes of all imports, oldest first."""
    return list(read_notes(log, broker=broker, kind=KIND))


def load(log: Log, *, broker: KeyBroker, parts: HistoryParts, known: pl.DataFrame) -> pl.DataFrame:
    """Give all legacy look-ups of living persons: the columns of `LOADED`.

    Args:
        known: everybody whose key is held, by `known_by`.
    Raises: VerificationError: a part is missing, or is not the one that its import noted.
    """
    notes = histories(log, broker=broker)
    if not notes or not known.height:
        return pl.DataFrame(schema=LOADED)
    tables = [pl.DataFrame(schema=LOADED)]
    for note in notes:
        source, listed = text_of(note, "sha256"), note.document.get("parts")
        if not isinstance(listed, list):
            raise VerificationError(f"entry {note.index}: a history without parts")
        for number, digest in enumerate(listed):
            sealed = parts.part(source, number)
            if sealed is None or sha256(sealed).hexdigest() != digest:
                raise VerificationError(f"entry {note.index}: part {number} of its history is missing or altered")
            table = open_part(sealed, broker=broker, source=source, number=number)
            tables.append(table.join(known, on="who", how="inner").select(LOADED.names()).cast(LOADED))
    return pl.concat(tables)


def _bound(source: str, number: int) -> bytes:
    return bytes.fromhex(source) + number.to_bytes(8, "big")
