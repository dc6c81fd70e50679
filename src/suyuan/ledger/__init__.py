"""The ledger: an append-only log of releases, refusals, laws and key commitments, every head verifiable.

Promises: an entry that has a receipt is durable, at that index, for ever, and any change to it shows.
Does not promise: that nothing left the platform beside the ledger; no ledger can.
"""

from suyuan.ledger.batch import BatchTable, batch_table, read_table, verify_row
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
from suyuan.ledger.proof import (
    Proof,
    prove_consistency,
    prove_inclusion,
    read_proof,
    verify_growth,
    verify_proof,
    write_proof,
)
from suyuan.ledger.publish import publish, verify_head
from suyuan.ledger.receipt import Receipt, open_receipt
from suyuan.ledger.tiles import TileReader
from suyuan.ledger.verify import VerifiedLog, verify_log

__all__ = [
    "EPOCH",
    "BatchEntry",
    "BatchTable",
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
    "Proof",
    "Receipt",
    "RecipientEntry",
    "RefuseEntry",
    "ReleaseEntry",
    "Row",
    "TileFiles",
    "TileReader",
    "TraceOpenEntry",
    "VerifiedLog",
    "batch_table",
    "encode_entry",
    "open_checkpoint",
    "open_receipt",
    "parse_entry",
    "prove_consistency",
    "prove_inclusion",
    "publish",
    "read_checkpoint",
    "read_proof",
    "read_table",
    "sign_checkpoint",
    "verify_growth",
    "verify_head",
    "verify_log",
    "verify_proof",
    "verify_row",
    "write_proof",
]
