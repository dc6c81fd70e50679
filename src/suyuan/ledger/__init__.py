"""The ledger: an append-only log of releases, refusals, laws and key commitments, every head verifiable.

Promises: an entry that has a receipt is durable, at that index, for ever, and any change to it shows.
Does not promise: that nothing left the platform beside the ledger; no ledger can.
"""

from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint
from suyuan.ledger.entry import (
    BatchEntry,
    Body,
    Entry,
    KeysEntry,
    KeySpan,
    LawEntry,
    OpaqueEntry,
    OutcomeEntry,
    PolicyEntry,
    RecipientEntry,
    RefuseEntry,
    ReleaseEntry,
    TraceOpenEntry,
    encode_entry,
    parse_entry,
)
from suyuan.ledger.log import EPOCH, Draft, Ledger, Log
from suyuan.ledger.ports import LedgerStore, Pool, Row, TileFiles
from suyuan.ledger.receipt import Receipt, open_receipt

__all__ = [
    "EPOCH",
    "BatchEntry",
    "Body",
    "Checkpoint",
    "Draft",
    "Entry",
    "KeySpan",
    "KeysEntry",
    "LawEntry",
    "Ledger",
    "LedgerStore",
    "Log",
    "OpaqueEntry",
    "OutcomeEntry",
    "PolicyEntry",
    "Pool",
    "Receipt",
    "RecipientEntry",
    "RefuseEntry",
    "ReleaseEntry",
    "Row",
    "TileFiles",
    "TraceOpenEntry",
    "encode_entry",
    "open_checkpoint",
    "open_receipt",
    "parse_entry",
    "read_checkpoint",
    "sign_checkpoint",
]
