"""data.db: sealed records and identifiers, keyed tokens, cases, marks already seen; nothing of it opens without keys.db."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import orjson

from suyuan.adapters.people.accounts import Accounts
from suyuan.adapters.people.approvals import Approvals
from suyuan.adapters.people.cases import Cases
from suyuan.adapters.people.consents import Consents
from suyuan.adapters.people.engine import Row, Writes, distinct
from suyuan.adapters.people.facts import Facts
from suyuan.adapters.people.saving import Saving
from suyuan.adapters.people.token_entries import PersonTokens, TokenEntries, codes_of
from suyuan.adapters.people.token_index import TokenIndex, former, spanned
from suyuan.adapters.sqlite.database import Access, Database, Transaction
from suyuan.adapters.sqlite.named_statements import named_statements
from suyuan.adapters.sqlite.schema import Schema
from suyuan.hold.ports import Numbers, Tokens
from suyuan.hold.predicate import Style
from suyuan.terms import Digest, KindName, PersonNumber

VERSION = 3
APPLICATION_ID = 0x7379_6461
"""`syda` in the header of data.db."""

_POINT_QUERIES_AT_MOST = 2_000
"""For more tokens than this the whole column of the kind is read once and searched in memory."""

_PERSONS_AT_A_TIME: Final = 20_000

_OF_A_PERSON: Final = (
    "erase_person", "erase_record", "erase_versions", "erase_cases", "erase_registration", "erase_parts", "erase_age",
    "erase_holds", "erase_restrictions", "erase_collected", "erase_consents",
)  # fmt: skip


class SqlitePeopleStore(Saving, Cases, Facts, Consents, Approvals, Accounts):
    """The ports `PeopleStore`, `ConsentStore`, `ApprovalStore` and `AccountStore` on one SQLite file.

    The body of a superseded record version is overwritten: only its dates stay. Tokens of an earlier
    version that the new one lacks are closed, not forgotten, so that an old dump still finds its persons.
    """

    def __init__(self, path: Path, *, access: Access = Access.WRITE) -> None:
        """Open data.db. Raises: as `Database`."""
        self._schema = schema = Schema.load("people", application_id=APPLICATION_ID, version=VERSION)
        self._style: Style = "qmark"
        self._gives_whole_cases = False
        self._sql = named_statements("people.sql")
        self._database = Database(path, schema=schema, access=access, sql=self._sql)
        # A dump comes in many batches: the columns read for one serve the next until something is written.
        self._indexes: dict[KindName, tuple[tuple[int, int], TokenIndex]] = {}
        self._writes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def step_back(self) -> int:
        """Give the file to the suyuan before this one, with everything kept; give the version that it has now."""
        return self._database.step_back(self._schema)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._database.path)

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a named statement."""
        return self._database.rows(name, parameters)

    def choose(
        self,
        name: str,
        *,
        condition: str,
        values: Sequence[object],
        before: Sequence[object] = (),
        after: Sequence[object] = (),
    ) -> list[Row]:
        """Give every row of a named statement in which `{condition}` stands for a condition of SQL."""
        text = self._sql[name].replace("{condition}", condition)
        return self._database.asked(text, (*before, *values, *after))

    def listed(self, values: Sequence[int] | Sequence[str] | Numbers) -> str:
        """Give a list as JSON."""
        plain = values.tolist() if isinstance(values, np.ndarray) else list(values)
        return orjson.dumps(plain).decode()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Run one transaction: on the disk when the block ends, and gone, all of it, when the block raises."""
        try:
            with self._database.writing() as transaction:
                yield transaction
        finally:
            self._writes += 1

    def find(self, kind: KindName, tokens: Tokens) -> Numbers:
        """Give the person of each token of a kind, -1 where unknown or shared by several persons.

        A token that several persons have now is shared. One that nobody has now leads to the person
        who had it, if she alone had.
        """
        codes = codes_of(kind)
        if len(tokens) <= _POINT_QUERIES_AT_MOST:
            wanted = self.listed(tokens.view(np.int64))
            return TokenIndex.build(self._database.rows("tokens_among", (*codes, wanted))).find(tokens)
        return self._index_of(kind).find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        """Give every token of a kind, ascending, and the person that `find` gives for it."""
        return self._index_of(kind).entries

    def owners_digest(self, kind: KindName) -> Digest:
        """Give the SHA-256 of a kind's tokens and the persons they lead to, the same of equal ones and only of those."""
        return self._index_of(kind).digest

    def _index_of(self, kind: KindName) -> TokenIndex:
        state = (self._database.changes_elsewhere(), self._writes)
        held = self._indexes.get(kind)
        if held is None or held[0] != state:
            with self._database.reading("tokens_of_kind", codes_of(kind)) as rows:
                held = (state, TokenIndex.build(rows))
            self._indexes[kind] = held
        return held[1]

    def rest(self) -> None:
        """Let go of what large finds keep in memory; the next one has it again."""
        for _, index in self._indexes.values():
            index.rest()

    def former_tokens(self, kind: KindName) -> tuple[Tokens, Numbers, Numbers]:
        """Give every token of a kind that a person has no more, the person, and until when (milliseconds) she had it."""
        return former(self.rows("former_tokens", codes_of(kind)))

    def token_spans(self, kind: KindName, tokens: Tokens) -> Sequence[tuple[int, int, int, int | None]]:
        """Give token, person, and from when until when (milliseconds; None: still) she had it, of each token of a kind."""
        found: list[tuple[int, int, int, int | None]] = []
        for start in range(0, len(tokens), _POINT_QUERIES_AT_MOST):
            wanted = self.listed(tokens[start : start + _POINT_QUERIES_AT_MOST].view(np.int64))
            found += [spanned(*row) for row in self._database.rows("token_spans", (*codes_of(kind), wanted))]
        return found

    def drop_tokens_but(self, generation: int) -> None:
        """Remove tokens and parts' tokens of the generation before this one, gone from the file; may be run again."""
        numbers = self.known_persons()
        for start in range(0, len(numbers), _PERSONS_AT_A_TIME):
            stretch = numbers[start : start + _PERSONS_AT_A_TIME]
            with self.writing() as transaction:
                held = PersonTokens.unpack(list(self.among("persons_among", stretch, within=transaction)))
                old = [entries.outside(generation) for entries in (held.current, held.closed)]
                kept = PersonTokens(current=held.current.without(old[0]), closed=held.closed.without(old[1]))
                for entries in old:
                    transaction.run_each("erase_token", (row[:3] for row in entries.in_token_order(at_ms=0)))
                touched = distinct(np.concatenate([entries.persons for entries in old]))
                transaction.run_each("save_person", kept.pack(touched))
        with self.writing() as transaction:
            transaction.run("drop_parts_but", (generation,))
        self._database.forget()

    def erase(self, person: PersonNumber) -> None:
        """Remove everything of a person; all or none, gone from the file."""
        number = int(person)
        with self.writing() as transaction:
            held = PersonTokens.unpack(transaction.rows("persons_among", (self.listed([number]),)))
            for entries in (held.current, held.closed):
                transaction.run_each("erase_token", (row[:3] for row in entries.in_token_order(at_ms=0)))
            for statement in _OF_A_PERSON:
                transaction.run(statement, (number,))
            # Her identifier is free now: whoever shared it can be enrolled under it.
            transaction.run("reopen_shared", ())
            transaction.run("end_erase", (number,))
        self._database.forget()

    def _remember(
        self, writes: Writes, given: TokenEntries, *, persons: Numbers, new: Numbers, at_ms: int, whole: bool
    ) -> None:
        """Store the tokens of persons, and the ways between the two; if `whole`, close what was not given.

        Only what changes is written: telling a million persons' tokens again costs the comparison.
        """
        numbers = distinct(persons)
        rows = list(self.among("persons_among", np.setdiff1d(numbers, new, assume_unique=True), within=writes))
        held = PersonTokens.unpack(rows)
        fresh = given.without(held.current)
        gone = held.current.without(given if whole else held.current)
        now = PersonTokens(
            current=given if whole else held.current.union(given), closed=held.closed.without(given).union(gone)
        )
        touched = distinct(np.concatenate([new, fresh.persons, gone.persons]))
        writes.run_each("add_token", fresh.in_token_order(at_ms=at_ms))
        writes.run_each("close_token", gone.in_token_order(at_ms=at_ms))
        writes.run_each("save_person", now.pack(touched))
