"""`policy/fields.toml`: what a person's record may hold, what each item is, and how sensitive that makes it."""

from collections.abc import Mapping

from suyuan.collect.dictionary import Item, items
from suyuan.collect.field import NO_ITEM, RESERVED_FIELDS, STRONG_KINDS, FieldPolicy
from suyuan.collect.platform import Platform
from suyuan.config.table import Table
from suyuan.terms import FieldName, ItemName, KindName

FIELDS_FILE = "fields.toml"

SEARCHABLE: Mapping[str, frozenset[KindName]] = {
    "last4": frozenset({KindName.PHONE, KindName.RESIDENT_ID, KindName.BANK_CARD, KindName.IDENTIFIER}),
    "surname": frozenset({KindName.PERSON_NAME}),
}
"""The parts by which a field may be found, and the kinds that have them."""

# What a field of a kind is where its `item` does not say: the least that the kind can be.
_ITEM_OF: Mapping[KindName, ItemName] = {
    KindName.PHONE: ItemName("mobile_number"),
    KindName.PERSON_NAME: ItemName("person_name"),
    KindName.POSTAL_ADDRESS: ItemName("postal_address"),
    KindName.RESIDENT_ID: ItemName("id_document_number"),
    KindName.EMAIL: ItemName("email_address"),
    KindName.BANK_CARD: ItemName("bank_card_number"),
    KindName.PLATE: ItemName("plate_number"),
    KindName.COORDINATE: ItemName("location"),
}


def read_field(name: str, table: Table, *, platform: Platform) -> FieldPolicy:
    """Read one field; its title, class and tier come from the dictionary unless the file says more."""
    if name in RESERVED_FIELDS:
        raise table.error(f"no field may be called {name}", code="config.choice")
    kind = table.choice("kind", KindName)
    item = _item(table, kind=kind)
    return FieldPolicy(
        name=FieldName(name),
        kind=kind,
        strong=table.take("strong", bool, kind in STRONG_KINDS),
        key=table.take("key", bool, False),
        aliases=table.strings("aliases"),
        item=NO_ITEM if item is None else item.name,
        subject=table.take("subject", str, ""),
        sensitive=_sensitive(table, item=item, platform=platform),
        tier="c" if item is None else item.tier,
        owner=table.take("owner", str, ""),
        search=_search(table, kind=kind),
        search_minimum=table.whole("search_minimum", 20, least=2, most=1_000_000),
        title=({"en": name, "zh": name} if item is None else {"en": item.en, "zh": item.zh}) | table.titles(),
    )


def _item(table: Table, *, kind: KindName) -> Item | None:
    given = table.take("item", str, "")
    if given and given not in items():
        raise table.error(
            f"`item`: {given!r} is not in the dictionary",
            key="item",
            code="config.choice",
            hint="docs/reference/necessary-information.md lists the items",
        )
    name = ItemName(given) if given else _ITEM_OF.get(kind)
    return None if name is None else items()[name]


def _sensitive(table: Table, *, item: Item | None, platform: Platform) -> bool:
    """Give whether the field is sensitive: by the dictionary, or by the site's own word, which can only add."""
    by_dictionary = item is not None and (
        item.sensitive_2025 or (platform.sensitive_profile == "strict" and item.sensitive_2020)
    )
    own = table.optional("sensitive", bool)
    if own is False and by_dictionary:
        raise table.error(
            "`sensitive = false`, but the dictionary counts this item as sensitive",
            key="sensitive",
            code="config.sensitive",
            hint="leave `sensitive` out, or name another `item`",
        )
    return by_dictionary or bool(own)


def _search(table: Table, *, kind: KindName) -> tuple[str, ...]:
    parts = table.strings("search")
    for part in parts:
        if kind not in SEARCHABLE.get(part, frozenset()):
            able = [name for name, kinds in SEARCHABLE.items() if kind in kinds]
            raise table.error(
                f"`search`: a {kind.value} is not found by {part!r}",
                key="search",
                code="config.choice",
                hint=f"it is found by: {', '.join(able)}" if able else "it is found by its whole value alone",
            )
    return parts
