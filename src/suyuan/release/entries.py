"""What the door enters in the ledger: plans, refusals and outcomes, behind what must stand before them."""

import threading
from collections.abc import Callable, Collection, Sequence

from suyuan.crypto import canonical, commit
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import OutcomeEntry, RefuseEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.receipt import Receipt
from suyuan.mark.law import LawBook
from suyuan.release import sides
from suyuan.release.checks.asked import Asked
from suyuan.release.policy import Policy
from suyuan.release.preamble import Preamble
from suyuan.release.refused import asked_side
from suyuan.release.request import OneRequest, PersonRequest, Request
from suyuan.release.sides import draft
from suyuan.terms import Digest, Entropy, Recipient


class Entries:
    """Appends for the door. `lock` is held where the ledger grows, row keys are taken in order, and budgets count."""

    def __init__(
        self, ledger: Ledger, *, broker: KeyBroker, policy: Policy, policy_digest: Digest, entropy: Entropy
    ) -> None:
        self.ledger = ledger
        self.broker = broker
        self.policy = policy
        self.policy_digest = policy_digest
        self.entropy = entropy
        self.law = LawBook(kinds=KINDS, omissions=policy.omissions(), pools=policy.pools())
        self.law_digest = self.law.digest()
        self.lock = threading.RLock()
        self._waiting: list[Draft] = []
        self._preamble = Preamble(
            ledger, broker=broker, law=self.law, law_digest=self.law_digest, policy=policy_digest, entropy=entropy
        )

    def settle(self) -> None:
        """Append the outcomes that still wait for a commit."""
        with self.lock:
            self.ledger.append(self._waiting)
            self._waiting = []

    def wait(self, outcomes: Sequence[Draft]) -> None:
        """Let outcomes ride the next commit."""
        with self.lock:
            self._waiting += outcomes

    def conclude(self, receipt: Receipt, *, digest: bytes, state: str) -> None:
        """Note how a bulk release ended; the entry rides the next commit."""
        salt, payload = self.entropy.draw(32), ended(digest, state=state)
        body = OutcomeEntry(
            commitment=commit.commitment(commit.OUTCOME, salt=salt, payload=payload), release=receipt.index
        )
        outcome = draft(body, broker=self.broker, sealed={sides.OUTCOME_SIDE: salt + payload}, public={})
        self.wait((outcome,))

    def append(self, plan: Callable[[int], list[Draft]], *, recipients: Collection[Recipient]) -> Sequence[Receipt]:
        """Append plans and refusals, with what must come before them: waiting outcomes, law, policy, recipients.

        What this run remembers moves on only when the append is durable: a refused one changes nothing.

        Args:
            plan: gives the drafts with the person labels of an epoch. Where the epoch ends meanwhile, it is asked once
                more: nothing was let out, and nothing of the first drafts stays.
        """
        with self.lock:
            before = self._preamble.before(recipients)
            try:
                receipts = self._append_behind(before, plan(self.ledger.epoch))
            except RefusedError as refusal:
                if refusal.code != "ledger.epoch":
                    raise
                receipts = self._append_behind(before, plan(self.ledger.epoch))
            self._preamble.stand(recipients)
            return receipts

    def refuse(self, request: Request | PersonRequest, *, refusal: RefusedError) -> None:
        """Ledger a refusal: who was told no, by which rule; the person's label if one person was asked for."""
        self.append(
            lambda epoch: [self.refusal(request, refusal=refusal, epoch=epoch)], recipients=(request.recipient,)
        )

    def refusal(
        self, request: Request | PersonRequest, *, refusal: RefusedError, epoch: int, asked: Asked | None = None
    ) -> Draft:
        """Give the entry of a refusal."""
        salt = self.entropy.draw(32)
        payload = canonical.encode({"act": request.act.value, "code": refusal.code, "purpose": request.purpose, "v": 1})
        committed = commit.commitment(commit.PAYLOAD, salt=salt, payload=payload)
        label = self._label_of(request, epoch=epoch)
        body = RefuseEntry(commitment=committed, recipient=self.broker.recipient_label(request.recipient), label=label)
        kept = {sides.REFUSAL_SIDE: salt + payload, sides.ASKED_SIDE: asked_side(request, asked=asked)}
        return draft(body, broker=self.broker, sealed=kept, public={}, epoch=None if label is None else epoch)

    def _label_of(self, request: Request | PersonRequest, *, epoch: int) -> bytes | None:
        """Give the label of the one person whom a refused request was about; None where there is no such person."""
        if not isinstance(request, OneRequest) or request.person < 0:
            return None
        try:
            return self.broker.label(request.person, epoch=epoch)
        except RefusedError as error:
            if error.code == "ledger.epoch":
                raise
            return None  # She was erased, or never was.

    def append_one(self, *drafts: Draft) -> Receipt:
        """Append behind the outcomes that wait; give the last entry's receipt."""
        with self.lock:
            return self._append_behind((), drafts)[-1]

    def _append_behind(self, before: Sequence[Draft], drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Append behind the outcomes that wait and what must come first; give the receipts of the drafts themselves."""
        receipts = self.ledger.append([*self._waiting, *before, *drafts])
        self._waiting = []
        return receipts[len(receipts) - len(drafts) :]


def ended(digest: bytes, *, state: str) -> bytes:
    """Give what an outcome commits to: the digest of what was handed over, and whether it was."""
    return canonical.encode_plain({"digest": canonical.to_base64(digest), "state": state})
