"""Bringing in a legacy access log: read, keyed to persons by tokens, kept in sealed parts, and noted in the ledger.

1. the file's SHA-256; one that was brought in before changes nothing
2. part by part: the person of each row by her token; strangers and what cannot be read are counted, and gone
3. pseudonyms for persons; the part sealed and durable. A part that an interrupted run left behind is not made again
4. the ledger notes the file, its counts and the digests of its parts: from here on a trace reads it
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.kinds.registry import KINDS
from suyuan.ledger.log import Ledger
from suyuan.release.policy import Policy
from suyuan.release.ports import Progress, silent
from suyuan.terms import Entropy, FieldName, LeafIndex
from suyuan.trace.history.keeping import KEPT, KIND, histories, open_part, pseudonyms, seal_part
from suyuan.trace.history.ports import HistoryParts
from suyuan.trace.history.reading import PART_ROWS, SCHEMA, LogColumns, read_log
from suyuan.trace.notes import write_note

_READ_BYTES: Final = 1 << 20
_ID: Final = r"^[^\p{C}]{1,200}$"
"""How the id of an account can look: characters that are seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: read = kept + strangers + unreadable. `entry` is its note; `again`: it had been brought in before."""

    read: int
    kept: int
    strangers: int
    unreadable: int
    accounts: int
    parts: int
    entry: LeafIndex
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Brings legacy logs in."""

    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    policy: Policy
    parts: HistoryParts
    entropy: Entropy

    def bring_in(
        self, path: Path, *, columns: LogColumns, field: FieldName | None = None, progress: Progress = silent
    ) -> Imported:
        """Bring one log in.

        Args:
            field: which strong field of policy/fields.toml the log's identifier is; by default the key.
        Raises: RefusedError: `trace.history` or `trace.history-column`, the file is not as said; `trace.history-field`, no strong
            field; `trace.history-empty`, no row is about anybody in the store. UnavailableError: the disk refuses.
        """
        chosen = self._field(field)
        source = _digest(path)
        for note in histories(self.ledger, broker=self.broker):
            if note.document.get("sha256") == source:
                return _said(note.document, entry=note.index)
        counts = {"read": 0, "kept": 0, "strangers": 0, "unreadable": 0}
        accounts: set[str] = set()
        digests: list[str] = []
        for number, (rows, lost) in enumerate(_in_parts(read_log(path, columns=columns))):
            progress("read", counts["read"], 0)
            known, strangers, bad = self._known(rows, field=chosen)
            sealed = self._part(known, source=source, number=number)
            digests.append(sha256(sealed).hexdigest())
            accounts.update(known["account"].unique().to_list())
            for what, more in (
                ("read", rows.height + lost),
                ("kept", known.height),
                ("strangers", strangers),
                ("unreadable", bad + lost),
            ):
                counts[what] += more
        if not counts["kept"]:
            raise RefusedError(
                f"none of {counts['read']:,} rows is about anybody in the store",
                code="trace.history-empty",
                hint=f"{counts['strangers']:,} rows name strangers and {counts['unreadable']:,} cannot be read; see --person, --field and --at",
            )
        document: dict[str, Json] = {
            "kind": KIND,
            "v": 1,
            "sha256": source,
            "parts": [*digests],
            "accounts": len(accounts),
            "field": str(chosen),
            **counts,
        }
        entry = write_note(document, ledger=self.ledger, broker=self.broker, entropy=self.entropy)
        return _said(document, entry=entry, again=False)

    def _field(self, name: FieldName | None) -> FieldName:
        field = self.policy.require_key_field() if name is None else self.policy.fields.get(name)
        if field is None or not field.strong:
            raise RefusedError(
                f"{name} is no field that names one person",
                code="trace.history-field",
                hint="strong fields: " + ", ".join(n for n, f in self.policy.fields.items() if f.strong),
            )
        return field.name

    def _known(self, rows: pl.DataFrame, *, field: FieldName) -> tuple[pl.DataFrame, int, int]:
        """Give the rows about living persons with their numbers, and how many are about strangers or not readable."""
        kind = self.policy.fields[field].kind
        canonical = KINDS[kind].canonical_column(rows["person"])
        readable = canonical.is_not_null() & rows["account"].is_not_null() & rows["at_ms"].is_not_null()
        readable &= rows["account"].str.contains(_ID).fill_null(value=False)
        whole = rows.with_columns(canonical.alias("person")).filter(readable)
        values = whole["person"].unique(maintain_order=True)
        numbers = np.full(len(values), -1, dtype=np.int64)
        if len(values):
            numbers = self.people.find(kind, self.broker.tokenizer(kind).column(values).to_numpy())
            held = self.broker.secrets_held(numbers)
            numbers = np.where((numbers >= 0) & held, numbers, -1)
        found = pl.DataFrame({"person": values, "number": numbers})
        known = whole.join(found, on="person", how="left").filter(pl.col("number") >= 0)
        return known, whole.height - known.height, rows.height - whole.height

    def _part(self, known: pl.DataFrame, *, source: str, number: int) -> bytes:
        """Give a part, sealed and durable: the one that an interrupted run left, where it says the same."""
        persons = known["number"].unique().sort()
        names = pl.DataFrame(
            {"number": persons, "who": pl.Series(pseudonyms(self.broker, persons.to_list()), dtype=pl.UInt64)}
        )
        table = known.join(names, on="number", how="left", maintain_order="left").with_columns(
            pl.col("account", "queue", "region").fill_null("").cast(pl.Categorical)
        ).select(KEPT.names())  # fmt: skip
        left = self.parts.part(source, number)
        if left is not None:
            before = open_part(left, broker=self.broker, source=source, number=number)
            if before.cast(dict.fromkeys(("account", "queue", "region"), pl.String)).equals(
                table.cast(dict.fromkeys(("account", "queue", "region"), pl.String))
            ):
                return left
        sealed = seal_part(table, broker=self.broker, source=source, number=number)
        self.parts.put(source, number, sealed)
        return sealed


def _in_parts(tables: Iterator[tuple[pl.DataFrame, int]]) -> Iterator[tuple[pl.DataFrame, int]]:
    """Join what is read to parts of about `PART_ROWS` rows."""
    waiting, lost = [pl.DataFrame(schema=SCHEMA)], 0
    for table, bad in tables:
        waiting.append(table.cast(SCHEMA))
        lost += bad
        if sum(one.height for one in waiting) >= PART_ROWS:
            yield pl.concat(waiting), lost
            waiting, lost = [pl.DataFrame(schema=SCHEMA)], 0
    if lost or any(one.height for one in waiting):
        yield pl.concat(waiting), lost


def _digest(path: Path) -> str:
    digest = sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
    except FileNotFoundError:
        raise RefusedError(f"{path.name}: there is no such file", code="file.missing") from None
    except OSError as e:
        raise UnavailableError(f"{path.name} cannot be read: {e.strerror}", code="file.unreadable") from e
    return digest.hexdigest()


def _said(document: Mapping[str, Json], *, entry: LeafIndex, again: bool = True) -> Imported:
    """Give what a note says of its import."""

    def number(key: str) -> int:
        value = document.get(key)
        return value if isinstance(value, int) else 0

    parts = document.get("parts")
    return Imported(
        read=number("read"), kept=number("kept"), strangers=number("strangers"), unreadable=number("unreadable"),
        accounts=number("accounts"), parts=len(parts) if isinstance(parts, list) else 0, entry=entry, again=again,
    )  # fmt: skip
