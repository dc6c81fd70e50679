"""What must stand in the ledger before a release: the law, the policy, and who its recipient is."""

from collections.abc import Collection

from suyuan.crypto import canonical, commit
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import LawEntry, PolicyEntry, RecipientEntry
from suyuan.ledger.log import Draft, Log
from suyuan.mark.law import LawBook
from suyuan.release import sides
from suyuan.release.sides import draft
from suyuan.terms import Digest, Entropy, Recipient


class Preamble:
    """Knows what this run has put before its releases already."""

    def __init__(
        self, log: Log, *, broker: KeyBroker, law: LawBook, law_digest: bytes, policy: Digest, entropy: Entropy
    ) -> None:
        self._log = log
        self._broker = broker
        self._law = law
        self._law_digest = law_digest
        self._policy = policy
        self._entropy = entropy
        self._known: set[Recipient] = set()

    def before(self, recipients: Collection[Recipient]) -> list[Draft]:
        """Give the entries that releases to these recipients still lack."""
        drafts: list[Draft] = []
        if not self._known:
            if self._log.find(LawEntry.op, key=self._law_digest) is None:
                document = canonical.encode(self._law.document())
                drafts.append(Draft(body=LawEntry(law=self._law_digest), sides={sides.LAW_SIDE: document}))
            latest = self._log.latest(PolicyEntry.op)
            body = None if latest is None else self._log.entry(latest).body
            if not isinstance(body, PolicyEntry) or body.policy != self._policy:
                drafts.append(Draft(body=PolicyEntry(policy=self._policy)))
        for recipient in dict.fromkeys(recipients):
            if recipient not in self._known:
                label = self._broker.recipient_label(recipient)
                if self._log.find(RecipientEntry.op, key=label) is None:
                    drafts.append(self._introduce(recipient, label=label))
        return drafts

    def stand(self, recipients: Collection[Recipient]) -> None:
        """Remember that what `before` gave is durable: a refused append changes nothing here."""
        self._known.update(recipients)

    def _introduce(self, recipient: Recipient, *, label: bytes) -> Draft:
        """Tie a recipient's label to who it is, before the first release to it."""
        salt = self._entropy.draw(32)
        opening = canonical.encode(
            {"id": recipient.id, "kind": recipient.kind.value, "label": canonical.to_base64(label)}
        )
        body = RecipientEntry(commitment=commit.commitment(commit.RECIPIENT, salt=salt, payload=opening), label=label)
        return draft(body, broker=self._broker, sealed={sides.RECIPIENT_SIDE: salt + opening}, public={})
