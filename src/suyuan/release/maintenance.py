"""Unseal what tokens are made of when their key is exchanged: through the door like everything else, shown to no one."""

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.ports import Numbers
from suyuan.release.acts import Act
from suyuan.release.door import Door
from suyuan.release.investigate import unsealed
from suyuan.release.request import InvestigationRequest
from suyuan.release.sources import StoredRows
from suyuan.terms import PurposeName

PURPOSE = PurposeName("key_rotation")


def found_fields(door: Door) -> tuple[FieldPolicy, ...]:
    """Give the fields by which persons are found, whole or by a part.

    Raises: RefusedError `hold.tokens_purpose`: the policy has no purpose `key_rotation` that allows them all in clear.
    """
    wanted = tuple(field for field in door.policy.fields.values() if field.strong or field.search)
    purpose = door.policy.purposes.get(PURPOSE)
    if purpose is None or any(field.name not in purpose.fields for field in wanted):
        raise RefusedError(
            f"the policy has no purpose {PURPOSE} with every field by which persons are found",
            code="hold.tokens_purpose",
            hint='add it: acts = ["maintain"], and these fields: ' + ", ".join(field.name for field in wanted),
        )
    return wanted


def unseal_found_fields(door: Door, *, persons: Numbers) -> pl.DataFrame:
    """Give canonical values of persons, as `found_fields` names them: one batch entry, so each sees it in her account.

    Returns: `person` and a String column per field; who was erased is not in it.
    Raises: RefusedError: the policy does not allow it.
    """
    chosen = found_fields(door)
    source = StoredRows(persons, people=door.people, fields=chosen, broker=door.broker)
    if not len(source.persons):
        return pl.DataFrame(schema={"person": pl.Int64, **{field.name: pl.String for field in chosen}})
    return unsealed(door, request=InvestigationRequest(purpose=PURPOSE, act=Act.MAINTAIN), source=source)
