"""What is asked of the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from suyuan.errors import RefusedError
from suyuan.release.acts import Act
from suyuan.release.question import Question
from suyuan.terms import (
    AccountId,
    ApprovalId,
    CaseId,
    ContractId,
    PartnerId,
    PersonNumber,
    PurposeName,
    Recipient,
    RecipientKind,
    RoleName,
)

NO_ROLES: Final[frozenset[RoleName]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What stands beside every request that grants decide.

    Args:
        roles, attributes: the account's, as whoever signed it in knows them; grants decide by them.
        approval: the second person's word, where the purpose or the person needs one.
    """

    roles: frozenset[RoleName] = NO_ROLES
    attributes: Mapping[str, str] = member(default_factory=dict)
    approval: ApprovalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByAccount(_Asked):
    """A request of an account, which may not be one of the platform's own."""

    account: AccountId

    def __post_init__(self) -> None:
        if self.account in {use.id for use in OWN_USES}:
            raise RefusedError("this account name is the platform's own", code="release.account")

    @property
    def recipient(self) -> Recipient:
        """To whom it would go."""
        return Recipient(kind=RecipientKind.ACCOUNT, id=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequest(_ByAccount):
    """An account asks to see one person, for a purpose and by a case."""

    purpose: PurposeName
    case: CaseId | None
    person: PersonNumber
    act: Act = Act.LOOKUP


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest(_ByAccount):
    """An account asks yes or no about one person; nothing else leaves."""

    purpose: PurposeName
    case: CaseId | None
    person: PersonNumber
    question: Question
    act: Act = Act.ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest(_ByAccount):
    """An account asks for a page of the persons whom its open cases link to it.

    Args:
        after: the last case of the page before; "" begins.
        count: about how many rows; the purpose's grant may say fewer.
        queue: only cases of this queue; None: of every one.
    """

    purpose: PurposeName
    after: str = ""
    count: int = 50
    queue: str | None = None
    act: Act = Act.LIST

    def __post_init__(self) -> None:
        _ByAccount.__post_init__(self)
        if self.count < 1:
            raise RefusedError("a list has at least one row a page", code="release.count")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest(_Asked):
    """A partner is to receive a file, for a purpose and under a contract.

    Args:
        account: who starts it, where somebody signed in does.
    """

    partner: PartnerId
    purpose: PurposeName
    contract: ContractId
    account: AccountId | None = None
    act: Act = Act.EXPORT

    @property
    def recipient(self) -> Recipient:
        """To whom the release would go."""
        return Recipient(kind=RecipientKind.PARTNER, id=self.partner)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRequest(_ByAccount):
    """An authority demands data of people, by a document; an account carries it out, and a second person approves.

    Args:
        document: the number of the authority's document.
        region: where the authority is; outside `CN` nothing is handed over without a permission.
        permission: the number under which the competent authority here has permitted it.
    """

    authority: PartnerId
    purpose: PurposeName
    document: str
    region: str = "CN"
    permission: str = ""
    act: Act = Act.AUTHORITY

    @property
    def recipient(self) -> Recipient:
        """To whom the data would go."""
        return Recipient(kind=RecipientKind.PARTNER, id=self.authority)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedRequest(_ByAccount):
    """An account brings rows of the platform's own, to be marked and ledgered before they are shown to it.

    Args:
        case: the case that links the account to the persons of the rows, where the purpose needs one.
    """

    purpose: PurposeName
    case: CaseId | None = None
    act: Act = Act.SUPPLIED


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationRequest:
    """The platform itself needs values: to link a leaked file's rows, or to exchange a key; no one is shown them."""

    purpose: PurposeName
    act: Act = Act.INVESTIGATE

    @property
    def recipient(self) -> Recipient:
        """The platform's own account for this use, which is never among the suspects."""
        return MAINTENANCE if self.act is Act.MAINTAIN else INVESTIGATION


INVESTIGATION = Recipient(kind=RecipientKind.ACCOUNT, id="suyuan.investigation")
MAINTENANCE = Recipient(kind=RecipientKind.ACCOUNT, id="suyuan.maintenance")
OWN_USES: Final = frozenset({INVESTIGATION, MAINTENANCE})
"""Who receives what is shown to no one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRequest:
    """An account asks who a value belongs to, before it can ask to see anyone.

    Args:
        roles: the account's, where they are known: the limits of its grants hold for guesses too.
    """

    account: AccountId
    purpose: PurposeName
    roles: frozenset[RoleName] = NO_ROLES
    act: Act = Act.LOOKUP

    @property
    def recipient(self) -> Recipient:
        """Who asks."""
        return Recipient(kind=RecipientKind.ACCOUNT, id=self.account)


OneRequest = LookupRequest | AnswerRequest
"""A request about one person."""

GrantedRequest = OneRequest | ListRequest | SuppliedRequest | AuthorityRequest | ExportRequest
"""A request that grants decide, where the site has any."""

BulkRequest = ExportRequest | AuthorityRequest | InvestigationRequest | ListRequest | SuppliedRequest
"""A request about many persons: one leaf for all of them."""

Request = OneRequest | BulkRequest
