"""One person of the store, named by the site's own key for her."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.terms import PersonNumber

KeyArgument = Annotated[
    str, typer.Argument(metavar="CUSTOMER", show_default=False, help="Her key; - reads it from standard input.")
]


def person_by_key(opened: "Store", key: str, *, erased: str) -> "PersonNumber":
    """Give the person of a key; `-` reads the key from standard input.

    Args:
        erased: what is to be known of somebody who was erased, for the hint.
    Raises: RefusedError: `hold.person`, nobody is known by it; `collect.key`, the policy has no key field.
    """
    from suyuan.errors import RefusedError
    from suyuan.hold.vault import find_person

    field = opened.policy.require_key_field()
    text = sys.stdin.readline().strip() if key == "-" else key
    found = find_person(text, field=field, people=opened.people, broker=opened.broker)
    if found is None:
        raise RefusedError(
            f"nobody in the store is known by this {field.name}",
            code="hold.person",
            hint=f"give the key as it was imported; {erased}",
        )
    return found
