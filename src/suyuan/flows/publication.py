"""Publication in full: the public files, then the witnesses' word on them, then a timestamp."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from suyuan.crypto.sign import VerifyKey
from suyuan.errors import UnavailableError
from suyuan.flows.timestamping import Timestamping
from suyuan.flows.witnessing import Witnessing
from suyuan.ledger import checkpoint as heads
from suyuan.ledger import witnessing as witnessed
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint
from suyuan.ledger.log import Ledger
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.publish import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Publishes a ledger; `warn` is told, in one line each, what stands in the way and does not stop a release."""

    files: TileFiles
    warn: Callable[[str], None]
    witnessing: Witnessing | None = None
    timestamping: Timestamping | None = None

    def publish(self, ledger: Ledger, *, known: Iterable[VerifyKey] = ()) -> Checkpoint:
        """Bring the public files up to date, and give the newest checkpoint.

        1. Tiles and a signed checkpoint, as `ledger.publish.publish` does.
        2. Every witness is shown it. With the quorum's word it replaces `checkpoint`, and is kept as `witnessed`.
        3. A timestamp over it is kept under `timestamp/`.

        What 2 and 3 cannot get is told and gotten at the next publication: releases stand on the log alone.

        Args:
            known: the keys of earlier shards, under whose last checkpoint this one carries on.
        Raises: VerificationError: the files or the store do not hold; a witness has seen more than the store has.
            UnavailableError: the files cannot be written.
        """
        signed = publish(ledger, files=self.files, key=ledger.key, known=known)
        signed = self._witness(signed, ledger=ledger)
        if self.timestamping is not None and signed.origin == ledger.origin:
            for line in self.timestamping.stamp(signed, key=ledger.key.verify_key, files=self.files):
                self.warn(line)
        return signed

    def require_witnessed(self, signed: Checkpoint) -> None:
        """Require that the quorum has signed a checkpoint, where the store has witnesses.

        Raises: UnavailableError: `ledger.no_witness`.
        """
        asked = self.witnessing
        if asked is not None and asked.needs_quorum and not asked.is_cosigned(signed):
            raise UnavailableError(
                "too few witnesses have signed the newest checkpoint; a shard is not changed without their word",
                code="ledger.no_witness",
                hint="try again, or set start_without_witness = true under [ledger] in suyuan.toml",
            )

    def _witness(self, signed: Checkpoint, *, ledger: Ledger) -> Checkpoint:
        if self.witnessing is None or not self.witnessing.policy.urls or self.witnessing.is_cosigned(signed):
            return signed
        key = ledger.key.verify_key
        cosigned = self.witnessing.cosign(signed, key=key, log=ledger, files=self.files)
        for line in cosigned.complaints:
            self.warn(line)
        if cosigned.note is None:
            self.warn(
                f"the checkpoint of {signed.size} entries has too few witnesses; it stands on the log's word alone until "
                "the next publication"
            )
            return signed
        note = cosigned.note.encode("utf-8")
        self.files.commit(heads.PATH, data=note)
        self.files.commit(witnessed.PATH, data=note)
        return open_checkpoint(note, keys=(key,))
