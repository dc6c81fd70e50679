"""Tables in which each row is a label and its value, or several of both: one person stands in several rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from suyuan.trace.columns.glued import OF_PEOPLE
from suyuan.trace.columns.headers import known_words
from suyuan.trace.formats.candidates import OF_FIELDS, scored
from suyuan.trace.formats.label_block import fresh_name
from suyuan.trace.formats.labels import is_known
from suyuan.trace.formats.rows import Odd, Part, Record, Row, part_of_records

ROWS_LOOKED_AT: Final = 400
LABELLED_SHARE: Final = 0.9
KNOWN_LEAST: Final = 2
LABEL_CHARACTERS: Final = 20


def paired_part(part: Part, *, fields: OF_FIELDS) -> Part | None:
    """Give the records of a table whose every other cell names the one behind it; None of another table.

    It may not act where the first row alone is of names, as in a table with a header: a label comes again with every
    person, and nine rows in ten begin with one.
    """
    rows = [row for row in islice(part.rows(), ROWS_LOOKED_AT) if not isinstance(row, Odd) and any(row)]
    known = known_words(fields)
    counts = Counter(label for row in rows for label, _ in two_by_two(row))
    words = frozenset(
        label
        for label, count in counts.items()
        if label and len(label) <= LABEL_CHARACTERS and not OF_PEOPLE.search(label)
        and (count > 1 or is_known(label, known=known))
    )  # fmt: skip
    labelled = sum(len(row) % 2 == 0 and all(label in words for label, _ in two_by_two(row)) for row in rows)
    is_told = sum(is_known(label, known=known) for label in words) >= KNOWN_LEAST
    if not is_told or labelled < max(KNOWN_LEAST, LABELLED_SHARE * len(rows)):
        return None
    records = part_of_records("records", lambda: paired_records(part.rows(), words=words))
    return records if records is not None and scored(records, fields=fields) > 0 else None


def two_by_two(row: Sequence[str]) -> list[tuple[str, str]]:
    """Give the cells of a row two by two; a label without the colon behind it."""
    return [(row[place].strip().rstrip(":：").strip(), row[place + 1]) for place in range(0, len(row) - 1, 2)]


def paired_records(rows: Iterator[Row], *, words: frozenset[str]) -> Iterator[Record]:
    """Give a record for each run of rows of labels and values, which ends where its first label comes again."""
    record: dict[str, str] = {}
    tried: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Odd):
            yield row
            continue
        pairs = [pair for pair in two_by_two(row) if pair[0] in words]
        if record and (not pairs or pairs[0][0] == next(iter(record))):
            yield record
            record, tried = {}, {}
        if not pairs and any(row):
            yield Odd(reason="label", text="\t".join(row))
        for label, value in pairs:
            record[fresh_name(label, taken=record, tried=tried)] = value
    if record:
        yield record
