"""What goes over the wire: the bodies of requests, read strictly, and of answers. A member not named here is refused."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

STORABLE = r"^[^\x00]*$"
"""What a text must be like to be asked of a database: none can hold a NUL, and one of them fails the whole question."""
Id = Annotated[str, Meta(min_length=1, max_length=256, pattern=STORABLE)]
"""An id of the site's: an account, a case, a purpose, a contract."""
Short = Annotated[str, Meta(max_length=256, pattern=STORABLE)]
"""An id that may be left empty, or the place where a page begins."""
Text = Annotated[str, Meta(min_length=1, max_length=1024)]
"""A value of a person's, or a person's key."""
Cell = Annotated[str, Meta(max_length=4096)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request's body. What it does not declare is refused, never ignored."""


class PersonBody(Body, frozen=True, kw_only=True):
    """Who is meant: the one person of the case, or a key, or another field's value.

    Members: `purpose` why; `case` by which case; `key` the person's key, or `field` and `value`; `approval` the second
    person's word.
    """

    purpose: Id
    case: Id | None = None
    key: Text | None = None
    field: Id | None = None
    value: Text | None = None
    approval: Id | None = None


class LookupBody(PersonBody, frozen=True, kw_only=True):
    """Who is to be shown, and why."""


class QuestionBody(Body, frozen=True, kw_only=True):
    """A question about one field: is it `equal` to a value, or is the person `at_least` so many years old."""

    field: Id
    equal: Text | None = None
    at_least: Annotated[int, Meta(ge=0, le=150)] | None = None


class AnswerBody(PersonBody, frozen=True, kw_only=True):
    """Who is asked about, why, and what."""

    question: QuestionBody


class ListBody(Body, frozen=True, kw_only=True):
    """Which of the caller's open cases are to be listed with their persons, a page at a time."""

    purpose: Id
    after: Short = ""
    count: Annotated[int, Meta(ge=1, le=1000)] = 50
    queue: Id | None = None
    approval: Id | None = None


class FindBody(Body, frozen=True, kw_only=True):
    """By which value a person is to be found among the caller's own open cases.

    Members: `part` the value is a declared part of the field's (`last4`, `surname`), not the whole.
    """

    purpose: Id
    field: Id
    value: Text
    part: Id | None = None


class ExportBody(Body, frozen=True, kw_only=True):
    """Which file is to be made for a partner: of the store's people, or of the rows given.

    Members: `keys` only these people of the store; `rows` the platform's own rows instead.
    """

    partner: Id
    purpose: Id
    contract: Id
    keys: Annotated[list[Text], Meta(max_length=1_000_000)] | None = None
    rows: Annotated[list[dict[str, Cell | None]], Meta(max_length=1_000_000)] | None = None
    drop: Annotated[list[Id], Meta(max_length=256)] = msgspec.field(default_factory=list)
    approval: Id | None = None


class SupplyBody(Body, frozen=True, kw_only=True):
    """Rows of the platform's own that are to be marked and ledgered before they are shown to an account.

    Members: `case` the case that links the caller to the persons of the rows, where the purpose needs one.
    """

    purpose: Id
    case: Id | None = None
    rows: Annotated[list[dict[str, Cell | None]], Meta(min_length=1, max_length=100_000)]
    approval: Id | None = None


class PageAsked(Body, frozen=True, kw_only=True):
    """A page of the caller's own open cases, as `/release/list` gives it now."""

    after: Annotated[str, Meta(max_length=256, pattern=STORABLE)] = ""
    count: Annotated[int, Meta(ge=1, le=1000)] = 50
    queue: Id | None = None


class FileAsked(Body, frozen=True, kw_only=True):
    """A file of the store's people for a partner, as `/release/export` makes it."""

    partner: Id
    contract: Id
    keys: Annotated[list[Text], Meta(max_length=1_000_000)] | None = None
    drop: Annotated[list[Id], Meta(max_length=256)] = msgspec.field(default_factory=list)


class DemandAsked(Body, frozen=True, kw_only=True):
    """What an authority demands by its document, of people of the store, as `/release/authority` hands it over.

    Members: `keys` whom the document names; `region` where the authority is, and `permission` the number by which the
    competent one here has permitted it, for one abroad.
    """

    authority: Id
    document: Id
    keys: Annotated[list[Text], Meta(min_length=1, max_length=1_000_000)]
    region: Id = "CN"
    permission: Short = ""
    drop: Annotated[list[Id], Meta(max_length=256)] = msgspec.field(default_factory=list)


class AuthorityBody(DemandAsked, frozen=True, kw_only=True):
    """An authority's demand that is to be carried out, with the purpose and a second person's word."""

    purpose: Id
    approval: Id | None = None


class ApprovalBody(PersonBody, frozen=True, kw_only=True):
    """What a second person is asked to approve, and the reason; the reason names nobody.

    Members: without one of these a look-up; `question` an answer about its field; `page` a list; `file` an export;
    `demand` an authority's.
    """

    reason: Annotated[str, Meta(min_length=3, max_length=500, pattern=STORABLE)]
    question: QuestionBody | None = None
    page: PageAsked | None = None
    file: FileAsked | None = None
    demand: DemandAsked | None = None


class CaseBody(Body, frozen=True, kw_only=True):
    """A case that ties an account to a person, from `opened` until `closed`."""

    case: Id
    account: Id
    person: Text
    opened: datetime
    closed: datetime | None = None
    queue: Short = ""
    region: Short = ""


class CasesBody(Body, frozen=True, kw_only=True):
    """Cases to store or update, all or none."""

    cases: Annotated[list[CaseBody], Meta(min_length=1, max_length=10_000)]


class SubmissionBody(Body, frozen=True, kw_only=True):
    """What a form or an app took in: for which purposes, and the values by field."""

    purposes: Annotated[list[Id], Meta(min_length=1, max_length=64)]
    values: dict[Id, Cell]


class ConsentBody(Body, frozen=True, kw_only=True):
    """A person's word on one purpose: given or refused. `prompted` is false where she came by herself, unasked."""

    person: Text
    purpose: Id
    scope: Id = "purpose"
    recipient: Short = ""
    given: bool
    guardian: Short = ""
    channel: Annotated[str, Meta(max_length=64, pattern=STORABLE)] = ""
    prompted: bool = True


class WithdrawBody(Body, frozen=True, kw_only=True):
    """A consent that a person takes back, or that she is to be asked for."""

    person: Text
    purpose: Id
    scope: Id = "purpose"
    recipient: Short = ""


class PersonKeyBody(Body, frozen=True, kw_only=True):
    """Who is meant, by the person's key."""

    person: Text


class RestrictionBody(Body, frozen=True, kw_only=True):
    """A purpose that a person has had stopped, or allows again; without `purpose` every one."""

    person: Text
    purpose: Id | None = None


class Shown(Struct, frozen=True, kw_only=True):
    """One person as she was let out, and the ledger entry that was written first."""

    entry: int
    fields: dict[str, str]


class Said(Struct, frozen=True, kw_only=True):
    """Yes or no, and the ledger entry that was written first."""

    entry: int
    answer: bool


class Row(Struct, frozen=True, kw_only=True):
    """A row of a list: the case, and the fields of its person."""

    case: str
    fields: dict[str, str]


class Listed(Struct, frozen=True, kw_only=True):
    """A page of a list; `next` begins the next one, "" after the last. `withheld` counts persons left out, by code."""

    entry: int | None
    rows: list[Row]
    next: str
    withheld: dict[str, int]


class Found(Struct, frozen=True, kw_only=True):
    """The caller's own open cases that concern the person."""

    cases: list[str]


class Supplied(Struct, frozen=True, kw_only=True):
    """Rows as they may be shown, marked, in the order they were given."""

    entry: int
    rows: list[dict[str, str | None]]
    withheld: dict[str, int]


class ApprovalState(Struct, frozen=True, kw_only=True):
    """A question to a second person."""

    id: str
    asked_by: str
    purpose: str
    reason: str
    asked_at: datetime
    expires: datetime
    state: str


class Approvals(Struct, frozen=True, kw_only=True):
    """Questions that wait for a word."""

    approvals: list[ApprovalState]


class Submitted(Struct, frozen=True, kw_only=True):
    """What was taken in: the fields by purpose, and whether the person is new."""

    added: bool
    taken: dict[str, list[str]]


class Count(Struct, frozen=True, kw_only=True):
    """How many were stored."""

    stored: int


class ConsentState(Struct, frozen=True, kw_only=True):
    """One word of a person on one purpose."""

    id: str
    purpose: str
    scope: str
    recipient: str
    state: str
    at: datetime
    entry: int


class ConsentHistory(Struct, frozen=True, kw_only=True):
    """Everything a person has said, oldest first."""

    consents: list[ConsentState]


class MayAsk(Struct, frozen=True, kw_only=True):
    """That a person may be asked for a consent now; where she may not, the answer is a refusal that says until when."""

    may_ask: bool


class ConsentReceipt(Struct, frozen=True, kw_only=True):
    """A signed receipt, for the person."""

    entry: int
    receipt: str


class Restrictions(Struct, frozen=True, kw_only=True):
    """The purposes that a person has had stopped now; `*` stands for every one."""

    stopped: list[str]


class Health(Struct, frozen=True, kw_only=True):
    """Whether the server lives, or is ready."""

    status: str
