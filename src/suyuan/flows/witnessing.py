"""Witnesses: what is published is shown to them, and before a store is written to they are asked what they saw last.

A witness is believed only in what its own key signed, and the log's key as well: it can stay silent, and it can lie
about the time, but it cannot invent a past of the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from suyuan.crypto.sign import VerifyKey
from suyuan.errors import RefusedError, SuyuanError, UnavailableError, VerificationError
from suyuan.evidence import note as notes
from suyuan.evidence.policy import NOBODY, Policy, Witnessed
from suyuan.flows.asking import BUDGET_SECONDS, ask_all
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.proof import prove_consistency
from suyuan.ledger.tiles import TileReader
from suyuan.ledger.witnessing import (
    PATH,
    WitnessAnswer,
    WitnessClient,
    add_checkpoint,
    log_signed,
    read_conflict,
    read_cosignatures,
    root_at,
    view_path,
    with_cosignatures,
)
from suyuan.terms import Clock

SANDWICH_SECONDS: Final = 300
"""How far two honest clocks may lie apart: a witness's from ours, an entry's from the witness's."""

_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What the witnesses made of a checkpoint.

    `note` is the checkpoint with their signatures, `word` who signed and when the quorum had; both None where the
    quorum was not reached. `complaints` name each witness whose word is missing or was dropped, and why.
    """

    note: str | None
    word: Witnessed | None
    complaints: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Witnessing:
    """The log's side of witnessing, by the policy file of its store."""

    policy: Policy
    client: WitnessClient
    clock: Clock
    seconds: float = BUDGET_SECONDS
    # The size that each witness is known to have seen, so that most submissions need one round.
    sizes: dict[str, int] = field(default_factory=dict)

    def require_known(self, *, keys: Iterable[VerifyKey]) -> None:
        """Require that the policy is about this log, whichever of its keys it names.

        Raises: RefusedError: `ledger.policy`, it names other logs only.
        """
        if {str(key) for key in keys}.isdisjoint(map(str, self.policy.logs)):
            raise RefusedError(
                "policy/log.policy: names other logs, not this one",
                code="ledger.policy",
                hint="its log line carries the text of ledger/log.vkey",
            )

    def cosign(self, checkpoint: Checkpoint, *, key: VerifyKey, log: Log, files: TileFiles) -> Cosigned:
        """Show a published checkpoint to every witness, and check each word they give.

        Raises: VerificationError: `ledger.rolled_back`, a witness holds a checkpoint that this log's key signed and
            that this store does not continue.
        """
        own = log_signed(checkpoint.note, key=key)
        answers = ask_all(
            {
                name: partial(self._cosign_one, name, checkpoint=checkpoint, own=own, files=files)
                for name in self.policy.urls
            },
            seconds=self.seconds,
        )
        lines: list[str] = []
        times: dict[str, int] = {}
        complaints: list[str] = []
        for name, answer in answers.items():
            if isinstance(answer, _Contradicted):
                complaints.append(f"witness {name}: {self._examine(name, key=key, log=log, files=files)}")
            elif isinstance(answer, SuyuanError):
                complaints.append(f"witness {name}: {answer}")
            else:
                times[name] = answer[0]
                lines.append(answer[1])
        at = self.policy.reached(times)
        if at is None and self.policy.quorum != NOBODY:
            return Cosigned(note=None, word=None, complaints=tuple(complaints))
        word = Witnessed(at=at, names=tuple(times))
        return Cosigned(note=with_cosignatures(own, lines=lines), word=word, complaints=tuple(complaints))

    @property
    def needs_quorum(self) -> bool:
        """Whether the policy asks for anybody's word."""
        return self.policy.quorum != NOBODY

    def is_cosigned(self, checkpoint: Checkpoint) -> bool:
        """Say whether a checkpoint carries the quorum's word already; without a quorum, the word of all."""
        said = notes.parse_note(checkpoint.note.encode("utf-8"), place="checkpoint")
        times: dict[str, int] = {}
        for name, witness in self.policy.witnesses.items():
            try:
                at = notes.cosigned_at(said, witness=witness, place="checkpoint")
            except VerificationError:
                continue
            if at is not None:
                times[name] = at
        if self.policy.quorum == NOBODY:
            return times.keys() >= self.policy.urls.keys()
        return self.policy.reached(times) is not None

    def require_current(
        self, log: Log, *, files: TileFiles, head: Checkpoint | None, key: VerifyKey, alone: bool = False
    ) -> tuple[str, ...]:
        """Require, before anything is written, that no witness has seen more of this log than the store holds.

        Args:
            head: the checkpoint published last, as `verify_head` gave it.
            alone: whether the store may be written to while no witness answers.
        Returns: a line for each witness that gave no usable word.
        Raises: VerificationError: `ledger.rolled_back`. UnavailableError: `ledger.no_witness`.
        """
        views = self._views(key)
        complaints: list[str] = []
        answered = 0
        for name, view in views.items():
            if isinstance(view, SuyuanError):
                complaints.append(f"witness {name}: {view}")
                continue
            if view is not None:
                _require_continued(view.checkpoint, name=name, log=log, files=files, head=head)
                if view.doubt:
                    complaints.append(f"witness {name}: {view.doubt}")
                    continue
                self.sizes[name] = view.checkpoint.size
            answered += 1
            if view is None and self._knew(name, files=files, origin=key.name):
                complaints.append(f"witness {name}: has forgotten this log, which it cosigned before")
        if views and not answered and not alone:
            raise UnavailableError(
                "no witness answers: nobody can say that this store is not an old copy; nothing was written. "
                + "; ".join(complaints),
                code="ledger.no_witness",
                hint="try again, or set start_without_witness = true under [ledger] in suyuan.toml",
            )
        return tuple(complaints)

    def seen(self, *, key: VerifyKey) -> dict[str, Checkpoint]:
        """Give the newest checkpoint under a key that each witness shows, of those that answer."""
        return {name: view.checkpoint for name, view in self._views(key).items() if isinstance(view, _View)}

    def _views(self, key: VerifyKey) -> "dict[str, _View | SuyuanError | None]":
        """Ask every witness at once for the newest checkpoint under a key that it has seen."""
        return ask_all({name: partial(self._view, name, key=key) for name in self.policy.urls}, seconds=self.seconds)

    def _cosign_one(
        self, name: str, *, checkpoint: Checkpoint, own: str, files: TileFiles
    ) -> "tuple[int, str] | _Contradicted":
        """Give a witness's time and signature line over a checkpoint, or that it contradicts it."""
        old = min(self.sizes.get(name, 0), checkpoint.size)
        for _ in range(_TRIES):
            proof: tuple[bytes, ...] = ()
            if 0 < old < checkpoint.size:
                proof = prove_consistency(old, tiles=TileReader(files, size=checkpoint.size))
            answer = self.client.submit(self.policy.urls[name], body=add_checkpoint(old, proof=proof, note=own))
            if answer.status == 200:
                found = self._read_word(name, answer=answer, own=own)
                self.sizes[name] = checkpoint.size
                return found
            if answer.status == 409:
                seen = read_conflict(answer)
                if seen > checkpoint.size:
                    return _Contradicted()
                if seen == old:
                    raise VerificationError("contradicts itself about the size that it has seen; its word was dropped")
                old = self.sizes[name] = seen
                continue
            if answer.status == 422:
                return _Contradicted()
            _require_answer(answer)
        raise VerificationError("changes its mind about the size that it has seen; its word was dropped")

    def _read_word(self, name: str, *, answer: WitnessAnswer, own: str) -> tuple[int, str]:
        witness = self.policy.witnesses[name]
        for line in read_cosignatures(answer):
            said = notes.parse_note(with_cosignatures(own, lines=(line,)).encode("utf-8"), place="its cosignature")
            try:
                at = notes.cosigned_at(said, witness=witness, place="its cosignature")
            except VerificationError as error:
                raise VerificationError(f"{error}; its word was dropped") from error
            if at is not None:
                self._require_time(at)
                return at, line
        raise VerificationError("signed with another key than the policy's; its word was dropped")

    def _require_time(self, at: int) -> None:
        now = int(self.clock.now().timestamp())
        if abs(at - now) > SANDWICH_SECONDS:
            apart = timedelta(seconds=abs(at - now))
            far = f"{apart.days:,} days" if apart.days > 1 else str(apart)
            raise VerificationError(f"its clock and ours lie {far} apart; its word was dropped")

    def _view(self, name: str, *, key: VerifyKey) -> "_View | None":
        """Give the newest checkpoint that a witness shows, signed by the log; None: it has seen none."""
        answer = self.client.view(self.policy.urls[name], path=view_path(key.name))
        if answer.status == 404:
            return None
        _require_answer(answer)
        try:
            seen = open_checkpoint(answer.body, keys=(key,))
        except VerificationError as error:
            raise VerificationError(f"shows what this log did not sign ({error}); its word was dropped") from error
        doubt = ""
        try:
            said = notes.parse_note(answer.body, place="its view")
            if notes.cosigned_at(said, witness=self.policy.witnesses[name], place="its view") is None:
                doubt = "shows a checkpoint that it did not sign; its word was dropped"
        except VerificationError as error:
            doubt = f"{error}; its word was dropped"
        return _View(checkpoint=seen, doubt=doubt)

    def _examine(self, name: str, *, key: VerifyKey, log: Log, files: TileFiles) -> str:
        """Ask a witness that contradicts us for what it has seen; give what remains to be said if it proves nothing."""
        try:
            (view,) = ask_all({name: partial(self._view, name, key=key)}, seconds=self.seconds).values()
            if isinstance(view, SuyuanError):
                raise view
        except (UnavailableError, VerificationError) as error:
            return f"refuses the checkpoint, and {error}"
        if view is None:
            return "refuses the checkpoint, and has seen none; its word was dropped"
        _require_continued(view.checkpoint, name=name, log=log, files=files, head=None)
        self.sizes[name] = view.checkpoint.size
        return "refuses the checkpoint, though what it has seen agrees with it; its word was dropped"

    def _knew(self, name: str, *, files: TileFiles, origin: str) -> bool:
        """Say whether the newest witnessed checkpoint of this log names the witness."""
        kept = files.read(PATH)
        if kept is None:
            return False
        try:
            said = notes.parse_checkpoint(kept, place=PATH)
            return said.origin == origin and any(said.note.by(self.policy.witnesses[name]))
        except VerificationError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A checkpoint that the log's key signed, whoever shows it, and what is wrong with the witness's own word."""

    checkpoint: Checkpoint
    doubt: str


class _Contradicted:
    """A witness refuses what it was shown as no continuation of what it has seen."""


def _require_continued(view: Checkpoint, *, name: str, log: Log, files: TileFiles, head: Checkpoint | None) -> None:
    """Require that the store continues what a witness has seen, signed by the log's own key."""
    if view.size > log.size:
        raise VerificationError(
            f"witness {name} has seen {view.size} entries of this log, the store has {log.size}: an older copy was "
            "restored, or another copy is in use",
            code="ledger.rolled_back",
            hint="use the newer store; if it is lost, `suyuan ledger recover` opens a new shard that says so",
        )
    if root_at(view.size, log=log, files=files, published=head) != view.root:
        raise VerificationError(
            f"witness {name} has seen other entries among the first {view.size} of this log than the store has",
            code="ledger.rolled_back",
            hint="find out which copy of the store is the true one; write to neither until then",
        )


def _require_answer(answer: WitnessAnswer) -> None:
    if answer.status >= 500:
        raise UnavailableError(f"answers with the error {answer.status}")
    if answer.status != 200:
        what = {403: ": it does not know the log's key", 404: ": it does not know this log"}.get(answer.status, "")
        raise VerificationError(f"refuses ({answer.status}{what})")


def late_entry(log: Log, *, size: int, at: int) -> tuple[int, int] | None:
    """Give index and time (ms) of the last entry under a checkpoint of `size`, if it claims to be later than its witness.

    Times never run backwards, so if the last one is not too late none is.
    """
    if size == 0:
        return None
    at_ms = log.entry(size - 1).at_ms
    return None if at_ms <= (at + SANDWICH_SECONDS) * 1000 else (size - 1, at_ms)
