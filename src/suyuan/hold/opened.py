"""Opened records on their way through the door: made by `hold.unseal` alone, and gone when the page is written."""

from collections.abc import Sequence

from suyuan.crypto import canonical
from suyuan.terms import FieldName


class Opened:
    """The contents of records, in their order. Prints without them, and will not serialise."""

    __slots__ = ("texts",)

    def __init__(self, texts: list[bytes]) -> None:
        """Take the canonical JSON of each record."""
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return f"<{len(self.texts)} opened records>"

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError(f"{self!r} do not serialise")

    def values(self, row: int, *, fields: Sequence[FieldName]) -> dict[FieldName, str]:
        """Give these fields of one record, as far as it has them."""
        # Their spelling was checked before they were sealed, and the seal says that they are still what was sealed.
        read = canonical.read_plain(self.texts[row])
        return {name: value for name in fields if isinstance(value := read.get(name), str)}
