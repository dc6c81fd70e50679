"""`suyuan ledger rebuild`: everything derived from the entries, derived anew."""

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result

EXAMPLE = """
  suyuan ledger rebuild
  suyuan ledger fsck
"""


def run(as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Derive anew what follows from the entries: the store's own tables, and every public file but the checkpoint.

    The entries are the truth and stay as they are, and so does the signed checkpoint: files that do not give its root
    are refused, whatever was wrong before. Needs no passphrase.
    """
    from suyuan import app
    from suyuan.cli.progress import bars

    with bars() as progress:
        progress.wait("rebuild")
        rebuilt = app.rebuild_ledger(store_at(store))
    if as_json:
        print_json({"entries": rebuilt.entries, "published": rebuilt.published, "tables_changed": rebuilt.changed})
        return
    result(f"derived anew from {count(rebuilt.entries, noun='entry', plural='entries')}")
    result("the store's tables were wrong and are right now" if rebuilt.changed else "the store's tables were right")
    if rebuilt.published is None:
        result("nothing is published yet")
    else:
        result(f"public files written up to the checkpoint of {rebuilt.published:,}")
