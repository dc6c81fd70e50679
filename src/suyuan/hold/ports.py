"""What `hold` needs from outside: a key store and a people store, kept and backed up apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from suyuan.hold.key_ports import KEK as KEK
from suyuan.hold.key_ports import MARK as MARK
from suyuan.hold.key_ports import KeyStore as KeyStore
from suyuan.hold.token_columns import Numbers as Numbers
from suyuan.hold.token_columns import PartColumn as PartColumn
from suyuan.hold.token_columns import TokenColumn as TokenColumn
from suyuan.hold.token_columns import Tokens as Tokens
from suyuan.terms import AccountId, CaseId, Digest, FieldName, KindName, PersonNumber, PurposeName

if TYPE_CHECKING:
    from suyuan.hold.case_links import CaseLinks
    from suyuan.hold.predicate import Predicate
    from suyuan.hold.sealed_columns import SealedColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """One version of a person's record as it lies in the store.

    `commitments` maps each markable field to the salted commitment of its form table, hidden under a pad of the
    person's own; `version` is the nonce of those salts. `hidden` is False in a record that an older version of this
    program wrote, until the store is opened for writing.
    """

    person: PersonNumber
    version: int
    body: bytes
    commitments: Mapping[FieldName, bytes]
    hidden: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """An erasure under way: what it will say in the ledger, and how long the ledger was when it was begun."""

    person: PersonNumber
    label: bytes
    epoch: int | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDates:
    """When one version of a record was current, and which fields it changed: a dump's age is evidence."""

    version: int
    since: datetime
    until: datetime | None
    changed: tuple[FieldName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A person's place in the log's registry: her sealed identifier, and the entry that enrolled her, if any.

    `shared`: another person is enrolled under this identifier, and she herself is not.
    """

    person: PersonNumber
    sealed_identifier: bytes
    enrolled: int | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """A case ties an account to a person from `opened` until `closed` (None: still open).

    `queue` and `region` are where the case lies in the platform's own work; grants and lists choose by them.
    """

    case: CaseId
    account: AccountId
    person: PersonNumber
    opened: datetime
    closed: datetime | None
    queue: str = ""
    region: str = ""


ALL_PURPOSES: Final = PurposeName("*")
"""The purpose under which a person's restriction of every purpose stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold on a person from `since` until `until` (None: in force); `reason` is sealed, empty where none was given."""

    person: PersonNumber
    hold: str
    since: datetime
    until: datetime | None
    reason: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is kept about a person beside her record, that a release must heed.

    Args:
        child_until: the first day on which she is no longer under 14; None: not known to be.
        minor_until: the first day on which she is no longer under 18; None: not known to be. Both are the first of a month.
        holds: the legal holds that freeze her now, by their names, ascending.
        restricted: purposes for which she has had the use of her data stopped; `*` stands for all.
    """

    person: PersonNumber
    child_until: date | None = None
    minor_until: date | None = None
    holds: tuple[str, ...] = ()
    restricted: frozenset[PurposeName] = frozenset()


class PeopleStore(Protocol):
    """Sealed records and identifiers, keyed tokens, cases and facts. One call is one durable transaction.

    Every name and id here is the platform's own; a person's values lie sealed in bodies, and as tokens.
    """

    def find(self, kind: KindName, tokens: Tokens) -> Numbers:
        """Give the person of each token of a kind, -1 where unknown or shared by several persons."""
        ...

    def token_owners(self, kind: KindName) -> tuple[Tokens, Numbers]:
        """Give every token of a kind, ascending, and the person that `find` gives for it."""
        ...

    def owners_digest(self, kind: KindName) -> Digest:
        """Give the SHA-256 of a kind's tokens and the persons they lead to, the same of equal ones and only of those."""
        ...

    def rest(self) -> None:
        """Let go of what large finds keep in memory; the next one has it again."""
        ...

    def former_tokens(self, kind: KindName) -> tuple[Tokens, Numbers, Numbers]:
        """Give every token of a kind that a person has no more, the person, and until when (milliseconds) she had it."""
        ...

    def token_spans(self, kind: KindName, tokens: Tokens) -> Sequence[tuple[int, int, int, int | None]]:
        """Give token, person, and from when until when (milliseconds; None: still) she had it, of each token of a kind."""
        ...

    def add_tokens(
        self,
        columns: Sequence[TokenColumn],
        persons: Numbers,
        *,
        at: datetime,
        identifiers: Sequence[tuple[int, bytes]] = (),
    ) -> None:
        """Remember the tokens of persons: row r of every column belongs to `persons[r]`; and sealed identifiers."""
        ...

    def save_records(
        self,
        records: Sequence[SealedRecord],
        columns: Sequence[TokenColumn],
        *,
        at: datetime,
        changed: Mapping[PersonNumber, tuple[FieldName, ...]],
        identifiers: Sequence[tuple[int, bytes]] = (),
        parts: Sequence[PartColumn] = (),
    ) -> None:
        """Store new versions of records with tokens and identifiers, closing earlier versions' dates; all or none.

        `parts` replaces the parts' tokens that the persons of these records had, whole.
        """
        ...

    def record(self, person: PersonNumber) -> SealedRecord | None:
        """Give the current record of a person."""
        ...

    def records(self, persons: Sequence[int]) -> Sequence[SealedRecord]:
        """Give current records in the order asked; those without one are left out."""
        ...

    def sealed_columns(self, persons: Numbers, *, fields: Sequence[FieldName]) -> "SealedColumns":
        """Give current records by person, ascending, with the commitments of some fields; those without one are left out."""
        ...

    def all_persons(self) -> Numbers:
        """Give the numbers of all persons that have a current record, ascending."""
        ...

    def known_persons(self) -> Numbers:
        """Give the numbers of all persons that are known by a record or by tokens, ascending."""
        ...

    def persons_with_tokens(self, generation: int) -> Numbers:
        """Give the persons, ascending, who have tokens of a generation; the one before the last is not told from it."""
        ...

    def drop_tokens_but(self, generation: int) -> None:
        """Remove tokens and parts' tokens of the generation before this one, gone from the file; may be run again."""
        ...

    def versions(self, person: PersonNumber) -> tuple[VersionDates, ...]:
        """Give the dates of every version, oldest first."""
        ...

    def changes(self, persons: Numbers) -> Sequence[tuple[int, int, tuple[FieldName, ...]]]:
        """Give person, time (milliseconds) and fields of every change of the records of some persons, by time; a first version is none."""
        ...

    def without_identifier(self, persons: Numbers) -> Numbers:
        """Give those of some persons, ascending, whose identifier for the registry is not known yet."""
        ...

    def to_enrol(self, *, since: int) -> Numbers:
        """Give the persons, ascending, who are not enrolled, or by an entry before `since` only."""
        ...

    def registrations(self, persons: Sequence[int]) -> Sequence[Registration]:
        """Give the registrations of persons in the order asked; those without an identifier are left out."""
        ...

    def mark_enrolled(self, registrations: Sequence[Registration]) -> None:
        """Remember by which entry persons are enrolled, or that their identifier is shared; all or none."""
        ...

    def add_cases(self, links: Sequence[CaseLink]) -> None:
        """Store or update cases; all or none."""
        ...

    def cases(self, case: CaseId) -> tuple[CaseLink, ...]:
        """Give the links of a case: one per account and person."""
        ...

    def cases_among(self, cases: Sequence[CaseId]) -> Sequence[CaseLink]:
        """Give all links of several cases at once, by case, account and person."""
        ...

    def case_places(self) -> Sequence[tuple[int, str, str]]:
        """Give person, queue and region of every case, open or closed, each once, by person: in which places people lie."""
        ...

    def cases_where(
        self,
        predicate: "Predicate",
        *,
        account: AccountId | None,
        open_at: datetime,
        after: str,
        count: int,
    ) -> "CaseLinks":
        """Give links that a predicate allows, open at a time, by case, account and person: for lists.

        Args:
            predicate: over the columns queue, region, opened, closed and account of a link.
            account: only links of this account; None: of every one.
            open_at: links opened by then and not closed by then.
            after: only cases whose id comes after this one; "" begins.
            count: about how many links: the last case is given whole, so that the next page begins behind it.
        """
        ...

    def add_parts(self, columns: Sequence[PartColumn], persons: Numbers) -> None:
        """Remember parts' tokens: row r of every column belongs to `persons[r]`; of these parts they lose what they had."""
        ...

    def find_part(self, field: FieldName, *, part: str, token: int, count: int) -> Numbers:
        """Give the persons, ascending, at most `count`, who have this token of a field's part now."""
        ...

    def part_owners(
        self, field: FieldName, *, part: str, tokens: Tokens, most: int | None = None
    ) -> tuple[Tokens, Numbers]:
        """Give token and person of everybody who has one of these tokens, all different, of a field's part now.

        Args:
            most: tokens that more persons have are left out.
        """
        ...

    def part_tokens(self, field: FieldName, *, part: str, persons: Numbers) -> tuple[Tokens, Numbers]:
        """Give the tokens of a field's part that these persons have now, and whose each is."""
        ...

    def count_part(self, field: FieldName, *, part: str, token: int) -> int:
        """Give how many persons have this token of a field's part now."""
        ...

    def facts(self, persons: Sequence[int]) -> Mapping[int, PersonFacts]:
        """Give what is kept about persons, those alone about whom something is."""
        ...

    def set_ages(self, ages: Sequence[tuple[int, date | None, date | None]]) -> None:
        """Remember until when persons are children and minors: (person, child_until, minor_until), the last word stays.

        Raises: RefusedError `hold.age`: a date that is not the first of a month, which would tell a birthday.
        """
        ...

    def add_hold(self, person: PersonNumber, *, hold: str, at: datetime, reason: bytes = b"") -> None:
        """Freeze a person under a legal hold of this name; a hold that is in force stays as it is.

        `reason` is sealed: a person's words may stand in it.
        """
        ...

    def holds(self, person: PersonNumber) -> tuple[Hold, ...]:
        """Give the legal holds that a person is or was under, oldest first."""
        ...

    def end_hold(self, person: PersonNumber, *, hold: str, at: datetime) -> bool:
        """End a legal hold; say whether it was in force."""
        ...

    def held(self) -> Mapping[int, tuple[str, ...]]:
        """Give everybody who is under a legal hold now, with the names of her holds, ascending."""
        ...

    def restrict(self, person: PersonNumber, *, purpose: PurposeName, at: datetime) -> None:
        """Remember that a person has had a purpose stopped; `ALL_PURPOSES` stops every one."""
        ...

    def unrestrict(self, person: PersonNumber, *, purpose: PurposeName, at: datetime) -> None:
        """Remember that a person allows a purpose again that she had stopped."""
        ...

    def collected(self, persons: Numbers, *, purpose: PurposeName, at: datetime) -> None:
        """Remember when persons' data were last collected for a purpose; an earlier time than the one kept changes nothing."""
        ...

    def collected_before(self, persons: Numbers, *, purpose: PurposeName, before: datetime) -> npt.NDArray[np.bool_]:
        """Say of each person whether her data were last collected for a purpose before a time; False where never."""
        ...

    def due(self, *, purpose: PurposeName, before: datetime, after: int, count: int) -> Numbers:
        """Give persons above `after`, ascending, at most `count`, last collected for a purpose before a time."""
        ...

    def count_uncollected(self) -> int:
        """Give how many persons with a record were collected for no purpose, so that no retention reaches them."""
        ...

    def purposes_of(self, person: PersonNumber) -> Mapping[PurposeName, datetime]:
        """Give the purposes for which a person's data were collected, with the last time of each."""
        ...

    def observed(self, release: Sequence[int]) -> frozenset[tuple[int, int, str]]:
        """Give the (release, row, channel) of those releases that an earlier dump has shown: planted identifiers.

        Marks that an opening read are spent by its entry and are not kept here.
        """
        ...

    def observe(self, seen: Sequence[tuple[int, int, str]], *, dump: int) -> None:
        """Remember that the dump opened at ledger index `dump` showed these; the first observation stays."""
        ...

    def observed_by(self, dump: int) -> frozenset[tuple[int, int, str]]:
        """Give what was first shown by the dump opened at ledger index `dump`."""
        ...

    def bare_records(self, *, after: int, count: int) -> Sequence[SealedRecord]:
        """Give records of persons above `after` whose commitments are not hidden yet, ascending; at most `count`."""
        ...

    def hide_records(self, records: Sequence[SealedRecord]) -> None:
        """Replace the commitments of these versions of records; all or none."""
        ...

    def begin_erase(self, erasing: Erasing) -> None:
        """Remember, durably, that a person is being erased; what is remembered of her already stays."""
        ...

    def erasing(self) -> tuple[Erasing, ...]:
        """Give the erasures that are not finished, by person."""
        ...

    def erase(self, person: PersonNumber) -> None:
        """Remove everything of a person, all or none, gone from the file: tokens and parts, records and dates, cases,
        registration, age, holds, restrictions, collections, consents, and the erasure itself.
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """Give how many persons, records, tokens and cases there are, for `status`."""
        ...
