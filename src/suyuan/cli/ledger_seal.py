"""`suyuan ledger seal`: an index over what stands unsealed, now."""

from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result

EXAMPLE = """
  suyuan ledger seal
  suyuan ledger seal --close
"""

CloseOption = Annotated[
    bool, typer.Option("--close", help="Seal the whole epoch and end it: everybody's labels change.")
]


def run(close: CloseOption = False, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Seal what follows the last seal, and publish: an account of releases is complete up to the newest seal.

    Publication seals by itself, by the settings of [ledger]; this does it now. Nothing is sealed where nothing stands
    unsealed.
    """
    from suyuan import app
    from suyuan.cli.progress import bars
    from suyuan.ledger.bodies import SealEntry

    with bars() as progress, app.open_store(store_at(store)) as opened:
        progress.wait("seal")
        ledger = opened.ledger
        chain = ledger.chain()
        start = chain.epoch_start if close else chain.tail_start
        body = None if ledger.size == start else ledger.entry(ledger.seal(closing=close).index).body
        opened.publish()
        epoch = ledger.epoch
    seal = body if isinstance(body, SealEntry) else None
    if as_json:
        print_json(
            {
                "entry": None if seal is None else seal.end,
                "first": start,
                "labels": None if seal is None else seal.labels,
                "closing": close,
                "epoch": epoch,
            }
        )
        return
    if seal is None:
        result("nothing stands unsealed")
        return
    entries = count(seal.end - seal.first, noun="entry", plural="entries")
    result(f"sealed by entry {seal.end}: {entries} from {seal.first} on, {count(seal.labels, noun='label')}")
    result(f"epoch {epoch} is in force")
