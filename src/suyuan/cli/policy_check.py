"""`suyuan policy check`: everything that is wrong with a policy, and what to think about again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result

if TYPE_CHECKING:
    from suyuan.config import Finding

EXAMPLE = """
  suyuan policy check
  suyuan policy check --json
  suyuan policy check ../policy-of-next-week
"""


def run(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", show_default=False, help="A folder of policy files; by default the store's own."),
    ] = None,
    *,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Read every policy file strictly and say what is wrong, with file and line; nothing is opened or changed.

    An error keeps the store from opening: the exit code is 3. A warning does not: it says what is most likely not meant,
    or owed by law elsewhere.
    """
    from suyuan.adapters.clock import SystemClock
    from suyuan.config.check import check_policy

    where = folder if folder is not None else store_at(store) / "policy"
    checked = check_policy(where, on=SystemClock().now().date())
    findings = sorted((*checked.findings, *_site(checked.site)))
    errors = sum(one.level == "error" for one in findings)
    if as_json:
        print_json(
            {"errors": errors, "warnings": len(findings) - errors, "findings": [_plain(one) for one in findings]}
        )
    else:
        told: set[str] = set()
        # What keeps the store from opening stands last, where a terminal shows it; a hint is said once.
        for one in sorted(findings, key=lambda one: one.level == "error"):
            result(str(one))
            if one.hint and one.hint not in told:
                result(f"    {one.hint}")
                told.add(one.hint)
        said = f"{count(errors, noun='error')}, {count(len(findings) - errors, noun='warning')} in {where}"
        result(said if findings else f"nothing is wrong with {where}")
    if errors:
        raise typer.Exit(3)


def _plain(finding: "Finding") -> dict[str, object]:
    return {
        "level": finding.level,
        "file": finding.file,
        "line": finding.line,
        "code": finding.code,
        "said": finding.said,
        "hint": finding.hint,
    }


def _site(text: str | None) -> "list[Finding]":
    """Read the site's own conditions by the engine that will evaluate them."""
    from suyuan.adapters.cedar import CedarConditions
    from suyuan.config import SITE_FILE, Finding
    from suyuan.errors import RefusedError

    if text is None:
        return []
    try:
        CedarConditions(text)
    except RefusedError as e:
        file = f"policy/{SITE_FILE}"
        line, _, said = str(e).removeprefix(f"{file}:").partition(": ")
        return [Finding(file=file, line=int(line), level="error", code=e.code, said=said, hint=e.hint)]
    return []
