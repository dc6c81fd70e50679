"""`suyuan hold restrict` and `allow`: a person has the use of her data stopped for a purpose, and allows it again."""

from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_json, result

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.terms import PersonNumber, PurposeName

EXAMPLE = """
  suyuan hold restrict C0000001 --purpose marketing
  suyuan hold restrict C0000001 --all
  suyuan hold restrict C0000001
  suyuan hold allow C0000001 --purpose marketing
"""

PurposeOption = Annotated[
    str | None, typer.Option("--purpose", metavar="P", help="The purpose; one of policy/purposes.toml.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Every purpose, those that come later too.")]


def run(
    key: KeyArgument,
    *,
    purpose: PurposeOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Stop the use of a person's data for a purpose, as she wants it: from now on the door refuses its releases of her.

    Without --purpose and --all: say which purposes she has had stopped. Nothing is deleted, and what was released before
    stays as it is.
    """
    from suyuan import app
    from suyuan.hold.ports import ALL_PURPOSES
    from suyuan.terms import PurposeName

    _require_one(purpose, every=every)
    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, key, erased="who was erased already is not found")
        if purpose is not None or every:
            # A stop of a purpose that the policy does not have would be a typing error, and stop nothing.
            name = ALL_PURPOSES if purpose is None else opened.policy.purpose(PurposeName(purpose)).name
            opened.people.restrict(person, purpose=name, at=opened.clock.now())
        stopped = _stopped(opened, person)
    _tell(stopped, as_json=as_json)


def allow(
    key: KeyArgument,
    *,
    purpose: PurposeOption = None,
    every: AllOption = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Take a person's stop back, as she wants it: `--all` ends the stop of every purpose, and leaves those of single ones."""
    from suyuan import app
    from suyuan.hold.ports import ALL_PURPOSES
    from suyuan.terms import PurposeName

    _require_one(purpose, every=every)
    if purpose is None and not every:
        raise typer.BadParameter("name what she allows again: --purpose P or --all")
    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, key, erased="who was erased already is not found")
        # A purpose that the policy has dropped since can still be allowed again.
        name = ALL_PURPOSES if purpose is None else PurposeName(purpose)
        _require_stopped(opened, person, name=name)
        opened.people.unrestrict(person, purpose=name, at=opened.clock.now())
        stopped = _stopped(opened, person)
    _tell(stopped, as_json=as_json)


def _require_one(purpose: str | None, *, every: bool) -> None:
    if purpose is not None and every:
        raise typer.BadParameter("--all is every purpose; leave --purpose out")
    require_ids(purpose=purpose)


def _require_stopped(opened: "Store", person: "PersonNumber", *, name: "PurposeName") -> None:
    from suyuan.errors import RefusedError

    if name not in _stopped(opened, person):
        raise RefusedError(
            "this person has not had that purpose stopped",
            code="hold.restriction",
            hint="see `suyuan hold restrict CUSTOMER`",
        )


def _stopped(opened: "Store", person: "PersonNumber") -> "list[PurposeName]":
    facts = opened.people.facts([person]).get(person)
    return [] if facts is None else sorted(facts.restricted)


def _tell(stopped: "list[PurposeName]", *, as_json: bool) -> None:
    from suyuan.hold.ports import ALL_PURPOSES

    if as_json:
        print_json({"stopped": [str(name) for name in stopped]})
        return
    for name in stopped:
        result("stopped: every purpose" if name == ALL_PURPOSES else f"stopped: {name}")
    if not stopped:
        result("no purpose is stopped")
