"""Kinds of personal information: each knows its spelling, and everything else asks it.

Promises: `canonical` gives one text for every usual spelling of a value and never raises; every
form reads back to its canonical; forms differ after `fold`; names, numbers and IDs are never altered.
Does not promise: that a value exists, is assigned, or belongs to anyone.
"""

from suyuan.kinds.column import kind_shares
from suyuan.kinds.kind import (
    NOT_A,
    SLOTS_PER_FIELD,
    Canonical,
    FormColumns,
    FormTable,
    Kind,
    NotA,
    Span,
    fold,
    fold_column,
)
from suyuan.kinds.registry import KINDS, kind

__all__ = [
    "KINDS",
    "NOT_A",
    "SLOTS_PER_FIELD",
    "Canonical",
    "FormColumns",
    "FormTable",
    "Kind",
    "NotA",
    "Span",
    "fold",
    "fold_column",
    "kind",
    "kind_shares",
]
