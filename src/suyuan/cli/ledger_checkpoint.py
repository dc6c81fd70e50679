"""`suyuan ledger checkpoint`: the log's signed head, to be kept where the store cannot be changed."""

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, say

EXAMPLE = """
  suyuan ledger checkpoint > /media/usb/checkpoint-2026-11-01
  suyuan ledger verify --checkpoint /media/usb/checkpoint-2026-11-01
"""


def run(as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Print the present signed checkpoint, verbatim. Keep it elsewhere: with a partner, an authority, on paper.

    Whoever can change the store can also cut the log or write it anew, and publish that. It shows only against a
    checkpoint that lies where they do not reach. Needs no passphrase.
    """
    from suyuan import app
    from suyuan.errors import RefusedError
    from suyuan.ledger.publish import verify_head
    from suyuan.ledger.shards import line_of

    with app.open_log(store_at(store)) as (log, files, key):
        head = verify_head(log, files=files, keys=tuple(shard.key for shard in line_of(log, keys=(key,))))
        size = log.size
    if head is None:
        raise RefusedError(
            "no checkpoint is published", code="ledger.unpublished", hint="the next release publishes one"
        )
    if as_json:
        print_json(
            {
                "origin": head.origin,
                "size": head.size,
                "root": head.root.hex(),
                "vkey": str(key),
                "unpublished": size - head.size,
                "note": head.note,
            }
        )
        return
    print(head.note, end="")
    if size > head.size:
        say(f"not under it yet: {count(size - head.size, noun='entry', plural='entries')}")
