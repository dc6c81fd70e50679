"""`suyuan policy export`: the grants for other readers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say

EXAMPLE = """
  suyuan policy export --format cedar > grants.cedar
  suyuan policy export ../policy-of-next-week --json
"""


class Format(StrEnum):
    """What the grants can be written as."""

    CEDAR = "cedar"


def run(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", show_default=False, help="A folder of policy files; by default the store's own."),
    ] = None,
    *,
    format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CEDAR,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Write the grants as Cedar policies, one each, for whoever audits or analyses them with Cedar's own tools.

    A request is one question per field; the head of what is written says what its context holds. The two agree on every
    request; the grants themselves decide at the door.
    """
    from suyuan.adapters.cedar import export_grants
    from suyuan.config import read_policy_folder

    policy, _ = read_policy_folder(folder if folder is not None else store_at(store) / "policy")
    text = export_grants(policy.grants)
    if as_json:
        print_json({"format": format.value, "grants": len(policy.grants.table), "policies": text})
        return
    result(text.rstrip("\n"))
    if policy.grants.asked:
        say(f"wrote {count(len(policy.grants.table), noun='grant')}")
    else:
        say("policy/grants.toml has no grants: the purposes alone decide")
