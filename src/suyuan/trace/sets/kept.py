"""Look-ups of the ledger, kept so that a trace need not make everybody's labels for every epoch of the log again.

An index beside the ledger, and never a source: whatever of it is missing, altered or does not fit the log is read from the ledger anew.
A part is a header, the pseudonyms of those persons who were looked for from then on, and rows under pseudonyms, sealed as one. A
pseudonym is made from the person's own key (`trace.history.keeping`): once that is destroyed nobody can tell which rows were hers,
and the next part that is written over leaves them out.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import canonical
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.log import Log
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.sets.gather import LOOKUPS, lookups_in

Whole = npt.NDArray[np.int64]

_NAME: Final = "lookups"
_SOURCE: Final = sha256(b"suyuan/trace/lookups/v1").hexdigest()
_PART_ROWS: Final = 1 << 19
_WORDS: Final = ("kind", "id", "queue", "region", "fields")
_ROWS: Final = pl.Schema(
    {"release": pl.Int64(), "who": pl.UInt64(), "at_ms": pl.Int64()} | dict.fromkeys(_WORDS, pl.Categorical())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Rows of the entries [begin, end).

    Args:
        head: SHA-256 of the last leaf of them. upto: the largest number among the persons looked for.
        covers: pseudonyms of those whom no earlier part covers. rows: the columns of `_ROWS`.
    """

    begin: int
    end: int
    head: str
    upto: int
    covers: npt.NDArray[np.uint64] = field(repr=False)
    rows: pl.DataFrame = field(repr=False)


def lookups_of(log: Log, *, broker: KeyBroker, parts: HistoryParts, known: pl.DataFrame, before: int) -> pl.DataFrame:
    """Give what `lookups_in` gives of everybody, from what is kept and from the entries since; and keep those too.

    Args:
        known: `person`, `who`: the number and pseudonym of everybody whose key is held (`history.keeping.pseudonyms`).
        before: the entry that opened the dump.
    """
    kept = list(_kept(log, broker=broker, parts=parts))
    begin = kept[-1].end if kept else 0
    if begin < before:
        fresh = _read(log, broker=broker, known=known, kept=kept, begin=begin, end=before)
        kept = _joined(kept, fresh, known=known)
        parts.put(_SOURCE, len(kept) - 1, _sealed(kept[-1], broker=broker, number=len(kept) - 1))
    tables = [pl.DataFrame(schema=LOOKUPS)]
    for part in kept:
        rows = part.rows.filter(pl.col("release") < before).join(known, on="who", how="inner")
        tables.append(rows.with_columns(legacy=pl.lit(value=False)).select(LOOKUPS.names()).cast(LOOKUPS))
    return pl.concat(tables)


def _read(log: Log, *, broker: KeyBroker, known: pl.DataFrame, kept: list[_Part], begin: int, end: int) -> _Part:
    """Read the entries [begin, end), and for whom no part covers also those before.

    A number above all that were looked for was given later: no earlier entry shows that person.
    """
    covered = np.concatenate([np.empty(0, dtype=np.uint64), *(part.covers for part in kept)])
    upto = max((part.upto for part in kept), default=-1)
    missing = known.filter(~pl.col("who").is_in(pl.Series(covered).implode()))
    late = missing.filter(pl.col("person") <= upto)["person"].sort().to_numpy()
    everybody = known["person"].sort().to_numpy()
    found = [lookups_in(log, broker=broker, persons=everybody, start=begin, before=end)]
    if len(late):
        found.append(lookups_in(log, broker=broker, persons=late, before=begin))
    rows = pl.concat(found).join(known, on="person").select(_ROWS.names()).cast(_ROWS)
    return _Part(
        begin=begin, end=end, head=_head(log, end), upto=max(upto, int(everybody[-1]) if len(everybody) else -1),
        covers=missing["who"].to_numpy(), rows=rows,
    )  # fmt: skip


def _joined(kept: list[_Part], fresh: _Part, *, known: pl.DataFrame) -> list[_Part]:
    """Give the parts with a new one, which takes a small last part in; of that, whoever was erased is left out."""
    if not kept or kept[-1].rows.height >= _PART_ROWS:
        return [*kept, fresh]
    *earlier, last = kept
    living = last.rows.join(known, on="who", how="semi")
    whole = replace(
        fresh, begin=last.begin, covers=np.concatenate([last.covers, fresh.covers]),
        rows=pl.concat([living, fresh.rows]),
    )  # fmt: skip
    return [*earlier, whole]


def _kept(log: Log, *, broker: KeyBroker, parts: HistoryParts) -> Iterator[_Part]:
    """Give the parts that follow one another from the first entry on and are of this log."""
    end = number = 0
    while (sealed := parts.part(_SOURCE, number)) is not None:
        try:
            part = _opened(sealed, broker=broker, number=number)
        except VerificationError:
            return
        if part.begin != end or part.end > log.size or part.head != _head(log, part.end):
            return
        yield part
        end, number = part.end, number + 1


def _head(log: Log, end: int) -> str:
    return sha256(log.leaf(end - 1)).hexdigest() if end else ""


def _sealed(part: _Part, *, broker: KeyBroker, number: int) -> bytes:
    table = io.BytesIO()
    part.rows.write_parquet(table, compression="zstd")
    header = canonical.encode({
        "begin": part.begin, "end": part.end, "head": part.head, "upto": part.upto, "covers": len(part.covers),
    })  # fmt: skip
    covers = part.covers.astype("<u8").tobytes()
    body = len(header).to_bytes(4, "big") + header + covers + table.getvalue()
    return broker.seal_side(body, name=_NAME, bound=number.to_bytes(8, "big"))


def _opened(sealed: bytes, *, broker: KeyBroker, number: int) -> _Part:
    """Open a part. Raises: VerificationError: it was altered, or is another."""
    body = broker.open_side(sealed, name=_NAME, bound=number.to_bytes(8, "big"))
    start = 4 + int.from_bytes(body[:4], "big")
    header = canonical.decode_object(body[4:start])

    def whole(key: str) -> int:
        value = header.get(key)
        if not isinstance(value, int):
            raise VerificationError(f"a part of the kept look-ups lacks {key}")
        return value

    middle = start + 8 * whole("covers")
    covers = np.frombuffer(body[start:middle], dtype="<u8").astype(np.uint64)
    rows = pl.read_parquet(io.BytesIO(body[middle:])).cast(_ROWS)
    return _Part(
        begin=whole("begin"),
        end=whole("end"),
        head=str(header.get("head")),
        upto=whole("upto"),
        covers=covers,
        rows=rows,
    )
