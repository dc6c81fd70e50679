"""`suyuan collect submit`: one form, taken in whole or not at all."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan collect submit form.json

\b
with form.json:
  {"purposes": ["delivery"],
   "values": {"customer": "C0000001", "name": "Ann Lee", "phone": "+86 162 0000 0000"},
   "consents": [{"purpose": "marketing", "state": "refused"}]}
"""

_LARGEST_BYTES = 1 << 20


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The form as JSON; - for standard input.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Take in what a person submits, as far as its purposes, the list of necessary information and her consents allow.

    A field outside is refused by its name, with what can be done; nothing of the form is stored then. Values are brought to
    their canonical form and sealed. What she said with it is ledgered before her record is stored; to refuse an extra
    purpose never blocks a basic function.
    """
    from suyuan import app
    from suyuan.collect.form import read_form

    submission, words = read_form(_read(file))
    with app.open_store(store_at(store)) as opened:
        taken = opened.intake.submit(submission, words=words)
        opened.registrar.enrol_pending()
        opened.publish()
    fields = {str(purpose): sorted(names) for purpose, names in taken.submitted.taken.items()}
    if as_json:
        print_json(
            {
                "added": taken.added,
                "taken": fields,
                "consents": [{"entry": s.consent.entry, "purpose": s.consent.purpose, "state": s.consent.state.value} for s in taken.said],
            }
        )  # fmt: skip
        return
    result("added" if taken.added else "known already: brought up to date")
    for purpose, names in fields.items():
        result(f"{purpose}: {', '.join(names)}")
    for said in taken.said:
        say(f"{said.consent.state.value}: {said.consent.purpose} as ledger entry {said.consent.entry}")


def _read(file: Path) -> object:
    from suyuan.errors import RefusedError, UnavailableError

    try:
        raw = sys.stdin.buffer.read(_LARGEST_BYTES + 1) if file == Path("-") else _head(file)
    except FileNotFoundError:
        raise RefusedError("there is no such form", code="file.missing", hint="check the path") from None
    except OSError as e:
        raise UnavailableError(f"the form cannot be read: {e.strerror}", code="file.unreadable") from None
    try:
        if len(raw) > _LARGEST_BYTES:
            raise ValueError
        document: object = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError(
            "the form is no JSON, or longer than a MiB",
            code="collect.form",
            hint="docs/reference/collect.md shows a form",
        ) from None
    return document


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_LARGEST_BYTES + 1)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
