"""The vault: seals what was admitted, remembers its tokens, and links people to cases."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import polars as pl

from suyuan.collect.admit import Admitted
from suyuan.collect.cases import AdmittedCases
from suyuan.collect.field import FieldPolicy
from suyuan.crypto import registry, side_by_side
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.parts import STORE_PER_MINIMUM, part_column, part_tokenizer, sought, stored_part
from suyuan.hold.ports import CaseLink, Numbers, PartColumn, PeopleStore, SealedRecord, TokenColumn
from suyuan.hold.seal import RECIPES
from suyuan.kinds.kind import FormColumns
from suyuan.kinds.registry import KINDS
from suyuan.mark.table import table_texts
from suyuan.terms import AccountId, CaseId, Clock, Entropy, FieldName, KindName, PersonNumber, PurposeName

ROWS_PER_STEP = 32_768

_WORTH_COMPILING = 16_384
"""Rows for which starting the compiler of the hash pays: each takes about a hundred hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: new people, people whose record changed, people whose record was the same."""

    added: int
    corrected: int
    unchanged: int


def find_person(text: str, *, field: FieldPolicy, people: PeopleStore, broker: KeyBroker) -> PersonNumber | None:
    """Give the one person whom a strong field's value names, or None: nobody, or several."""
    return find_persons((text,), field=field, people=people, broker=broker)[0]


def find_persons(
    texts: Sequence[str], *, field: FieldPolicy, people: PeopleStore, broker: KeyBroker
) -> list[PersonNumber | None]:
    """Give the one person whom each value of a strong field names, in one question to the store; as `find_person`."""
    canonical = [KINDS[field.kind].canonical(text) for text in texts]
    tokenizer = broker.tokenizer(field.kind)
    tokens = [tokenizer.token(one) for one in canonical if isinstance(one, str)]
    if not tokens:
        return [None] * len(texts)
    numbers = people.find(field.kind, np.array(tokens, dtype=np.uint64)).tolist()
    # A restored copy of the people store may still know whom the key store has forgotten.
    held = broker.secrets_held(numbers)
    known = iter(
        PersonNumber(number) if number >= 0 and is_held else None for number, is_held in zip(numbers, held, strict=True)
    )
    return [next(known) if isinstance(one, str) else None for one in canonical]


class Vault:
    """Stores people. Can seal, and cannot unseal."""

    def __init__(self, people: PeopleStore, *, broker: KeyBroker, clock: Clock, entropy: Entropy) -> None:
        self._people = people
        self._broker = broker
        self._clock = clock
        self._entropy = entropy

    def store(self, admitted: Admitted, *, purposes: Sequence[PurposeName] = ()) -> Iterator[Imported]:
        """Seal and store admitted records, a durable step of rows at a time; gives what each step did.

        A person who is known by the key field is corrected: her record gets a new version and the dates of
        the old one are kept. A record that is the same is left alone.

        Args:
            purposes: what the records were collected for, just now; how long they are kept follows from it.
        """
        key = next(field for field in admitted.fields if field.key)
        if admitted.values.height >= _WORTH_COMPILING:
            side_by_side.load()
        # While the store writes a step, the next one is sealed. A step was stored when what it did is given.
        with ThreadPoolExecutor(1) as writer:
            under_way: Future[Imported] | None = None
            writing = np.empty(0, np.int64)
            for start in range(0, admitted.values.height, ROWS_PER_STEP):
                rows = admitted.values.slice(start, ROWS_PER_STEP)
                numbers = self.known_by(key, values=rows[key.name])
                if under_way is not None and np.isin(numbers[numbers >= 0], writing).any():
                    # Somebody who is being written is named again, by another value: she is read after that.
                    wait((under_way,))
                    numbers = self.known_by(key, values=rows[key.name])
                try:
                    save = self._sealed_step(rows, numbers=numbers, fields=admitted.fields, key=key, purposes=purposes)
                finally:
                    self._broker.keep_at_hand(())
                if under_way is not None:
                    yield under_way.result()
                under_way, writing = writer.submit(save), numbers
            if under_way is not None:
                yield under_way.result()

    def find_part(self, text: str, *, field: FieldPolicy, part: str, count: int) -> Numbers:
        """Give the persons, ascending, at most `count`, whose field has this part: the last four digits, a surname.

        Args:
            text: the part, as a person types it; a surname in any case.
        Raises: RefusedError `hold.part`: the field is not declared to be found by it. `hold.search_minimum`: too few share
            it, or too few are in the store; whether anybody does is not told.
        """
        if part not in field.search:
            raise RefusedError(
                f"{field.name} is not found by {part}",
                code="hold.part",
                hint=f'declare it: `search = ["{part}"]` of [{field.name}] in policy/fields.toml, and import again',
            )
        token = part_tokenizer(self._broker, field=field, part=part).token(sought(text, part=part))
        stored = stored_part(part, generation=self._broker.token_state.active)
        shared = self._people.count_part(field.name, part=stored, token=token)
        held = self._people.counts()["persons"]
        if shared < field.search_minimum or held < STORE_PER_MINIMUM * field.search_minimum:
            raise RefusedError(
                f"fewer than {field.search_minimum} persons would be found by this {part} of {field.name}",
                code="hold.search_minimum",
                hint="search by the whole value, or by the case",
            )
        return self._people.find_part(field.name, part=stored, token=token, count=count)

    def resolve(self, columns: Sequence[tuple[KindName, pl.Series]]) -> Numbers:
        """Give the person of each row by the first kind of token that knows one, strongest first; -1 if none."""
        found = np.full(len(columns[0][1]) if columns else 0, -1, dtype=np.int64)
        for kind, column in columns:
            open_rows = np.flatnonzero((found < 0) & column.is_not_null().to_numpy())
            if len(open_rows):
                found[open_rows] = self._people.find(kind, column.gather(open_rows).to_numpy())
        return self.resolve(columns) if self._forget_erased(found) else found

    def known_by(self, field: FieldPolicy, *, values: pl.Series) -> Numbers:
        """Give the person of each canonical value of a strong field; -1 where nobody, or nobody alone, is known by it."""
        return self.resolve([(field.kind, self._broker.tokenizer(field.kind).column(values))])

    def add_cases(self, links: tuple[CaseLink, ...]) -> None:
        """Store or update cases."""
        self._people.add_cases(links)

    def link_cases(self, admitted: AdmittedCases, *, key: FieldPolicy) -> int:
        """Store or update admitted cases, all or none; give how many.

        Raises: RefusedError `hold.person`: rows name nobody; the first is told, the value is not.
        """
        table = admitted.table
        persons = self.known_by(key, values=admitted.table["person"])
        unknown = np.flatnonzero(persons < 0)
        if len(unknown):
            rows = "1 row names" if len(unknown) == 1 else f"{len(unknown):,} rows name"
            raise RefusedError(
                f"{rows} nobody whom the store knows by this {key.name}; the first is row {int(unknown[0]) + 1}",
                code="hold.person",
                hint="no case was stored; import the people first, or store the other cases with --rejects bad.csv",
            )
        columns = (table[name].to_list() for name in ("case", "account", "opened", "closed", "queue", "region"))
        self._people.add_cases(
            [
                CaseLink(
                    case=CaseId(case),
                    account=AccountId(account),
                    person=PersonNumber(person),
                    opened=opened,
                    closed=closed,
                    queue=queue,
                    region=region,
                )
                for case, account, opened, closed, queue, region, person in zip(*columns, persons.tolist(), strict=True)
            ]
        )
        return table.height

    def of_nobody(self, admitted: AdmittedCases, *, key: FieldPolicy) -> list[int]:
        """Give the rows, from 0, of the cases whose person the store does not know."""
        return [int(row) for row in np.flatnonzero(self.known_by(key, values=admitted.table["person"]) < 0)]

    def _sealed_step(
        self,
        rows: pl.DataFrame,
        *,
        numbers: Numbers,
        fields: tuple[FieldPolicy, ...],
        key: FieldPolicy,
        purposes: Sequence[PurposeName],
    ) -> Callable[[], Imported]:
        """Seal a step of rows; give what stores it, once.

        Args:
            numbers: the person of each row, -1 where she is new; filled in with the number that she is given.
        """
        fresh = np.flatnonzero(numbers < 0)
        forms = {f.name: KINDS[f.kind].forms_column(rows[f.name]) for f in fields}
        tables = {name: table_texts(columns).cast(pl.Binary).to_list() for name, columns in forms.items()}
        known = np.flatnonzero(numbers >= 0)
        changed = self._changed(rows, numbers=numbers, known=known, tables=tables)
        if len(fresh):
            numbers[fresh] = np.arange(len(fresh)) + self._broker.enrol(len(fresh))
        stale = np.array([row for row in known if changed.get(PersonNumber(int(numbers[row])))], dtype=np.int64)
        write = np.sort(np.concatenate([fresh, stale]))
        self._broker.keep_at_hand(numbers[write].tolist())
        identifiers = self.identifiers([(key.kind, rows[key.name])], persons=numbers)
        written = rows[write.tolist()]
        records = (
            self._seal(written, numbers=numbers[write], fields=fields, tables=tables, forms=forms, at=write)
            if len(write)
            else []
        )
        tokens = [
            column
            for number in self._generations
            for column in self.token_columns(written, fields=fields, generation=number)
        ]
        parts = self._parts(written, fields=fields)
        same = np.setdiff1d(known, stale, assume_unique=True)
        # A part that was declared since: the record is as it was, and is to be found by it from now on.
        declared = self._parts(rows[same.tolist()], fields=fields) if any(field.search for field in fields) else []

        def save() -> Imported:
            people, at = self._people, self._clock.now()
            if records:
                people.save_records(records, tokens, at=at, changed=changed, identifiers=identifiers, parts=parts)
            elif identifiers:
                people.add_tokens([], np.empty(0, np.int64), at=at, identifiers=identifiers)
            if len(same) and declared:
                people.add_parts(declared, numbers[same])
            for purpose in purposes:
                people.collected(numbers, purpose=purpose, at=at)
            return Imported(added=len(fresh), corrected=len(stale), unchanged=len(known) - len(stale))

        return save

    def _forget_erased(self, persons: Numbers) -> bool:
        """Remove what a restored copy of the store has brought back of erased persons; say whether there was any."""
        known = np.unique(persons[persons >= 0])
        erased = known[~self._broker.secrets_held(known)].tolist()
        for person in erased:
            self._people.erase(PersonNumber(person))
        return bool(erased)

    def _parts(self, rows: pl.DataFrame, *, fields: tuple[FieldPolicy, ...]) -> list[PartColumn]:
        """Give the tokens of every declared part of every field, of each generation that is written."""
        return [
            column
            for number in self._generations
            for column in self.part_columns(rows, fields=fields, generation=number)
        ]

    def part_columns(self, rows: pl.DataFrame, *, fields: Sequence[FieldPolicy], generation: int) -> list[PartColumn]:
        """Give the tokens of every declared part of every field, of one generation."""
        found = []
        for field in fields:
            for part in field.search:
                tokenizer = part_tokenizer(self._broker, field=field, part=part, generation=generation)
                column = tokenizer.column(part_column(rows[field.name], part=part))
                present = np.flatnonzero(column.is_not_null().to_numpy())
                found.append(
                    PartColumn(
                        field=field.name,
                        part=stored_part(part, generation=generation),
                        rows=present,
                        tokens=column.drop_nulls().to_numpy(),
                    )
                )
        return found

    def token_columns(self, rows: pl.DataFrame, *, fields: Sequence[FieldPolicy], generation: int) -> list[TokenColumn]:
        """Give the tokens of every strong field, of one generation."""
        found = []
        for field in fields:
            if field.strong:
                column = self._broker.tokenizer(field.kind, generation=generation).column(rows[field.name])
                found.append(
                    TokenColumn(
                        kind=field.kind,
                        rows=np.flatnonzero(column.is_not_null().to_numpy()),
                        tokens=column.drop_nulls().to_numpy(),
                        generation=generation,
                    )
                )
        return found

    @property
    def _generations(self) -> tuple[int, ...]:
        """The generations of tokens that are written: two, while their key is being exchanged."""
        state = self._broker.token_state
        return (state.active,) if state.newest == state.active else (state.active, state.newest)

    def identifiers(
        self, columns: Sequence[tuple[KindName, pl.Series]], *, persons: Numbers
    ) -> list[tuple[int, bytes]]:
        """Give the sealed identifiers, by which they are to be enrolled, of persons who have none yet.

        Args:
            columns: canonical values, null where absent; the first kind that a person has is hers.
            persons: the person of each row.
        """
        found: dict[int, bytes] = {}
        rows = np.flatnonzero(np.isin(persons, self._people.without_identifier(np.unique(persons))))
        for kind, column in columns:
            told = rows[column.is_not_null().to_numpy()[rows]]
            numbers, first = np.unique(persons[told], return_index=True)
            texts = column.gather(told[first]).to_list()
            named = (registry.identifier(kind.value, canonical=text) for text in texts)
            found.update(zip(numbers.tolist(), named, strict=True))
            rows = rows[~np.isin(persons[rows], numbers)]
        if not found:
            return []
        return list(
            zip(found, self._broker.seal_identifiers(list(found), identifiers=list(found.values())), strict=True)
        )

    def _changed(
        self, rows: pl.DataFrame, *, numbers: Numbers, known: Numbers, tables: Mapping[FieldName, list[bytes]]
    ) -> dict[PersonNumber, tuple[FieldName, ...]]:
        """Give the changed fields of people who are known, by commitment: nothing is unsealed to compare."""
        row_of = {int(numbers[row]): int(row) for row in known}
        stored = self._people.records([int(numbers[row]) for row in known])
        at = [row_of[record.person] for record in stored]
        again = self._broker.hide_tables(
            [record.person for record in stored],
            nonces=[record.version for record in stored],
            tables={name: [texts[row] for row in at] for name, texts in tables.items()},
        )
        changed: dict[PersonNumber, list[FieldName]] = {record.person: [] for record in stored}
        for name, commitments in again.items():
            given = rows[name].is_not_null().to_list()
            for row, record, committed in zip(at, stored, commitments, strict=True):
                # A field that is empty has no commitment.
                if record.commitments.get(name) != (committed if given[row] else None):
                    changed[record.person].append(name)
        missing = row_of.keys() - {int(record.person) for record in stored}
        whole = {PersonNumber(person): tuple(tables) for person in missing}
        return whole | {person: tuple(names) for person, names in changed.items() if names}

    def _seal(
        self,
        rows: pl.DataFrame,
        *,
        numbers: Numbers,
        fields: tuple[FieldPolicy, ...],
        tables: Mapping[FieldName, list[bytes]],
        forms: Mapping[FieldName, FormColumns],
        at: Numbers,
    ) -> list[SealedRecord]:
        """Seal the rows as the next version of each person's record.

        Args:
            tables, forms: of every row of the step, by field; `at` says which of them are sealed.
        """
        persons = numbers.tolist()
        latest = {record.person: record.version for record in self._people.records(persons)}
        versions = [latest.get(PersonNumber(person), 0) + 1 for person in persons]
        names = [field.name for field in fields]
        written = at.tolist()
        committed = self._broker.hide_tables(
            persons, nonces=versions, tables={name: [tables[name][row] for row in written] for name in names}
        )
        values = [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in rows.select(names).iter_rows()
        ]
        recipes = _recipes(forms, fields=fields, at=at)
        contents = [value | {RECIPES: spelled} for value, spelled in zip(values, recipes, strict=True)]
        bodies = self._broker.seal_records(persons, versions=versions, values=contents)
        return [
            SealedRecord(
                person=PersonNumber(person),
                version=version,
                body=body,
                commitments={name: committed[name][row] for name in held},
            )
            for row, (person, version, body, held) in enumerate(zip(persons, versions, bodies, values, strict=True))
        ]


def _recipes(
    forms: Mapping[FieldName, FormColumns], *, fields: Sequence[FieldPolicy], at: Numbers
) -> list[dict[FieldName, str]]:
    """Give the recipes of some rows behind the version of their kind, by field; of kinds that have forms."""
    able = [field for field in fields if KINDS[field.kind].slot_names]
    columns = [
        (pl.lit(str(KINDS[field.kind].version)) + forms[field.name].recipes.gather(at)).alias(field.name)
        for field in able
    ]
    if not columns:
        return [{} for _ in range(len(at))]
    names = [field.name for field in able]
    return [
        {name: recipe for name, recipe in zip(names, row, strict=True) if recipe is not None}
        for row in pl.select(columns).iter_rows()
    ]
