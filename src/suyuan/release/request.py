"""What is asked of the door."""

from dataclasses import dataclass

from suyuan.errors import RefusedError
from suyuan.release.policy import Act
from suyuan.terms import AccountId, CaseId, ContractId, PartnerId, PersonNumber, PurposeName, Recipient, RecipientKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequest:
    """An account asks to see one person, for a purpose and by a case."""

    account: AccountId
    purpose: PurposeName
    case: CaseId | None
    person: PersonNumber
    act: Act = Act.LOOKUP

    def __post_init__(self) -> None:
        if self.recipient == INVESTIGATION:
            raise RefusedError("this account name is the investigation's own", code="release.account")

    @property
    def recipient(self) -> Recipient:
        """To whom the release would go."""
        return Recipient(kind=RecipientKind.ACCOUNT, id=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """A partner is to receive a file, for a purpose and under a contract."""

    partner: PartnerId
    purpose: PurposeName
    contract: ContractId
    act: Act = Act.EXPORT

    @property
    def recipient(self) -> Recipient:
        """To whom the release would go."""
        return Recipient(kind=RecipientKind.PARTNER, id=self.partner)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationRequest:
    """The platform itself needs values to link a leaked file's rows; no one is shown them."""

    purpose: PurposeName
    act: Act = Act.INVESTIGATE

    @property
    def recipient(self) -> Recipient:
        """The investigation's own account, which is never among the suspects."""
        return INVESTIGATION


INVESTIGATION = Recipient(kind=RecipientKind.ACCOUNT, id="suyuan.investigation")

BulkRequest = ExportRequest | InvestigationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRequest:
    """An account asks who a value belongs to, before it can ask to see anyone."""

    account: AccountId
    purpose: PurposeName
    act: Act = Act.LOOKUP

    @property
    def recipient(self) -> Recipient:
        """Who asks."""
        return Recipient(kind=RecipientKind.ACCOUNT, id=self.account)


Request = LookupRequest | BulkRequest
