"""A client of the HTTP interface, for programs in Python: typed, synchronous, with suyuan's own errors.

Promises: a call that may have been carried out is sent again only under an idempotency key, so nothing is released
twice. Does not promise to hide from its caller what was refused: the error says the code.
"""

from suyuan.client.client import Client
from suyuan.client.failure import TryAgainError
from suyuan.client.given import (
    Approval,
    Demand,
    ExportedFile,
    ListedRow,
    MarkedRows,
    Me,
    Page,
    Receipt,
    Shown,
    Word,
    YesOrNo,
)

__all__ = [
    "Approval",
    "Client",
    "Demand",
    "ExportedFile",
    "ListedRow",
    "MarkedRows",
    "Me",
    "Page",
    "Receipt",
    "Shown",
    "TryAgainError",
    "Word",
    "YesOrNo",
]
