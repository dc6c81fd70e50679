"""The register of fields: what a person's record may hold, and which kind knows each item."""

from dataclasses import dataclass

from suyuan.terms import FieldName, KindName

STRONG_KINDS = (KindName.IDENTIFIER, KindName.RESIDENT_ID, KindName.PHONE, KindName.EMAIL)
"""Kinds whose value alone tells one person from another; strongest first."""

RESERVED_FIELDS = frozenset({"row", "person", "omission", "planted"})
"""Names that a trace uses beside the fields': of its link table, and of the channels that are no field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPolicy:
    """One item of a person's record.

    Args:
        name: the column it has in files and the key it has in a release.
        kind: the kind that knows its spelling.
        strong: its value tells persons apart, so it is tokenised and linked on.
        key: it is the site's own name for a person; exactly one field may be.
        aliases: other column names by which files call it.
    """

    name: FieldName
    kind: KindName
    strong: bool
    key: bool = False
    aliases: tuple[str, ...] = ()
