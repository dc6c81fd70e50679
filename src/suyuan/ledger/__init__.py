"""The ledger: an append-only log of releases, refusals, laws and key commitments, every head verifiable.

Promises: an entry that has a receipt is durable, at that index, for ever, and any change to it shows.
Does not promise: that nothing left the platform beside the ledger; no ledger can.
"""

from suyuan.ledger.batch import BatchTable, batch_table, read_table, verify_row
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint
from suyuan.ledger.derived import SealReader, Shown
from suyuan.ledger.entry import (
    AccountEntry,
    BatchEntry,
    Body,
    CloseEntry,
    ConsentEntry,
    EnrolBatchEntry,
    EnrolEntry,
    Entry,
    EraseEntry,
    FamilyEntry,
    KeysEntry,
    KeySpan,
    LawEntry,
    OpaqueEntry,
    OpenEntry,
    OutcomeEntry,
    PolicyEntry,
    RecipientEntry,
    RefuseEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
    TraceNoteEntry,
    TraceOpenEntry,
    encode_entry,
    parse_entry,
)
from suyuan.ledger.log import Draft, Ledger, Log
from suyuan.ledger.ports import Derived, LedgerStore, Pool, Row, TileFiles
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
from suyuan.ledger.rebuild import derive
from suyuan.ledger.receipt import Receipt, open_receipt
from suyuan.ledger.seal import Found, Item, SealIndex, build_index, index_items, index_leaf, read_items
from suyuan.ledger.sequencer import Sequencer
from suyuan.ledger.tiles import TileReader
from suyuan.ledger.verify import VerifiedLog, verify_log

__all__ = [
    "AccountEntry",
    "BatchEntry",
    "BatchTable",
    "Body",
    "Checkpoint",
    "CloseEntry",
    "ConsentEntry",
    "Derived",
    "Draft",
    "EnrolBatchEntry",
    "EnrolEntry",
    "Entry",
    "EraseEntry",
    "FamilyEntry",
    "Found",
    "Item",
    "KeySpan",
    "KeysEntry",
    "LawEntry",
    "Ledger",
    "LedgerStore",
    "Log",
    "OpaqueEntry",
    "OpenEntry",
    "OutcomeEntry",
    "PolicyEntry",
    "Pool",
    "Proof",
    "Receipt",
    "RecipientEntry",
    "RefuseEntry",
    "RegistryEntry",
    "ReleaseEntry",
    "Row",
    "SealEntry",
    "SealIndex",
    "SealReader",
    "Sequencer",
    "Shown",
    "TileFiles",
    "TileReader",
    "TraceNoteEntry",
    "TraceOpenEntry",
    "VerifiedLog",
    "batch_table",
    "build_index",
    "derive",
    "encode_entry",
    "index_items",
    "index_leaf",
    "open_checkpoint",
    "open_receipt",
    "parse_entry",
    "prove_consistency",
    "prove_inclusion",
    "publish",
    "read_checkpoint",
    "read_items",
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
