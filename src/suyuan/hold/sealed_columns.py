"""Sealed records as columns: for pages, whose rows go from the store to the answer without becoming objects one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.hold.ports import Numbers, SealedRecord
from suyuan.terms import FieldName, PersonNumber

Digests = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedColumn:
    """The commitments of one field, one per record.

    Args:
        digests: shape (records, 32); zeros where a record has none.
        given: which records have one.
    """

    digests: Digests
    given: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumns:
    """Current records; each column means what the attribute of `SealedRecord` does.

    Args:
        tables: the commitments of the fields that were asked for.
    """

    persons: Numbers
    versions: Numbers
    bodies: Sequence[bytes]
    tables: Mapping[FieldName, CommittedColumn]
    hidden: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.persons)

    def take(self, places: Numbers) -> "SealedColumns":
        """Give the records at some places; one may be named several times."""
        bodies = self.bodies
        return SealedColumns(
            persons=self.persons[places],
            versions=self.versions[places],
            bodies=[bodies[place] for place in places.tolist()],
            tables={
                name: CommittedColumn(digests=column.digests[places], given=column.given[places])
                for name, column in self.tables.items()
            },
            hidden=self.hidden[places],
        )

    def places_of(self, persons: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """Give where each person's record is, and whether it is there; the records are one a person, ascending."""
        if not len(self.persons):
            return np.zeros(len(persons), np.int64), np.zeros(len(persons), np.bool_)
        places = np.minimum(np.searchsorted(self.persons, persons), len(self.persons) - 1)
        return places, self.persons[places] == persons

    def record(self, place: int) -> SealedRecord:
        """Give one record, with the commitments that are here."""
        return SealedRecord(
            person=PersonNumber(int(self.persons[place])),
            version=int(self.versions[place]),
            body=self.bodies[place],
            commitments={
                name: column.digests[place].tobytes() for name, column in self.tables.items() if column.given[place]
            },
            hidden=bool(self.hidden[place]),
        )
