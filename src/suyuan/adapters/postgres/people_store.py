"""People in a PostgreSQL schema of their own: sealed records, keyed tokens, cases and facts; nothing of it opens without keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from suyuan.adapters.people.accounts import Accounts
from suyuan.adapters.people.approvals import Approvals
from suyuan.adapters.people.cases import Cases
from suyuan.adapters.people.consents import Consents
from suyuan.adapters.people.engine import Column, Row, Writes
from suyuan.adapters.people.facts import Facts
from suyuan.adapters.people.saving import Saving
from suyuan.adapters.people.token_entries import TokenEntries, codes_of, generation_bit
from suyuan.adapters.people.token_index import FOUND, TokenIndex, former, spanned
from suyuan.adapters.postgres import copying
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.arrays import columns
from suyuan.adapters.postgres.asking import ask
from suyuan.adapters.postgres.people_schema import PEOPLE, STEPS, UNDO, open_at_version
from suyuan.adapters.postgres.session import Connection, make, statements
from suyuan.adapters.postgres.sessions import Sessions
from suyuan.hold.ports import Numbers, Tokens
from suyuan.hold.predicate import Style
from suyuan.terms import Digest, KindName, PersonNumber

_SQL: Final = statements("people.sql")
_ROWS_AT_ONCE: Final = 20_000

_POINT_QUERIES_AT_MOST: Final = 2_000
"""For more tokens than this all of the kind are read once and searched in memory."""

_COUNTS_NOW: Final = 150_000
"""The first version of PostgreSQL that says at once what a transaction wrote; older ones do within seconds."""

_PERSONS_AT_A_TIME: Final = 20_000

_OF_A_PERSON: Final = (
    "erase_tokens", "erase_person", "erase_record", "erase_versions", "erase_cases", "erase_registration", "erase_parts",
    "erase_age", "erase_holds", "erase_restrictions", "erase_collected", "erase_consents",
)  # fmt: skip


class PostgresPeopleStore(Saving, Cases, Facts, Consents, Approvals, Accounts):
    """The ports `PeopleStore`, `ConsentStore`, `ApprovalStore` and `AccountStore` on one schema.

    Every call has a session of its own, so that threads work side by side. What is deleted leaves traces in the
    server's files until it tidies up; of a person they are noise once her secret is gone.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._style: Style = "format"
        self._gives_whole_cases = True
        self._sessions = sessions
        # A dump comes in many batches: the tokens read for one serve the next until some are written.
        self._indexes: dict[KindName, tuple[tuple[int | None, int], TokenIndex]] = {}
        self._writes = 0

    @classmethod
    def open_writer(cls, address: Address) -> Self:
        """Open for writing; a schema one version old is stepped up, beside those who read it.

        Raises: UnavailableError: there are no people, the server does not answer, refuses this role, or runs in a way
            that loses what it confirmed.
        """
        open_at_version(address, writes=True)
        return cls(Sessions(address, writes=True))

    @classmethod
    def open_reader(cls, address: Address) -> Self:
        """Open for reading beside a writer. Raises: UnavailableError: as `open_writer`, and `store.older`."""
        open_at_version(address, writes=False)
        return cls(Sessions(address, writes=False))

    @staticmethod
    def create(address: Address) -> Callable[[], None]:
        """Make an empty store where nothing is; give what takes it away again, should making the rest fail.

        Raises: RefusedError: something is in the schema. UnavailableError: as `open_writer`.
        """
        return make(address, contents=PEOPLE, steps=STEPS, undo=UNDO)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every session; closing twice does nothing."""
        self._sessions.close()

    @property
    def place(self) -> str:
        """The database and schema."""
        return self._sessions.address.name

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a named statement."""
        return self._sessions.ask(lambda connection: _rows(connection, _SQL[name], parameters))

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
        text = _SQL[name].replace(b"{condition}", condition.encode())
        return self._sessions.ask(lambda connection: _rows(connection, text, (*before, *values, *after)))

    def listed(self, values: Sequence[int] | Sequence[str] | Numbers) -> object:
        """Give a list as an array."""
        return values if isinstance(values, np.ndarray) else list(values)

    @contextmanager
    def writing(self) -> Iterator["PostgresWrites"]:
        """Run one transaction: durable when the block ends, and gone, all of it, when the block raises."""
        try:
            with self._sessions.transaction() as connection:
                yield PostgresWrites(connection)
        finally:
            self._writes += 1

    def find(self, kind: KindName, tokens: Tokens) -> Numbers:
        """Give the person of each token of a kind, -1 where unknown or shared by several persons.

        A token that several persons have now is shared. One that nobody has now leads to the person
        who had it, if she alone had.
        """
        if len(tokens) > _POINT_QUERIES_AT_MOST:
            return self._index_of(kind).find(tokens)
        found = self.among("tokens_among", tokens.view(np.int64), before=(codes_of(kind),))
        return TokenIndex.build(found).find(tokens)

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        """Give every token of a kind, ascending, and the person that `find` gives for it."""
        return self._index_of(kind).entries

    def owners_digest(self, kind: KindName) -> Digest:
        """Give the SHA-256 of a kind's tokens and the persons they lead to, the same of equal ones and only of those."""
        return self._index_of(kind).digest

    def _index_of(self, kind: KindName) -> TokenIndex:
        """Give the whole index of a kind, read by one COPY; the one held, while no token was written since."""
        # Before the tokens are read: what is written meanwhile makes the next question read them anew.
        state = (self.rows("token_changes")[0][0], self._writes)
        held = self._indexes.get(kind)
        if held is None or held[0] != state or state[0] is None:
            held = self._indexes[kind] = state, TokenIndex.of(self._sessions.ask(partial(_tokens, kind=kind)))
        return held[1]

    def rest(self) -> None:
        """Let go of what large finds keep in memory; the next one has it again."""
        for _, index in self._indexes.values():
            index.rest()

    def former_tokens(self, kind: KindName) -> tuple[Tokens, Numbers, Numbers]:
        """Give every token of a kind that a person has no more, the person, and until when (milliseconds) she had it."""
        return former(self.rows("former_tokens", (codes_of(kind),)))

    def token_spans(self, kind: KindName, tokens: Tokens) -> Sequence[tuple[int, int, int, int | None]]:
        """Give token, person, and from when until when (milliseconds; None: still) she had it, of each token of a kind."""
        found = self.among("token_spans", tokens.view(np.int64), before=(codes_of(kind),))
        return [spanned(*row) for row in found]

    def drop_tokens_but(self, generation: int) -> None:
        """Remove tokens and parts' tokens of the generation before this one, gone from the file; may be run again."""
        bit = generation_bit(generation)
        numbers = self.known_persons()
        for start in range(0, len(numbers), _PERSONS_AT_A_TIME):
            with self.writing() as writes:
                writes.run("drop_tokens_but", (bit, numbers[start : start + _PERSONS_AT_A_TIME]))
                writes.count_now()
        with self.writing() as writes:
            writes.run("drop_parts_but", (f"%/{generation}",))

    def erase(self, person: PersonNumber) -> None:
        """Remove everything of a person; all or none."""
        with self.writing() as writes:
            for statement in _OF_A_PERSON:
                writes.run(statement, (int(person),))
            # Her identifier is free now: whoever shared it can be enrolled under it.
            writes.run("reopen_shared", ())
            writes.run("end_erase", (int(person),))
            writes.count_now()

    def _remember(
        self, writes: Writes, given: TokenEntries, *, persons: Numbers, new: Numbers, at_ms: int, whole: bool
    ) -> None:
        """Store the tokens of persons; if `whole`, close what was not given of those who were known."""
        known = np.setdiff1d(persons, new)
        writes.add("add_person", (new,), rows=len(new))
        # In the order in which the index lies on the disk: a sorted insert is the fast one.
        order = np.lexsort((given.tokens, given.kinds))
        kinds, tokens, owners = given.kinds[order].astype(np.int16), given.tokens[order], given.persons[order]
        if len(known):
            theirs = np.isin(owners, known)
            held = kinds[theirs].astype(np.int64), tokens[theirs], owners[theirs]
            if whole:
                writes.run("close_others", (at_ms, known, *held))
            writes.run("add_tokens", (at_ms, *held))
            kinds, tokens, owners = kinds[~theirs], tokens[~theirs], owners[~theirs]
        since = np.full(len(owners), at_ms, np.int64)
        writes.add("add_tokens", (kinds, tokens, owners, since), rows=len(owners))
        if isinstance(writes, PostgresWrites):
            writes.count_now()


class PostgresWrites:
    """The statements of one transaction under way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a named statement, as this transaction sees them."""
        return _rows(self._connection, _SQL[name], parameters)

    def run(self, name: str, parameters: Sequence[object]) -> int:
        """Run a named statement; give how many rows it touched."""
        return self._connection.execute(_SQL[name], parameters or None).rowcount

    def run_each(self, name: str, parameters: Iterable[Sequence[object]]) -> int:
        """Run a named statement for all sets of parameters at once, as one array for each column."""
        rest, touched = iter(parameters), 0
        while part := list(islice(rest, _ROWS_AT_ONCE)):
            touched += self.run(name, columns(part))
        return touched

    def count_now(self) -> None:
        """Have the server count what this transaction wrote as soon as it ends, for whoever holds an index of it."""
        if self._connection.info.server_version >= _COUNTS_NOW:
            self.rows("count_now")

    def add(self, name: str, columns: Sequence[Column], *, rows: int) -> None:
        """Add rows that are known to be new, as columns, by one COPY."""
        if rows:
            with self._connection.cursor().copy(_SQL["new/" + name]) as copy:
                for piece in copying.columns(columns, rows=rows):
                    copy.write(piece)


def _tokens(connection: Connection, *, kind: KindName) -> npt.NDArray[np.void]:
    """Give every token of a kind with its persons."""
    # COPY takes no parameters; the codes are numbers of ours.
    codes = ", ".join(str(int(code)) for code in codes_of(kind))
    with connection.cursor().copy(_SQL["tokens_of_kind"].replace(b"{codes}", codes.encode())) as copy:
        return copying.read_columns(copy, kind=FOUND)


def _rows(connection: Connection, text: bytes, parameters: Sequence[object]) -> list[Row]:
    return ask(connection, text, parameters)
