"""The plan of a release: what is said of it before any value is touched; kept beside its entry, sealed and bound to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from suyuan.crypto import canonical
from suyuan.errors import VerificationError
from suyuan.terms import ApprovalId, FieldName, Recipient, RecipientKind, RoleName

TOKEN_BYTES: Final = 8
"""The size of a budget token; a person has one of the block of days at hand, and one of the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePerson:
    """What a plan of version 1 says of a release of one person: her number and her manifest row, open."""

    person: int
    manifest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """By what right a release was planned, as `policy diff` reads it again. No person, no case by its name.

    Args:
        roles: the account's roles.
        fields: what was shown, and how: `clear`, `masked`, `masked:PROFILE`.
        grant: the number of the grant that let it out; None where the site has none.
        case: queue and region of the case; the case itself is known to the platform's own tables, so it is not here.
        approval: the second person's word that was used.
        contract: the contract that covers it.
        tokens: for a release of one person, her budget tokens, `TOKEN_BYTES` each: of this block of days and the next.
    """

    roles: tuple[RoleName, ...] = ()
    fields: Mapping[FieldName, str] = field(default_factory=dict)
    grant: int | None = None
    case: Mapping[str, str] = field(default_factory=dict)
    approval: ApprovalId | None = None
    contract: str = ""
    tokens: bytes = b""


NO_REASON: Final = Why()


def lanes_of(marked: int, *, omitted: bool, ordered: bool) -> int:
    """Give how many lanes of a row key a release uses: its marked fields, omission, the order of ties."""
    return marked + 2 if ordered else max(1, marked + omitted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a trace reads of a release.

    Args:
        act: `lookup` or `export`.
        recipient: to whom.
        purpose: why.
        marked: the fields that carry forms, in lane order.
        omitted_per_65536: the rate of keyed omission; 0 for none. Its lane follows the marked fields.
        rows: persons in the manifest; planted rows follow them.
        planted: planted rows.
        shared: rows of the family's shared decoys, in the copy or left out of it; they follow the planted ones.
        ordered: whether ties stand in an order that row keys drew; their lane follows that of omission, drawn or not.
        overlay: whether the caller supplied the values.
        one: for a release of one person, her sealed manifest row; else None, and sides of their own hold them.
            Who she is, the plan does not say. One of version 1 did.
        why: by what right; empty in a plan of version 1 or 2.
        family: the export family whose bias classes and decoys stand in the manifest rows; empty for a release that has none.
    """

    act: str
    recipient: Recipient
    purpose: str
    marked: tuple[FieldName, ...]
    omitted_per_65536: int
    rows: int
    planted: int
    overlay: bool
    one: bytes | OnePerson | None = None
    why: Why = NO_REASON
    family: str = ""
    shared: int = 0
    ordered: bool = False

    @property
    def lanes(self) -> int:
        """How many lanes of a row key the release uses."""
        return lanes_of(len(self.marked), omitted=bool(self.omitted_per_65536), ordered=self.ordered)

    @property
    def order_lane(self) -> int:
        """The lane that draws which of two ties comes first, in a release that is ordered."""
        return len(self.marked) + 1

    def encode(self) -> bytes:
        """Give the plan as canonical bytes, of version 5."""
        if isinstance(self.one, OnePerson):
            raise VerificationError("a plan that names a person is not written any more")
        why = self.why
        return canonical.encode_plain(
            {
                "act": self.act,
                "approval": why.approval,
                "case": dict(why.case),
                "contract": why.contract,
                "family": self.family,
                "fields": dict(why.fields),
                "grant": why.grant,
                "marked": list(self.marked),
                "omitted": self.omitted_per_65536,
                "one": None if self.one is None else canonical.to_base64(self.one),
                "ordered": self.ordered,
                "overlay": self.overlay,
                "planted": self.planted,
                "purpose": self.purpose,
                "recipient": {"id": self.recipient.id, "kind": self.recipient.kind.value},
                "roles": list(why.roles),
                "rows": self.rows,
                "shared": self.shared,
                "tokens": canonical.to_base64(why.tokens),
                "v": 5,
            }
        )


def parse_plan(raw: bytes) -> Plan:
    """Read a plan back.

    Raises: VerificationError: not a plan of version 1 to 5.
    """
    match document := canonical.decode_object(raw):
        case {
            "v": 1 | 2 | 3 | 4 | 5 as version, "act": str(act), "marked": list(marked), "omitted": int(omitted), "overlay": bool(overlay),
            "planted": int(planted), "purpose": str(purpose), "rows": int(rows),
            "recipient": {"id": str(who), "kind": str(kind)}, "one": one,
        }:  # fmt: skip
            return Plan(
                act=act,
                recipient=Recipient(kind=RecipientKind(kind), id=who),
                purpose=purpose,
                marked=tuple(FieldName(name) for name in marked if isinstance(name, str)),
                omitted_per_65536=omitted,
                rows=rows,
                planted=planted,
                overlay=overlay,
                one=_read_one(one, version=version),
                why=_read_why(document) if version > 2 else NO_REASON,
                family=_read_family(document) if version > 3 else "",
                shared=_read_shared(document) if version > 4 else 0,
                ordered=version > 4 and document.get("ordered", False) is True,
            )
        case _:
            raise VerificationError("a release's plan is not of version 1 to 5")


def _read_family(document: Mapping[str, canonical.Json]) -> str:
    match document:
        case {"family": str(family)}:
            return family
        case _:
            raise VerificationError("a release's plan of version 4 does not say of which family it is")


def _read_shared(document: Mapping[str, canonical.Json]) -> int:
    match document:
        case {"shared": int(shared)}:
            return shared
        case _:
            raise VerificationError("a release's plan of version 5 does not say how many decoys it shares")


def _read_why(document: Mapping[str, canonical.Json]) -> Why:
    match document:
        case {
            "roles": list(roles), "fields": dict(fields), "grant": int() | None as grant, "case": dict(case),
            "approval": str() | None as approval, "contract": str(contract), "tokens": str(tokens),
        }:  # fmt: skip
            return Why(
                roles=tuple(RoleName(role) for role in roles if isinstance(role, str)),
                fields={FieldName(name): how for name, how in fields.items() if isinstance(how, str)},
                grant=grant,
                case={name: value for name, value in case.items() if isinstance(value, str)},
                approval=None if approval is None else ApprovalId(approval),
                contract=contract,
                tokens=canonical.from_base64(tokens),
            )
        case _:
            raise VerificationError("a release's plan does not say by what right it was made")


def _read_one(one: canonical.Json, *, version: int) -> bytes | OnePerson | None:
    match version, one:
        case _, None:
            return None
        case 1, {"person": int(person), "manifest": str(manifest)}:
            return OnePerson(person=person, manifest=canonical.from_base64(manifest))
        case 2 | 3 | 4 | 5, str(sealed):
            return canonical.from_base64(sealed)
        case _:
            raise VerificationError("a release's plan names its person in an unknown way")
