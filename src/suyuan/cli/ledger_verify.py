"""`suyuan ledger verify`: the whole log, replayed from its bytes."""

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result

EXAMPLE = """
  suyuan ledger verify
"""


def run(as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Replay the whole ledger: every leaf, the order of events, the root, the signed checkpoint and every public file.

    Exit code 4 and one line that names the entry or file where something does not hold. Needs no passphrase.
    """
    from suyuan import app
    from suyuan.ledger.verify import verify_log

    with app.open_log(store_at(store)) as (log, files, key):
        verified = verify_log(log, keys=(key,), files=files)
    checkpoint = verified.checkpoint
    if as_json:
        print_json(
            {
                "verified": True,
                "size": verified.size,
                "root": verified.root.hex(),
                "entries": dict(sorted(verified.counts.items())),
                "checkpoint": None if checkpoint is None else checkpoint.size,
                "unpublished": verified.unpublished,
            }
        )
        return
    result(f"the ledger verifies: {count(verified.size, noun='entry', plural='entries')}, root {verified.root.hex()}")
    result(", ".join(f"{op} {n:,}" for op, n in sorted(verified.counts.items())) or "no entries yet")
    if verified.unpublished:
        result(f"{count(verified.unpublished, noun='entry', plural='entries')} are not under the signed checkpoint yet")
