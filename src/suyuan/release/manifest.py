"""The manifest of a release: one row per person or planted identifier, under the root in the release leaf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical, commit
from suyuan.crypto.aead import NONCE_BYTES, TAG_BYTES
from suyuan.crypto.side_by_side import KeyRows
from suyuan.errors import RefusedError, VerificationError

PERSON_ROW = b"\x01"
PLANTED_ROW = b"\x02"
BIASED_ROW = b"\x03"
SHARED_ROW = b"\x04"
ORDERED_ROW = b"\x05"
DIGEST = 32
PARTNER = 4
"""The size of what an ordered row says of its partner: her row in this manifest plus one; 0 where there is none."""


def person_row(*, ordinal: int, label: bytes, nonce: int, tables: Sequence[bytes], biases: bytes = b"") -> bytes:
    """Give the row of a person: what her label, her row key and her form tables were, before the leak.

    Args:
        biases: in an export, the bias class of every field's first slot of two choices; see `mark.law`.
    """
    head = (BIASED_ROW if biases else PERSON_ROW) + ordinal.to_bytes(8, "big") + label + nonce.to_bytes(8, "big")
    return head + bytes((len(tables),)) + b"".join(tables) + biases


def person_rows(
    *,
    first: int,
    labels: Sequence[bytes],
    nonces: Sequence[int],
    tables: Sequence[Sequence[bytes]],
    biases: bytes = b"",
    partners: npt.NDArray[np.int64] | None = None,
) -> list[bytes]:
    """`person_row` for consecutive ordinals; `tables[f][i]` is the commitment of field f in row i.

    Args:
        biases: a class for every field of every row, row by row; empty where the release has none.
        partners: in an export whose order of ties is a mark, the row beside which each is drawn to come first or second;
            -1 for a row that is drawn by its partner's key, or by none. Such a release has biases, if only of 0.
    """
    kind, width = (BIASED_ROW, len(tables)) if biases else (PERSON_ROW, 0)
    beside = b""
    if partners is not None:
        kind, beside = ORDERED_ROW, (partners + 1).astype(">u4").tobytes()
    count = bytes((len(tables),))
    joined = [b"".join(parts) for parts in zip(*tables, strict=True)] if tables else [b""] * len(labels)
    return [
        kind
        + (first + i).to_bytes(8, "big")
        + label
        + nonce.to_bytes(8, "big")
        + count
        + committed
        + biases[i * width : (i + 1) * width]
        + beside[i * PARTNER : (i + 1) * PARTNER]
        for i, (label, nonce, committed) in enumerate(zip(labels, nonces, joined, strict=True))
    ]


def person_columns(
    *, first: int, labels: Sequence[bytes], nonces: npt.NDArray[np.uint64], tables: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """`person_row` for consecutive ordinals, as columns: one row of bytes a person.

    Args:
        tables: the commitments of each row's fields, joined: shape (rows, 32 * fields).
    """
    count, wide = tables.shape
    rows = np.empty((count, row_bytes(marked=wide // DIGEST)), np.uint8)
    rows[:, 0] = PERSON_ROW[0]
    rows[:, 1:9] = _words(np.arange(first, first + count, dtype=np.uint64))
    rows[:, 9:41] = KeyRows.of(labels).array
    rows[:, 41:49] = _words(nonces)
    rows[:, 49] = wide // DIGEST
    rows[:, 50:] = tables
    return rows


def _words(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    return numbers.astype(">u8").view(np.uint8).reshape(-1, 8)


def fresh_nonce(*, pool: int, ordinal: int) -> int:
    """Give a nonce that serves one row of one release and says nothing of its person; apart from record versions.

    Raises: RefusedError: more than 2**31 ledger entries or 2**32 rows, which a nonce cannot tell apart.
    """
    if pool >= 1 << 31 or ordinal >= 1 << 32:
        raise RefusedError("this ledger is too long for one store; begin another", code="release.nonce")
    return 1 << 63 | pool << 32 | ordinal


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person's row, read."""

    ordinal: int
    label: bytes
    nonce: int
    tables: tuple[bytes, ...]
    biases: tuple[int, ...] = ()
    partner: int = -1


def parse_person_row(row: bytes) -> PersonRow:
    """Read a person's row strictly.

    Raises: VerificationError: it is not one.
    """
    ordered = row[:1] == ORDERED_ROW
    biased = ordered or row[:1] == BIASED_ROW
    if len(row) < 50 or not (biased or row[:1] == PERSON_ROW):
        raise VerificationError("manifest: a row is not a person's row")
    end = 50 + (DIGEST + biased) * row[49]
    if len(row) != end + PARTNER * ordered:
        raise VerificationError("manifest: a row is not a person's row")
    return PersonRow(
        ordinal=int.from_bytes(row[1:9], "big"),
        label=row[9:41],
        nonce=int.from_bytes(row[41:49], "big"),
        tables=tuple(row[i : i + DIGEST] for i in range(50, 50 + DIGEST * row[49], DIGEST)),
        biases=tuple(row[50 + DIGEST * row[49] : end]),
        partner=int.from_bytes(row[end:], "big") - 1,
    )


def row_bytes(*, marked: int, biased: bool = False, ordered: bool = False) -> int:
    """Give the size of a person's row with `marked` fields, in an export with their bias classes, and with its partner."""
    return 50 + (DIGEST + (biased or ordered)) * marked + PARTNER * ordered


def sealed_row_bytes(*, marked: int, biased: bool = False, ordered: bool = False) -> int:
    """Give the size of a person's row as it is kept: leaf hash, nonce, the row under a key of hers, tag."""
    return DIGEST + NONCE_BYTES + row_bytes(marked=marked, biased=biased, ordered=ordered) + TAG_BYTES


PLANTED_BYTES = 1 + 8 + DIGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """An identifier of the platform's own, drawn by key for one release.

    Args:
        row: its row in the manifest. ordinal: the row key it was drawn from.
        pool, index, attempt: which identifier, and which of the key's four draws it was.
        identifier: the canonical text. use: `decoy` or `alias`.
        at: for an alias, the manifest row of the person whose value it stands for; -1 for a decoy.
        salt: opens its commitment.
    """

    row: int
    ordinal: int
    pool: str
    index: int
    attempt: int
    identifier: str
    use: str
    at: int
    salt: bytes

    def opening(self) -> dict[str, canonical.Json]:
        """Give what the manifest row commits to."""
        return {"identifier": self.identifier, "pool": self.pool, "use": self.use}

    def manifest_row(self) -> bytes:
        """Give the manifest row."""
        committed = commit.commitment(commit.PLANTED, salt=self.salt, payload=canonical.encode(self.opening()))
        return PLANTED_ROW + self.ordinal.to_bytes(8, "big") + committed

    def document(self) -> dict[str, canonical.Json]:
        """Give the planted identifier as it is kept beside the release."""
        return {
            "row": self.row, "ordinal": self.ordinal, "pool": self.pool, "index": self.index,
            "attempt": self.attempt, "identifier": self.identifier, "use": self.use, "at": self.at,
            "salt": canonical.to_base64(self.salt),
        }  # fmt: skip


def shared_row(*, ordinal: int, decoy_class: int, salt: bytes, identifiers: Mapping[str, str]) -> bytes:
    """Give the row of a decoy of the export family, in the copy or left out of it: how likely it was to be in, and who it is.

    Args:
        decoy_class: of `mark.law.DECOYS`. identifiers: by pool.
    """
    opening = canonical.encode(shared_opening(identifiers))
    committed = commit.commitment(commit.SHARED, salt=salt, payload=opening)
    return SHARED_ROW + ordinal.to_bytes(8, "big") + bytes((decoy_class,)) + committed


def shared_opening(identifiers: Mapping[str, str]) -> dict[str, canonical.Json]:
    """Give what the row of a shared decoy commits to."""
    return {"identifiers": dict(identifiers)}


def read_planted(raw: bytes | None) -> tuple[Planted, ...]:
    """Read the planted identifiers kept beside a release; none where there is no such side.

    Raises: VerificationError: the side is not what `document` wrote.
    """
    if raw is None:
        return ()
    items = canonical.decode(raw)
    if not isinstance(items, list):
        raise VerificationError("planted identifiers: not a list")
    return tuple(_read_planted(item) for item in items)


def _read_planted(item: canonical.Json) -> Planted:
    match item:
        case {
            "row": int(row), "ordinal": int(ordinal), "pool": str(pool), "index": int(index), "at": int(at),
            "attempt": int(attempt), "identifier": str(identifier), "use": str(use), "salt": str(salt),
        }:  # fmt: skip
            return Planted(
                row=row, ordinal=ordinal, pool=pool, index=index, attempt=attempt, identifier=identifier,
                use=use, at=at, salt=canonical.from_base64(salt, size_bytes=DIGEST),
            )  # fmt: skip
        case _:
            raise VerificationError("planted identifiers: an item is not whole")
