"""The persons linked to every suspect, as an opening fixes them: all committed at once, spelled out for the few that are shown.

A person's rows, texts and pseudonym are the same beside every suspect, so they are made once; what differs (a salt, the
commitment under it, the suspect's own copies) is made as columns, a block of suspects at a time, and only its hash is kept.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import arrays, canonical, commit, merkle
from suyuan.crypto.arrays import Texts
from suyuan.evidence import opening as bundle
from suyuan.mark.tally import distinct
from suyuan.terms import FieldName
from suyuan.trace.naming.cell_lines import Cells, cells_of, joined, lines_of_persons, payload_of
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.reads import Reads
from suyuan.trace.naming.shared import SharedCopies
from suyuan.trace.naming.threads import each

COPIES_PER_BLOCK = 1 << 16
"""Copies whose entries are held as text at a time: about 25 MB."""

_BITS = 63
"""What a number that is not negative has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPerson:
    """One linked person of one suspect: the committed entry, and what opens it. Cells are clear values."""

    entry: bundle.PersonEntry
    person: int
    salt: bytes
    cells: Cells

    def __repr__(self) -> str:
        return f"<linked person {self.person}>"


class Entries:
    """Every suspect's linked persons, in the order of their pseudonyms: `entries[suspect]`.

    `counts` and `roots` have one item for each suspect. Prints without a value.
    """

    def __init__(
        self,
        copies: Copies,
        *,
        rows: pl.DataFrame,
        channels: Sequence[FieldName],
        reads: Reads,
        key: bytes,
        is_old: bool,
        decoys: SharedCopies | None = None,
    ) -> None:
        """Commit to the persons.

        Args:
            rows: the linked rows with their cells.
            reads: per copy, the channels that count and their lanes.
            key: 32 random bytes of this trace, under which each person's own keys give her pseudonym and salts: they
                link to nothing else, and once she is erased nobody can make them again from what the trace kept.
            is_old: make them as openings of older versions did, of the key and her number alone.
            decoys: the family's decoys that stand in the dump, whose copies `copies` and `reads` have behind the persons'.
        """
        self._copies, self._reads, self._is_old = copies, reads, is_old
        own = {} if is_old else copies.linked.opening_keys(key)
        self._invented: Mapping[int, Cells] = {}
        if decoys is not None:
            own |= decoys.own_keys(key)
            self._invented = decoys.cells()
        self._rows, self._channels = rows, channels
        self._persons, self._place = distinct(copies.person)
        heads = b"".join([key if is_old else own[person] for person in self._persons.tolist()])
        self._heads = np.frombuffer(heads, dtype=np.uint8).reshape(-1, arrays.DIGEST)
        self._pseudonyms = arrays.hash_table(self._named(b"person"))[:, : bundle.NONCE_BYTES]
        self._made: dict[int, tuple[LinkedPerson, ...]] = {}
        suspects = len(copies.suspects)
        counts, roots = [0] * suspects, [merkle.EMPTY_ROOT] * suspects
        for block in self._trees(suspects):
            for suspect, count, root in block:
                counts[suspect], roots[suspect] = count, root
        self.counts, self.roots = tuple(counts), tuple(roots)

    def __repr__(self) -> str:
        return f"<persons linked to {len(self.counts)} suspects>"

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, suspect: int) -> tuple[LinkedPerson, ...]:
        """Give one suspect's persons, spelled out. Raises: IndexError: there are not so many suspects."""
        if not 0 <= suspect < len(self):
            raise IndexError(suspect)
        if suspect not in self._made:
            self._made[suspect] = self._spelled(suspect)
        return self._made[suspect]

    def find(self, suspect: int, *, p: bytes) -> LinkedPerson:
        """Give one suspect's person by her pseudonym, which must be there."""
        persons = self[suspect]
        return persons[bisect_left(persons, p, key=lambda linked: linked.entry.p)]

    def _named(self, use: bytes, *, places: Whole | None = None, numbers: Whole | None = None) -> arrays.Bytes:
        """Give what the hashes of some persons are taken of: her own key, the use, a number; and her number where it is old."""
        persons, heads = self._persons, self._heads
        if places is not None:
            persons, heads = persons[places], heads[places]
        columns = [heads, np.broadcast_to(np.frombuffer(use, np.uint8), (len(heads), len(use)))]
        columns += [_words(more) for more in (numbers, persons if self._is_old else None) if more is not None]
        return np.concatenate(columns, axis=1)

    def _spelled(self, suspect: int) -> tuple[LinkedPerson, ...]:
        """The definition: one suspect's entries, person by person."""
        copies = self._copies
        held: dict[int, list[bundle.Copy]] = {}
        for copy in np.flatnonzero(self._copies.suspect == suspect).tolist():
            held.setdefault(int(self._place[copy]), []).append(
                bundle.Copy(leaf=int(copies.release[copy]), row=int(copies.row[copy]), reads=self._reads.of(copy))
            )
        places = np.array(sorted(held), dtype=np.int64)
        persons = self._persons[places]
        salts = arrays.hash_table(self._named(b"cells", places=places, numbers=np.full(len(places), suspect)))
        shown = cells_of(self._rows, channels=self._channels, persons=persons)
        found = []
        for place, person, salted, real in zip(places.tolist(), persons.tolist(), salts, shown, strict=True):
            cells, salt = self._invented.get(person, real), salted.tobytes()
            entry = bundle.PersonEntry(
                p=self._pseudonyms[place].tobytes(),
                rows=tuple(row for row, _ in cells),
                cells=commit.commitment(bundle.CELLS.encode(), salt=salt, payload=payload_of(cells)),
                copies=tuple(sorted(held[place], key=lambda copy: (copy.leaf, copy.row))),
            )
            found.append(LinkedPerson(entry=entry, person=person, salt=salt, cells=cells))
        return tuple(sorted(found, key=lambda linked: linked.entry.p))

    def _trees(self, suspects: int) -> Iterator[list[tuple[int, int, bytes]]]:
        """Give how many entries every suspect has that has any, and the root over them; the twin of `_spelled`."""
        rank = np.empty(len(self._pseudonyms), dtype=np.int64)
        rank[np.lexsort(self._pseudonyms.T[::-1])] = np.arange(len(rank))
        cells, rows = lines_of_persons(
            self._rows, channels=self._channels, persons=self._persons, invented=self._invented
        )
        payloads = Texts.of_column(cells)
        # The keys of a canonical object stand in ascending order: cells, copies, p, rows.
        pseudonyms = arrays.column_of(self._pseudonyms).bin.encode("base64")
        ends = pl.select(
            pl.concat_str(pl.lit('],"p":"'), pseudonyms, pl.lit('","rows":['), rows, pl.lit("]}"))
        ).to_series()
        texts, pattern = self._reads.patterns()
        said = pl.Series([canonical.encode_plain(reads).decode() for reads in texts], dtype=pl.String)
        copies = self._copies
        by_suspect = np.argsort(copies.suspect, kind="stable")
        sizes = np.bincount(copies.suspect, minlength=suspects)
        stops = np.cumsum(sizes)

        def trees(block: tuple[int, int]) -> list[tuple[int, int, bytes]]:
            first, last = block
            here = by_suspect[stops[first] - sizes[first] : stops[last]]
            here = here[ordered(copies.suspect[here], rank[self._place[here]], copies.release[here], copies.row[here])]
            reads = said.gather(pattern[here])
            return self._trees_of(here, payloads=payloads, ends=ends, reads=reads)

        return each(trees, _blocks(sizes), values=len(by_suspect))

    def _trees_of(
        self, here: Whole, *, payloads: Texts, ends: pl.Series, reads: pl.Series
    ) -> list[tuple[int, int, bytes]]:
        """Give `_trees` of the suspects whose copies these are, by suspect, pseudonym, release and row.

        Args:
            payloads: of each person. ends: of each person, what stands behind her copies. reads: of each copy.
        """
        copies = self._copies
        suspect, place = copies.suspect[here], self._place[here]
        begins = np.flatnonzero(np.diff(place, prepend=-1).astype(bool) | np.diff(suspect, prepend=-1).astype(bool))
        whose, owner = place[begins], suspect[begins]
        salts = arrays.hash_table(self._named(b"cells", places=whose, numbers=owner))
        committed = arrays.hash_texts(salts, before=bundle.CELLS.encode() + b"\x00", texts=payloads.pick(whose))
        spelled = pl.select(
            pl.concat_str(
                pl.lit("["), pl.Series(copies.release[here]), pl.lit(","), pl.Series(copies.row[here]),
                pl.lit(","), reads, pl.lit("]"),
            )
        ).to_series()  # fmt: skip
        if len(begins) < len(here):
            owned = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(here)))
            spelled = joined(spelled, owner=owned)["text"]
        leaves = pl.select(
            pl.concat_str(
                pl.lit('{"cells":"'), arrays.column_of(committed).bin.encode("base64"),
                pl.lit('","copies":['), spelled, ends.gather(whose),
            )
        ).to_series()  # fmt: skip
        nothing = np.empty((len(leaves), 0), dtype=np.uint8)
        hashes = arrays.hash_texts(nothing, before=merkle.LEAF, texts=Texts.of_column(leaves))
        edges = np.flatnonzero(np.diff(owner, prepend=-1))
        parts = zip(edges.tolist(), [*edges[1:].tolist(), len(owner)], strict=True)
        return [(int(owner[start]), stop - start, merkle.root(hashes[start:stop].tobytes())) for start, stop in parts]


def _blocks(sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Give runs of suspects, first and last, that have so many copies together; one that has more is a run of its own."""
    first, held = 0, 0
    for suspect, size in enumerate(sizes.tolist()):
        if held and held + size > COPIES_PER_BLOCK:
            yield first, suspect - 1
            first, held = suspect, 0
        held += size
    if held:
        yield first, len(sizes) - 1


def ordered(*columns: Whole) -> Whole:
    """Give the order of rows by columns of numbers, not negative, the first before the others; of the same, as they stand."""
    widths = [int(column.max(initial=0)).bit_length() for column in columns]
    if sum(widths) >= _BITS:
        return np.lexsort(columns[::-1])
    # One number for all of them, which is sorted at a quarter of the cost.
    joined = np.zeros(len(columns[0]), dtype=np.int64)
    for column, width in zip(columns, widths, strict=True):
        joined <<= width
        joined |= column
    return np.argsort(joined, kind="stable")


def _words(numbers: Whole) -> arrays.Bytes:
    """Give each number as eight bytes, the highest first."""
    return numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
