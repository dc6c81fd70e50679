"""The persons linked to every suspect, as an opening fixes them: all committed at once, spelled out for the few that are shown.

A person's rows, texts and pseudonym are the same beside every suspect, so they are made once; what differs (a salt, the
commitment under it, the suspect's own copies) is made as columns, a block of suspects at a time, and only its hash is kept.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import canonical, commit, merkle
from suyuan.crypto.commit import digest
from suyuan.evidence import opening as bundle
from suyuan.terms import FieldName
from suyuan.trace.copies import Copies, Whole
from suyuan.trace.dump import ROW
from suyuan.trace.reads import Reads
from suyuan.trace.shared import SharedCopies

COPIES_PER_BLOCK = 1 << 18
"""Copies whose entries are held as text at a time: about 100 MB."""

Cells = tuple[tuple[int, Mapping[str, str]], ...]


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
        self._copies, self._reads, self._key, self._is_old = copies, reads, key, is_old
        self._own = {} if is_old else copies.linked.opening_keys(key)
        invented: Mapping[int, Cells] = {}
        if decoys is not None:
            self._own |= decoys.own_keys(key)
            invented = decoys.cells()
        held = np.sort(copies.person)
        self._persons = held[np.diff(held, prepend=-1) != 0]
        real = _cells_of(rows, channels=channels, persons=self._persons)
        self._cells = [invented.get(p, cells) for p, cells in zip(self._persons.tolist(), real, strict=True)]
        self._place = np.searchsorted(self._persons, copies.person)
        self._pseudonyms = [
            digest(self._head(p) + b"person" + self._tail(p))[: bundle.NONCE_BYTES] for p in self._persons.tolist()
        ]
        self._made: dict[int, tuple[LinkedPerson, ...]] = {}
        suspects = len(copies.suspects)
        leaves: list[list[bytes]] = [[] for _ in range(suspects)]
        for suspect, hashes in self._hashes(suspects):
            leaves[suspect] = hashes
        self.counts = tuple(len(hashes) for hashes in leaves)
        self.roots = tuple(merkle.root(hashes) for hashes in leaves)

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

    def _head(self, person: int) -> bytes:
        return self._key if self._is_old else self._own[person]

    def _tail(self, person: int) -> bytes:
        return person.to_bytes(8, "big") if self._is_old else b""

    def _salt(self, suspect: int, *, person: int) -> bytes:
        return digest(self._head(person) + b"cells" + suspect.to_bytes(8, "big") + self._tail(person))

    def _spelled(self, suspect: int) -> tuple[LinkedPerson, ...]:
        """The definition: one suspect's entries, person by person."""
        copies = self._copies
        held: dict[int, list[bundle.Copy]] = {}
        for copy in np.flatnonzero(self._copies.suspect == suspect).tolist():
            held.setdefault(int(self._place[copy]), []).append(
                bundle.Copy(leaf=int(copies.release[copy]), row=int(copies.row[copy]), reads=self._reads.of(copy))
            )
        found = []
        for place, mine in held.items():
            person, cells = int(self._persons[place]), self._cells[place]
            salt = self._salt(suspect, person=person)
            entry = bundle.PersonEntry(
                p=self._pseudonyms[place],
                rows=tuple(row for row, _ in cells),
                cells=commit.commitment(bundle.CELLS.encode(), salt=salt, payload=_payload(cells)),
                copies=tuple(sorted(mine, key=lambda copy: (copy.leaf, copy.row))),
            )
            found.append(LinkedPerson(entry=entry, person=person, salt=salt, cells=cells))
        return tuple(sorted(found, key=lambda linked: linked.entry.p))

    def _hashes(self, suspects: int) -> Iterator[tuple[int, list[bytes]]]:
        """Give the leaf hashes of every suspect that has any, in the order of the pseudonyms; the twin of `_spelled`."""
        rank = np.empty(len(self._pseudonyms), dtype=np.int64)
        rank[sorted(range(len(rank)), key=self._pseudonyms.__getitem__)] = np.arange(len(rank))
        salt_heads = [self._head(person) + b"cells" for person in self._persons.tolist()]
        salt_tails = [self._tail(person) for person in self._persons.tolist()]
        payloads = [_payload(cells) for cells in self._cells]
        # The keys of a canonical object stand in ascending order: cells, copies, p, rows.
        ends = pl.Series(
            [
                f'],"p":"{canonical.to_base64(p)}","rows":[{",".join(str(row) for row, _ in cells)}]}}'
                for p, cells in zip(self._pseudonyms, self._cells, strict=True)
            ],
            dtype=pl.String,
        )
        texts, pattern = self._reads.patterns()
        said = pl.Series([canonical.encode_plain(reads).decode() for reads in texts], dtype=pl.String)
        copies = self._copies
        order = np.lexsort((copies.row, copies.release, rank[self._place], copies.suspect))
        sizes = np.bincount(copies.suspect, minlength=suspects)
        stops = np.cumsum(sizes)
        for first, last in _blocks(sizes):
            here = order[stops[first] - sizes[first] : stops[last]]
            suspect, place = copies.suspect[here], self._place[here]
            begins = np.flatnonzero(np.diff(place, prepend=-1).astype(bool) | np.diff(suspect, prepend=-1).astype(bool))
            whose, owner = place[begins].tolist(), suspect[begins]
            numbers = {number: number.to_bytes(8, "big") for number in np.unique(owner).tolist()}
            prefix = bundle.CELLS.encode() + b"\x00"
            cells = [
                sha256(prefix + sha256(salt_heads[at] + numbers[by] + salt_tails[at]).digest() + payloads[at]).digest()
                for at, by in zip(whose, owner.tolist(), strict=True)
            ]
            spelled = pl.DataFrame(
                {
                    "person": np.repeat(np.arange(len(begins)), np.diff(begins, append=len(here))),
                    "copy": pl.select(
                        pl.concat_str(
                            pl.lit("["), pl.Series(copies.release[here]), pl.lit(","), pl.Series(copies.row[here]),
                            pl.lit(","), said.gather(pattern[here]), pl.lit("]"),
                        )
                    ).to_series(),
                }
            ).group_by("person", maintain_order=True).agg(pl.col("copy").str.join(","))  # fmt: skip
            leaves = pl.select(
                pl.concat_str(
                    pl.lit('{"cells":"'), pl.Series(cells, dtype=pl.Binary).bin.encode("base64"),
                    pl.lit('","copies":['), spelled["copy"], ends.gather(whose),
                )
            ).to_series()  # fmt: skip
            hashes = merkle.leaf_hashes(leaves.cast(pl.Binary).to_list())
            edges = np.flatnonzero(np.diff(owner, prepend=-1))
            for start, stop in zip(edges.tolist(), [*edges[1:].tolist(), len(owner)], strict=True):
                yield int(owner[start]), hashes[start:stop]


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


def _payload(cells: Cells) -> bytes:
    return canonical.encode_plain([[row, dict(text)] for row, text in cells])


def _cells_of(rows: pl.DataFrame, *, channels: Sequence[FieldName], persons: Whole) -> list[Cells]:
    """Give each person's rows in ascending order, with the texts of the channels' fields; empty cells are left out."""
    place = np.searchsorted(persons, rows["person"].to_numpy())
    place = np.minimum(place, max(0, len(persons) - 1))
    known = np.flatnonzero(persons[place] == rows["person"].to_numpy()) if len(persons) else np.empty(0, dtype=np.int64)
    kept = rows[known].select(ROW, *map(str, channels)) if len(known) else rows.clear().select(ROW, *map(str, channels))
    found: list[list[tuple[int, Mapping[str, str]]]] = [[] for _ in persons]
    names = [str(name) for name in channels]
    for at, (row, *texts) in zip(place[known].tolist(), kept.iter_rows(), strict=True):
        found[at].append((row, {name: text for name, text in zip(names, texts, strict=True) if text}))
    return [tuple(sorted(cells, key=lambda cell: cell[0])) for cells in found]
