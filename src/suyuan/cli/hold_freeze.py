"""`suyuan hold freeze` and `unfreeze`: a legal hold on one person begins, and ends."""

from typing import Annotated

import typer

from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result

EXAMPLE = """
  suyuan hold freeze C0000001 --hold court-2026-17 --reason 'order of 3 March'
  suyuan hold freeze C0000001
  suyuan hold unfreeze C0000001 --hold court-2026-17
"""


def run(
    key: KeyArgument,
    *,
    hold: Annotated[
        str | None, typer.Option(metavar="ID", help="The hold's name: a court's or authority's file.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is sealed.")] = "",
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Put a person under a legal hold: nothing of her is released, and she is not erased, until every hold has ended.

    Without --hold: say which holds she is and was under.
    """
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, key, erased="who was erased already is not found")
        freezer = opened.freezer()
        if hold is not None:
            freezer.freeze(person, hold=hold, reason=reason)
        history = freezer.history(person)
    if as_json:
        told = [
            {
                "hold": one.hold,
                "since": one.since.isoformat(),
                "until": one.until and one.until.isoformat(),
                "reason": why,
            }
            for one, why in history
        ]
        print_json({"holds": told})
        return
    for one, why in history:
        until = "in force" if one.until is None else f"until {one.until:%Y-%m-%d %H:%M} UTC"
        result(f"{one.hold}: since {one.since:%Y-%m-%d %H:%M} UTC, {until}" + (f": {why}" if why else ""))
    if not history:
        result("no legal hold")


def end(
    key: KeyArgument,
    *,
    hold: Annotated[str, typer.Option(metavar="ID", help="The hold's name.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """End a legal hold on a person; others that she is under stay in force."""
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, key, erased="who was erased already is not found")
        opened.freezer().unfreeze(person, hold=hold)
        facts = opened.people.facts([person]).get(person)
    left = list(facts.holds) if facts is not None else []
    if as_json:
        print_json({"ended": hold, "in_force": left})
        return
    result(f"{hold} has ended; " + (f"in force: {', '.join(left)}" if left else "no hold is in force"))
