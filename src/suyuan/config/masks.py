"""`policy/masks.toml`: mask profiles of the site's own, beside those that are built in."""

from suyuan.config.table import Table
from suyuan.release.masks import BUILT_IN, Level, MaskProfile, MaskSpec
from suyuan.terms import KindName

MASKS_FILE = "masks.toml"


def read_mask_profile(name: str, table: Table) -> MaskProfile:
    """Read one profile: for each kind, how many characters stay at the ends, or an address's level."""
    if name in BUILT_IN:
        raise table.error(f"the profile {name} is built in and cannot be changed", code="config.choice")
    specs: dict[KindName, MaskSpec] = {}
    for key in table.left():
        kind = table.chosen(key, options=KindName, key=key)
        specs[kind] = _spec(table.inner(key), kind=kind)
    return MaskProfile(name=name, specs=specs)


def _spec(table: Table, *, kind: KindName) -> MaskSpec:
    if kind is KindName.POSTAL_ADDRESS:
        spec = MaskSpec(level=table.choice("level", Level))
    else:
        first = table.whole("keep_first", 0, most=64)
        last = table.whole("keep_last", 0, most=64)
        spec = MaskSpec(
            keep_first=first, keep_last=last, hide_at_least=table.whole("hide_at_least", 1, least=1, most=64)
        )
    table.end()
    return spec
