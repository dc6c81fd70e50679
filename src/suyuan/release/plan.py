"""The plan of a release: what is said of it before any value is touched; kept beside its entry, sealed and bound to it."""

from dataclasses import dataclass

from suyuan.crypto import canonical
from suyuan.errors import VerificationError
from suyuan.terms import FieldName, Recipient, RecipientKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePerson:
    """What a plan of version 1 says of a release of one person: her number and her manifest row, open."""

    person: int
    manifest: bytes


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
        overlay: whether the caller supplied the values.
        one: for a release of one person, her sealed manifest row; else None, and sides of their own hold them.
            Who she is, the plan does not say. One of version 1 did.
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

    @property
    def lanes(self) -> int:
        """How many lanes of a row key the release uses."""
        return max(1, len(self.marked) + (1 if self.omitted_per_65536 else 0))

    def encode(self) -> bytes:
        """Give the plan as canonical bytes, of version 2."""
        if isinstance(self.one, OnePerson):
            raise VerificationError("a plan that names a person is not written any more")
        return canonical.encode(
            {
                "act": self.act,
                "marked": list(self.marked),
                "omitted": self.omitted_per_65536,
                "one": None if self.one is None else canonical.to_base64(self.one),
                "overlay": self.overlay,
                "planted": self.planted,
                "purpose": self.purpose,
                "recipient": {"id": self.recipient.id, "kind": self.recipient.kind.value},
                "rows": self.rows,
                "v": 2,
            }
        )


def parse_plan(raw: bytes) -> Plan:
    """Read a plan back.

    Raises: VerificationError: not a plan of version 1 or 2.
    """
    match canonical.decode_object(raw):
        case {
            "v": 1 | 2 as version, "act": str(act), "marked": list(marked), "omitted": int(omitted), "overlay": bool(overlay),
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
            )
        case _:
            raise VerificationError("a release's plan is not of version 1 or 2")


def _read_one(one: canonical.Json, *, version: int) -> bytes | OnePerson | None:
    match version, one:
        case _, None:
            return None
        case 1, {"person": int(person), "manifest": str(manifest)}:
            return OnePerson(person=person, manifest=canonical.from_base64(manifest))
        case 2, str(sealed):
            return canonical.from_base64(sealed)
        case _:
            raise VerificationError("a release's plan names its person in an unknown way")
