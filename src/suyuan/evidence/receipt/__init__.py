"""The receipt of a consent: what a person holds after she gave, refused or withdrew one, and how anybody checks it.

Promises: what verifies is what the log committed to under its key. Does not promise that the platform acts by it.
"""

from suyuan.evidence.receipt.file import FORMAT, ReceiptFile, is_receipt, read_receipt, write_receipt
from suyuan.evidence.receipt.record import ConsentRecord, read_record
from suyuan.evidence.receipt.statement import report, statement
from suyuan.evidence.receipt.verify import VerifiedReceipt, verify_receipt

__all__ = [
    "FORMAT",
    "ConsentRecord",
    "ReceiptFile",
    "VerifiedReceipt",
    "is_receipt",
    "read_receipt",
    "read_record",
    "report",
    "statement",
    "verify_receipt",
    "write_receipt",
]
