"""`suyuan collect cases`: which account works on which person, and for how long."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result
from suyuan.cli.tables import read_input, set_aside

EXAMPLE = """
  suyuan collect cases cases.csv
  suyuan collect cases cases.csv --rejects bad.csv

\b
with cases.csv:
  case,account,customer,opened,closed
  P-1001,clerk-07,C0000001,2026-03-01T08:00:00+08:00,
"""


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet with a header; - for standard input.")],
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write cases of unknown people here (.csv, .parquet) and store the rest."),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Import cases: columns case, account, the person's key field, opened, and perhaps closed, queue, region.

    A case ties an account to a person from opened until closed; a look-up that needs a case is allowed only then.
    Times are ISO 8601, UTC where they name no zone. All rows are stored or none; a case that is known is updated.
    With --rejects the cases of people whom the store does not know are set aside, and the others stored.
    """
    from suyuan import app
    from suyuan.adapters.files import require_flat
    from suyuan.collect.cases import admit_cases
    from suyuan.config import read_policy

    folder = store_at(store)
    policy, _ = read_policy(folder)
    key = policy.require_key_field()
    frame = read_input(file)
    require_flat(frame)
    admitted = admit_cases(frame, key=key)
    with app.open_store(folder) as opened:
        unknown = opened.vault.of_nobody(admitted, key=key) if rejects is not None else []
        if rejects is not None and unknown:
            why = [f"nobody in the store is known by this {key.name}"]
            set_aside(frame, wrong={row + 1: why for row in unknown}, target=rejects)
            admitted = admitted.without(unknown)
        stored = opened.vault.link_cases(admitted, key=key)
    if as_json:
        print_json({"cases": stored, "rejected": len(unknown)})
        return
    result(f"{count(stored, noun='case')} stored")
    if unknown:
        result(f"{count(len(unknown), noun='row')} set aside in {rejects}")
