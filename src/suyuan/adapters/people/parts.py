"""Parts' tokens: what finds a bucket of persons by the last digits of a number, or by a surname."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.adapters.people.engine import Engine, Writes
from suyuan.errors import RefusedError
from suyuan.hold.ports import Numbers, PartColumn, Tokens
from suyuan.terms import FieldName

TOKENS_AT_A_TIME: Final = 500
"""A part's token may lead to thousands of persons."""


class Parts(Engine):
    """The verbs of `PeopleStore` about parts."""

    def add_parts(self, columns: Sequence[PartColumn], persons: Numbers) -> None:
        """Remember parts' tokens: row r of every column belongs to `persons[r]`; of these parts they lose what they had."""
        with self.writing() as writes:
            self._save_parts(writes, columns, persons, whole=False)

    def find_part(self, field: FieldName, *, part: str, token: int, count: int) -> Numbers:
        """Give the persons, ascending, at most `count`, who have this token of a field's part now."""
        found = self.rows("find_part", (field, part, _signed(token), count))
        return np.array([row[0] for row in found], np.int64)

    def count_part(self, field: FieldName, *, part: str, token: int) -> int:
        """Give how many persons have this token of a field's part now."""
        return int(self.rows("count_part", (field, part, _signed(token)))[0][0])

    def part_owners(
        self, field: FieldName, *, part: str, tokens: Tokens, most: int | None = None
    ) -> tuple[Tokens, Numbers]:
        """Give token and person of everybody who has one of these tokens of a field's part now."""
        found = [np.empty((0, 2), np.int64)]
        for start in range(0, len(tokens), TOKENS_AT_A_TIME):
            wanted = self.listed(tokens[start : start + TOKENS_AT_A_TIME].view(np.int64))
            given = (field, part, wanted)
            rows = self.rows("part_owners", given) if most is None else self.rows("few_part_owners", (*given, most))
            found.append(np.array(rows, np.int64).reshape(-1, 2))
        whole = np.concatenate(found)
        return np.ascontiguousarray(whole[:, 0]).view(np.uint64), np.ascontiguousarray(whole[:, 1])

    def part_tokens(self, field: FieldName, *, part: str, persons: Numbers) -> tuple[Tokens, Numbers]:
        """Give the tokens of a field's part that these persons have now, and whose each is."""
        rows = list(self.among("parts_among", persons, before=(field, part)))
        found = np.array(rows, np.int64).reshape(-1, 2)
        return np.ascontiguousarray(found[:, 1]).view(np.uint64), np.ascontiguousarray(found[:, 0])

    def _save_parts(self, writes: Writes, columns: Sequence[PartColumn], persons: Numbers, *, whole: bool) -> None:
        """Replace parts' tokens in a transaction under way; if `whole`, of every part that the persons had."""
        for column in columns:
            if len(column.rows) != len(column.tokens) or (len(column.rows) and column.rows.max() >= len(persons)):
                raise RefusedError(
                    f"{column.part} of {column.field}: a row without a token or outside the batch",
                    code="hold.batch_shape",
                )
        if whole:
            self.run_among(writes, "drop_parts", persons)
        for column in columns:
            tokens, owners = column.tokens.view(np.int64), persons[column.rows]
            if not whole:
                new, gone = self._compared(writes, column, owners=owners, tokens=tokens, persons=persons)
                self.run_among(writes, "drop_part", gone, before=(column.field, column.part))
                tokens, owners = tokens[new], owners[new]
            tokens, owners = _distinct(tokens, owners=owners)
            if whole:
                writes.add("add_part", (column.field, column.part, tokens, owners), rows=len(owners))
            else:
                pairs = zip(tokens.tolist(), owners.tolist(), strict=True)
                writes.run_each("add_part", ((column.field, column.part, *pair) for pair in pairs))

    def _compared(
        self, writes: Writes, column: PartColumn, *, owners: Numbers, tokens: Numbers, persons: Numbers
    ) -> tuple[npt.NDArray[np.bool_], Numbers]:
        """Give which entries are to be added, and the persons who lose what they had first.

        Most have what they are told to have: only what differs is written.
        """
        held = list(self.among("parts_among", persons, before=(column.field, column.part), within=writes))
        was = np.array(held, np.int64).reshape(-1, 2)
        was = was[np.argsort(was[:, 0], kind="stable")]
        if not len(was):
            return np.ones(len(owners), np.bool_), persons[:0]
        place = np.minimum(np.searchsorted(was[:, 0], owners), len(was) - 1)
        same = (was[place, 0] == owners) & (was[place, 1] == tokens)
        # Who has two of one part, which no import leaves behind, loses both and gets hers.
        alone = np.isin(owners, was[1:, 0][was[1:, 0] == was[:-1, 0]], invert=True)
        same &= alone
        return ~same, np.setdiff1d(was[:, 0], owners[same])


def _distinct(tokens: Numbers, *, owners: Numbers) -> tuple[Numbers, Numbers]:
    """Give the entries once each, in the order in which the table lies on the disk: a sorted insert is the fast one."""
    order = np.lexsort((owners, tokens))
    tokens, owners = tokens[order], owners[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (tokens[1:] != tokens[:-1]) | (owners[1:] != owners[:-1])
    return tokens[first], owners[first]


def _signed(token: int) -> int:
    """Give the 64 bits of a token as the signed integer that a database stores."""
    return token - (1 << 64) if token >= 1 << 63 else token
