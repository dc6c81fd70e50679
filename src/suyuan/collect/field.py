"""The register of fields: what a person's record may hold, and which kind knows each item."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from suyuan.collect.dictionary import Tier
from suyuan.terms import FieldName, ItemName, KindName

STRONG_KINDS = (KindName.IDENTIFIER, KindName.RESIDENT_ID, KindName.PHONE, KindName.EMAIL)
"""Kinds whose value alone tells one person from another; strongest first."""

RESERVED_FIELDS = frozenset({"row", "person", "omission", "planted", "row_order", "shared_decoy"})
"""Names that a trace uses beside the fields': of its link table, and of the channels that are no field."""


NO_ITEM = ItemName("")
"""The item of a field of which nobody said what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPolicy:
    """One item of a person's record.

    Args:
        name: the column it has in files and the key it has in a release.
        kind: the kind that knows its spelling.
        strong: its value tells persons apart, so it is tokenised and linked on.
        key: it is the site's own name for a person; exactly one field may be.
        aliases: other column names by which files call it.
        item: what it is in the data dictionary; empty where nobody said.
        subject: whose it is where a record holds several persons' (`sender`, `consignee`).
        sensitive: whether it is sensitive personal information, by the dictionary or by the site's own word.
        tier: the criminal law's class of it, strictest first: a, b, c.
        owner: who on the platform answers for it.
        search: the parts by which it may be found beside its whole value (`last4`, `surname`).
        search_minimum: how many persons must share a part before it is searched by.
        title: what people call it, by language.
    """

    name: FieldName
    kind: KindName
    strong: bool
    key: bool = False
    aliases: tuple[str, ...] = ()
    item: ItemName = NO_ITEM
    subject: str = ""
    sensitive: bool = False
    tier: Tier = "c"
    owner: str = ""
    search: tuple[str, ...] = ()
    search_minimum: int = 20
    title: Mapping[str, str] = field(default_factory=dict)
