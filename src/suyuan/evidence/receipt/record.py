"""The record of one consent, by the structure of ISO/IEC TS 27560:2023, read strictly."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.plain import HASH_BYTES, Node

SCHEMA: Final = "ISO/IEC TS 27560:2023 suyuan-consent/v1"
"""What every record names: the structure, and the version in which this program fills it."""

STATES: Final = ("given", "refused", "withdrawn")
SCOPES: Final = ("purpose", "sensitive", "provision", "publication", "cross_border")
_ID: Final = re.compile("[0-9a-f]{32}")
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

CONTENT: Final = ("event", "party_identification", "pii_principal_id", "pii_processing", "record_id", "schema_version")
PROCESSING: Final = ("language", "privacy_notice", "purposes")
PURPOSE: Final = (
    "collection_method",
    "geographic_restrictions",
    "impact_assessment",
    "jurisdiction",
    "lawful_basis",
    "pii_controllers",
    "pii_information",
    "privacy_rights",
    "processing_method",
    "purpose",
    "purpose_type",
    "recipient_third_parties",
    "retention_period",
    "services",
    "withdrawal_method",
)
INFORMATION: Final = ("pii_attribute_id", "pii_optional", "pii_type", "sensitive_pii_category")
PARTY: Final = ("party_contact", "party_id", "party_name", "party_role")
EVENT: Final = ("entity_id", "event_state", "event_time", "event_type", "validity_duration")
EXTENSION: Final = ("channel", "guardian", "recipient", "scope", "terms")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """What a record says.

    Args:
        receipt_id: 32 hex digits; also the consent's id in the store.
        principal: the site's own name for the person.
        purpose: the name of the purpose; `title` is what people call it, in the record's language.
        scope: what of the purpose: one of `SCOPES`.
        recipient: the partner or region it names; empty: nobody else.
        state: one of `STATES`.
        time: when she said so, in milliseconds UTC, by the platform's word.
        terms: the digest of what she was asked.
        guardian: how a guardian who spoke for her is related to her; empty: she spoke herself.
        channel: where she was asked.
        fields: the items of her record that it concerns.
        processor: who asked her.
        notice: the notice that she was shown, with its version.
    """

    receipt_id: str
    principal: str = field(repr=False)
    purpose: str
    title: str
    scope: str
    recipient: str
    state: str
    time: int
    terms: bytes
    guardian: str = field(repr=False)
    channel: str
    fields: tuple[str, ...]
    processor: str
    notice: str
    language: str

    @property
    def at(self) -> datetime:
        """When she said so, as a moment."""
        return _START + timedelta(milliseconds=self.time)


def read_record(node: Node) -> ConsentRecord:
    """Read a record.

    Raises: VerificationError: another shape, or a value that no record has.
    """
    content, extension, receipt_id, schema = node.object("content", "extension", "receipt_id", "schema_version")
    _require(schema, text=SCHEMA)
    event, parties, principal, processing, record_id, again = content.object(*CONTENT)
    _require(again, text=SCHEMA)
    _require(record_id, text=receipt_id.text())
    if not _ID.fullmatch(receipt_id.text()):
        receipt_id.wrong("expected 32 hex digits")
    language, notice, purposes = processing.object(*PROCESSING)
    [purpose] = purposes.list(size=1)
    said = dict(zip(PURPOSE, purpose.object(*PURPOSE), strict=True))
    [happened] = event.list(size=1)
    _, state, time, _, _ = happened.object(*EVENT)
    channel, guardian, recipient, scope, terms = extension.object(*EXTENSION)
    controller = parties.list()[0] if parties.list() else parties
    return ConsentRecord(
        receipt_id=receipt_id.text(),
        principal=principal.text(),
        purpose=said["purpose_type"].text(),
        title=said["purpose"].text(),
        scope=_one_of(scope, SCOPES),
        recipient=recipient.text(),
        state=_one_of(state, STATES),
        time=_moment(time),
        terms=terms.raw(size=HASH_BYTES),
        guardian=guardian.text(),
        channel=channel.text(),
        fields=tuple(item.object(*INFORMATION)[0].text() for item in said["pii_information"].list()),
        processor=controller.object(*PARTY)[2].text(),
        notice=notice.text(),
        language=language.text(),
    )


def write_time(at: datetime) -> str:
    """Give a moment as a record says it: UTC, to the millisecond."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def _moment(node: Node) -> int:
    text = node.text()
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise VerificationError(f"{node.place}: expected a time in UTC, to the millisecond") from None
    return (at - _START) // timedelta(milliseconds=1)


def _require(node: Node, *, text: str) -> None:
    if node.text() != text:
        node.wrong("is not what stands elsewhere, or of another version")


def _one_of(node: Node, known: tuple[str, ...]) -> str:
    if node.text() not in known:
        node.wrong("expected one of " + ", ".join(known))
    return node.text()
