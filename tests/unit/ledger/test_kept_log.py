"""A log written by the first version verifies for ever."""

import json
from pathlib import Path

from tests.ledger_world import MemoryFiles, MemoryStore

from suyuan.crypto.sign import parse_vkey
from suyuan.ledger import BatchEntry, Log, Row, open_receipt, parse_entry, verify_log, verify_proof


def test_the_kept_log_verifies(repository: Path) -> None:
    kept = json.loads((repository / "tests/vectors/ledger_v1.json").read_text("utf-8"))
    keys = [parse_vkey(kept["vkey"])]
    leaves = [leaf.encode("utf-8") for leaf in kept["leaves"]]
    tables = {int(index): bytes.fromhex(table) for index, table in kept["tables"].items()}
    rows = [
        Row(leaf=leaf, at_ms=0, sides={"table": tables[index]} if index in tables else {})
        for index, leaf in enumerate(leaves)
    ]
    files = MemoryFiles({path: bytes.fromhex(data) for path, data in kept["files"].items()})
    found = verify_log(Log(MemoryStore(rows=rows)), keys=keys, files=files)
    assert (found.root.hex(), found.size, found.unpublished) == (kept["root"], len(leaves), 0)
    assert isinstance(parse_entry(leaves[max(tables)]).body, BatchEntry)
    proof, checkpoint = verify_proof(kept["proof"], leaf=leaves[kept["proof_index"]], keys=keys)
    assert (proof.index, checkpoint.root.hex()) == (kept["proof_index"], kept["root"])
    receipt = open_receipt(kept["receipt"], leaf=leaves[kept["proof_index"]], keys=keys)
    assert receipt.index == kept["proof_index"]
