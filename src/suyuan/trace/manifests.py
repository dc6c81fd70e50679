"""Manifests: the leaf hashes of a release's rows, and the rows of linked persons, opened under their own keys."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import merkle
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.ledger.log import Log
from suyuan.release import sides
from suyuan.release.manifest import DIGEST, PLANTED_BYTES, row_bytes, sealed_row_bytes
from suyuan.release.plan import OnePerson
from suyuan.release.sides import read_side, require_side
from suyuan.trace.copies import ReleaseFacts, Whole


class Manifest:
    """One release's manifest, read once. Rows of persons that nobody asks for stay sealed."""

    def __init__(self, log: Log, *, broker: KeyBroker, facts: ReleaseFacts) -> None:
        """Read what is kept beside the release.

        Raises: VerificationError: it is missing, altered, or not of the planned size.
        """
        self._facts = facts
        self._open: bytes | None = None
        self._sealed = b""
        plan, biased = facts.plan, bool(facts.plan.family)
        width = row_bytes(marked=len(plan.marked), biased=biased)
        if isinstance(plan.one, OnePerson):
            self._open, size = plan.one.manifest, width
        elif plan.one is not None:
            self._sealed, size = plan.one, sealed_row_bytes(marked=len(plan.marked), biased=biased)
        else:
            sealed = read_side(log, index=facts.index, name=sides.ROWS_SIDE, broker=broker)
            if sealed is not None:
                self._sealed, size = sealed, plan.rows * sealed_row_bytes(marked=len(plan.marked), biased=biased)
            else:
                self._open = require_side(log, index=facts.index, name=sides.MANIFEST_SIDE, broker=broker)
                size = plan.rows * width + plan.planted * PLANTED_BYTES
        if len(self._sealed if self._open is None else self._open) != size:
            raise VerificationError(f"release {facts.index}: its manifest is not of the planned size")

    def leaf_hashes(self) -> list[bytes]:
        """Give the leaf hash of every row, persons first: the leaves of the manifest's tree."""
        planted = [merkle.leaf_hash(item.manifest_row()) for item in self._facts.planted]
        count, marked, biased = self._facts.plan.rows, len(self._facts.plan.marked), bool(self._facts.plan.family)
        if self._open is not None:
            width = row_bytes(marked=marked, biased=biased)
            return merkle.leaf_hashes(self._open[i * width : (i + 1) * width] for i in range(count)) + planted
        width = sealed_row_bytes(marked=marked, biased=biased)
        return [self._sealed[i * width : i * width + DIGEST] for i in range(count)] + planted

    def rows(self, rows: Whole, *, persons: Whole, linked: LinkedPersons) -> list[bytes]:
        """Give rows of linked persons, opened: `rows[i]` is of `persons[i]`.

        Raises: VerificationError: as `LinkedPersons.open_rows`.
        """
        marked, span, biased = len(self._facts.plan.marked), self._facts.span, bool(self._facts.plan.family)
        if self._open is not None:
            width = row_bytes(marked=marked, biased=biased)
            return [self._open[i * width : (i + 1) * width] for i in rows.tolist()]
        width = sealed_row_bytes(marked=marked, biased=biased)
        asked = [self._sealed[i * width : (i + 1) * width] for i in rows.tolist()]
        return linked.open_rows(
            persons.tolist(),
            pool=span.pool,
            ordinals=(rows + span.first).tolist(),
            sealed=[row[DIGEST:] for row in asked],
            hashes=[row[:DIGEST] for row in asked],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRows:
    """Rows of one release's manifest: `nonce` (rows,), `tables` (rows, marked fields, 32), `biases` (rows, marked fields)."""

    nonce: npt.NDArray[np.uint64]
    tables: npt.NDArray[np.uint8]
    biases: npt.NDArray[np.uint8]


def manifest_rows(
    log: Log, *, broker: KeyBroker, facts: ReleaseFacts, rows: Whole, persons: Whole, linked: LinkedPersons
) -> ManifestRows:
    """Read rows of a release's manifest from beside the ledger: `rows[i]` is of `persons[i]`."""
    marked, biased = len(facts.plan.marked), bool(facts.plan.family)
    opened = Manifest(log, broker=broker, facts=facts).rows(rows, persons=persons, linked=linked)
    wanted = np.frombuffer(b"".join(opened), dtype=np.uint8).reshape(len(rows), row_bytes(marked=marked, biased=biased))
    tables = 50 + DIGEST * marked
    return ManifestRows(
        nonce=np.ascontiguousarray(wanted[:, 41:49]).view(">u8").astype(np.uint64)[:, 0],
        tables=wanted[:, 50:tables].reshape(len(rows), marked, DIGEST),
        biases=wanted[:, tables:] if biased else np.zeros((len(rows), marked), dtype=np.uint8),
    )
