"""Where a bulk release's rows come from: a table the caller supplies (overlay), or the store (sealed)."""

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.admit import called, match_columns
from suyuan.collect.field import STRONG_KINDS, FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import Numbers, PeopleStore, TokenColumn
from suyuan.hold.vault import Vault
from suyuan.kinds import KINDS, kind_shares
from suyuan.kinds.column import SAMPLE_ROWS, share_inside
from suyuan.mark.table import tables_of
from suyuan.release.manifest import fresh_nonce
from suyuan.release.ports import GIVEN, Unseal
from suyuan.terms import Clock, FieldName, KindName

_TELLING = 0.5
"""Share of a column's cells that must be of one kind before an unregistered column is taken for personal."""

_TELLING_INSIDE = 0.02
"""Share of a column's cells with a telephone number, ID number or mailbox inside their text: remarks are personal by far fewer."""

_LOOSE_KINDS = (KindName.IDENTIFIER, KindName.PERSON_NAME, KindName.DATE, KindName.TEXT)
"""Kinds too loose to refuse an unregistered column on."""


class SuppliedRows:
    """Overlay: rows of a table that the caller owns. Of them are kept keyed tokens, and one sealed identifier a person."""

    overlay = True

    def __init__(
        self,
        frame: pl.DataFrame,
        *,
        fields: Mapping[FieldName, FieldPolicy],
        broker: KeyBroker,
        ties: Numbers | None = None,
    ) -> None:
        """Take the table; `fields` is the register, `ties` as in `RowSource`.

        Raises: RefusedError: no column tells persons apart, or one that looks personal is not registered.
        """
        if any(not column.strip() for column in frame.columns):
            raise RefusedError("a column has no name", code="release.column", hint="name it, or leave it out")
        self.columns: Sequence[str] = tuple(frame.columns)
        self.fields: Mapping[str, FieldPolicy] = match_columns(frame.columns, fields=fields)
        self._broker = broker
        if not self.fields:
            raise RefusedError(
                "no column is a field of the register",
                code="release.column",
                hint="the first line must name the columns, as policy/fields.toml or its aliases do",
            )
        _require_registered(frame, fields=self.fields)
        if not any(field.strong for field in self.fields.values()):
            raise RefusedError(
                "no column tells one person from another",
                code="release.person",
                hint="a customer number, phone, e-mail or ID number is needed; name its column in policy/fields.toml",
            )
        given = {field.name: frame[column].cast(pl.String) for column, field in self.fields.items()}
        self._rows = pl.DataFrame(
            [
                *(frame[column] for column in frame.columns if column not in self.fields),
                *(KINDS[f.kind].canonical_column(given[f.name]).alias(f.name) for f in self.fields.values()),
                *(text.alias(name + GIVEN) for name, text in given.items()),
            ]
        )
        self.persons: Numbers = np.empty(0, dtype=np.int64)
        self.ties = ties

    def enrol(self, vault: Vault, *, people: PeopleStore, clock: Clock) -> int:
        """Find or make the person of every row, by her strongest known identifier; give how many are new.

        Rows that share the strongest identifier they have are one person; a row with none at all gets a
        person of its own, so that its release is ledgered all the same.
        """
        strong = sorted((f for f in self.fields.values() if f.strong), key=_strength)
        tokens = {f.name: self._broker.tokenizer(f.kind).column(self._rows[f.name]) for f in strong}
        numbers = vault.resolve([(f.kind, tokens[f.name]) for f in strong])
        fresh = np.flatnonzero(numbers < 0)
        if len(fresh):
            own = pl.coalesce(
                *(
                    pl.concat_str(pl.lit(f"{f.kind.value} "), tokens[f.name].gather(fresh).cast(pl.String))
                    for f in strong
                ),
                pl.concat_str(pl.lit("row "), pl.Series(fresh).cast(pl.String)),
            )
            groups = pl.select(own.rank("dense")).to_series().to_numpy().astype(np.int64) - 1
            first = self._broker.enrol(int(groups.max()) + 1)
            numbers[fresh] = first + groups
        columns = [
            TokenColumn(
                kind=f.kind,
                rows=np.flatnonzero(tokens[f.name].is_not_null().to_numpy()),
                tokens=tokens[f.name].drop_nulls().to_numpy(),
                generation=self._broker.token_state.active,
            )
            for f in strong
        ]
        state = self._broker.token_state
        if state.newest != state.active:
            # Their key is being exchanged: who is seen meanwhile gets the tokens of both.
            columns += vault.token_columns(self._rows, fields=strong, generation=state.newest)
        identifiers = vault.identifiers([(f.kind, self._rows[f.name]) for f in strong], persons=numbers)
        people.add_tokens(columns, numbers, at=clock.now(), identifiers=identifiers)
        self.persons = numbers
        return len(np.unique(numbers[fresh]))

    def showing(self, columns: Sequence[str]) -> "SuppliedRows":
        """Give the rows with some of their columns to hand on; the others tell whose row it is, and stay here."""
        shown = copy(self)
        shown.columns = tuple(columns)
        shown.fields = {column: field for column, field in self.fields.items() if column in columns}
        return shown

    def only(self, keep: npt.NDArray[np.bool_]) -> "SuppliedRows":
        """Give the rows that are to be kept."""
        kept = copy(self)
        kept._rows = self._rows.filter(pl.Series(keep))
        kept.persons = self.persons[keep]
        kept.ties = None if self.ties is None else self.ties[keep]
        return kept

    def nonces(self, *, pool: int, ordinals: Sequence[int]) -> Sequence[int]:
        """Give a nonce made of each row's key: a salt serves one row of one release.

        Raises: RefusedError: as `fresh_nonce`.
        """
        fresh_nonce(pool=pool, ordinal=max(ordinals, default=0))
        base = fresh_nonce(pool=pool, ordinal=0)
        return [base + ordinal for ordinal in ordinals]

    def commitments(
        self, fields: Sequence[FieldName], *, start: int, stop: int, nonces: Sequence[int]
    ) -> Mapping[FieldName, Sequence[bytes]]:
        """Commit to the form tables of rows start..stop-1."""
        kinds = {f.name: f.kind for f in self.fields.values()}
        columns = {name: self._rows[name].slice(start, stop - start) for name in fields}
        tables = {name: tables_of(column, kind=KINDS[kinds[name]]) for name, column in columns.items()}
        return self._broker.commit_tables(
            self.persons[start:stop].tolist(),
            nonces=nonces,
            tables=tables,
        )

    def values(self, *, start: int, stop: int, unseal: Unseal) -> pl.DataFrame:
        """Give the rows as the caller supplied them; nothing is opened."""
        return self._rows.slice(start, stop - start)


class StoredRows:
    """Sealed: rows of the store. Values exist only between `values` and the sink."""

    overlay = False

    def __init__(
        self,
        persons: Numbers,
        *,
        people: PeopleStore,
        fields: Sequence[FieldPolicy],
        broker: KeyBroker,
        any_order: bool = False,
    ) -> None:
        """Take persons that have a record, and the fields to release; who was erased is left out.

        Args:
            any_order: whether the order of the rows says nothing.
        """
        self._broker = broker
        self.fields: Mapping[str, FieldPolicy] = {field.name: field for field in fields}
        self.columns: Sequence[str] = tuple(self.fields)
        records = people.records(persons.tolist())
        if len(records) != len(persons):
            raise RefusedError("some of these persons have no record in the store", code="release.record")
        held = broker.secrets_held(persons)
        self._records = [record for record, is_held in zip(records, held.tolist(), strict=True) if is_held]
        self.persons: Numbers = persons[held]
        self.ties = np.zeros(len(self.persons), dtype=np.int64) if any_order else None

    def only(self, keep: npt.NDArray[np.bool_]) -> "StoredRows":
        """Give the rows that are to be kept."""
        kept = copy(self)
        kept._records = [record for record, is_kept in zip(self._records, keep.tolist(), strict=True) if is_kept]
        kept.persons = self.persons[keep]
        kept.ties = None if self.ties is None else self.ties[keep]
        return kept

    def nonces(self, *, pool: int, ordinals: Sequence[int]) -> Sequence[int]:
        """Give the version of each record, under which its commitments were made at import."""
        return [record.version for record in self._records]

    def commitments(
        self, fields: Sequence[FieldName], *, start: int, stop: int, nonces: Sequence[int]
    ) -> Mapping[FieldName, Sequence[bytes]]:
        """Give the commitments stored at import; no value is touched."""
        return self._broker.tables_of(self._records[start:stop], fields=fields)

    def values(self, *, start: int, stop: int, unseal: Unseal) -> pl.DataFrame:
        """Open rows start..stop-1; a person left out by key stays empty."""
        opened = [unseal(record) for record in self._records[start:stop]]
        names = [field.name for field in self.fields.values()]
        columns = {name: pl.Series([row.get(name) for row in opened], dtype=pl.String) for name in names}
        return pl.DataFrame(columns | {name + GIVEN: column for name, column in columns.items()})


def _strength(field: FieldPolicy) -> tuple[bool, int]:
    order = STRONG_KINDS.index(field.kind) if field.kind in STRONG_KINDS else len(STRONG_KINDS)
    return (not field.key, order)


def _as_text(column: pl.Series) -> pl.Series:
    """Give a column's cells as text, sampled: a telephone number may be a number, and a whole one has no decimals."""
    if column.dtype == pl.String:
        return column
    cells = column.drop_nulls()
    cells = cells.gather_every(max(1, cells.len() // SAMPLE_ROWS))
    text = cells.cast(pl.String, strict=False)
    return text.str.replace(r"\.0+$", "") if column.dtype.is_numeric() else text


def _require_registered(frame: pl.DataFrame, *, fields: Mapping[str, FieldPolicy]) -> None:
    """Require that no column outside the register holds what looks like personal information."""
    for place, column in enumerate(frame.columns, start=1):
        if column in fields:
            continue
        text = _as_text(frame[column])
        shares = kind_shares(text)
        telling = {kind: share for kind, share in shares.items() if kind not in _LOOSE_KINDS}
        kind = max(telling, key=lambda k: telling[k], default=None)
        if kind is not None and telling[kind] >= _TELLING:
            raise RefusedError(
                f"column {called(column, place=place)} looks like {kind.value} and is no registered field",
                code="release.column",
                hint=f'add it to policy/fields.toml (kind = "{kind.value}"), or leave it out with --drop',
            )
        if share_inside(text) >= _TELLING_INSIDE:
            raise RefusedError(
                f"column {called(column, place=place)} has telephone numbers, ID numbers or mailboxes inside its text and is no registered field",
                code="release.column",
                hint='leave it out with --drop, or add it to policy/fields.toml (kind = "text") and to the purpose',
            )
