"""Unseal candidates for a leak investigation: through the door like everything else, shown to no one."""

from collections.abc import Sequence

import polars as pl

from suyuan.crypto.commit import digest
from suyuan.hold.ports import Numbers
from suyuan.kinds.registry import KINDS
from suyuan.release.admission import Admission
from suyuan.release.bulk import export
from suyuan.release.door import Door
from suyuan.release.request import InvestigationRequest
from suyuan.release.sources import StoredRows
from suyuan.terms import FieldName, PurposeName

PURPOSE = PurposeName("leak_investigation")


def unseal_candidates(door: Door, *, persons: Numbers, fields: Sequence[FieldName]) -> pl.DataFrame:
    """Give canonical values of persons for the matcher: one batch entry, so each of them sees it in her account.

    Args:
        fields: the dump's fields; those that the purpose may have are unsealed, the others are not.
    Returns: `person` and a String column per field; who was erased is not in it.
    Raises: RefusedError: the policy has no purpose `leak_investigation`, or it allows none of the fields.
    """
    allowed = door.policy.purpose(PURPOSE).fields
    chosen = [door.policy.fields[name] for name in fields if name in allowed]
    source = StoredRows(persons, people=door.people, fields=chosen, broker=door.broker)
    request = InvestigationRequest(purpose=PURPOSE)
    admission = door.admit(request, fields=tuple(field.name for field in chosen), rows=len(source.persons))
    # Who is frozen by a legal hold, or has objected to all uses, is no candidate.
    admission, keep = door.sort_out(admission, persons=source.persons)
    return unsealed(door, request=request, source=source.only(keep), admission=admission)


def unsealed(
    door: Door, *, request: InvestigationRequest, source: StoredRows, admission: Admission | None = None
) -> pl.DataFrame:
    """Give canonical values of the persons of a source: `person` and a String column per field, shown to no one.

    Raises: RefusedError: as `export`.
    """
    sink = _Memory()
    export(door, request=request, source=source, sink=sink, admission=admission)
    frame = pl.concat(sink.frames)
    canonical = [KINDS[f.kind].canonical_column(frame[f.name]).alias(f.name) for f in source.fields.values()]
    return pl.DataFrame([pl.Series("person", source.persons), *canonical])


class _Memory:
    """Keeps the rows in memory for whoever shows them to no one."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        self.frames.append(frame)

    def finish(self) -> bytes:
        """Give the digest of nothing: nothing was handed to anyone."""
        return digest(b"")

    def abandon(self) -> None:
        """Forget the rows."""
        self.frames.clear()
