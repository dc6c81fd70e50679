"""Plain text that no other kind knows: kept as it is, masked like an identifier, with one form."""

from suyuan.kinds.identifier import Identifier
from suyuan.terms import KindName


class Text(Identifier):
    """Values without a shape of their own: a suburb, an amount, a remark. They tell nobody apart."""

    name: KindName = KindName.TEXT
    max_length: int = 4096
