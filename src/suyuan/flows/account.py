"""An account of releases is asked for: enrolled, entered, sealed, published, built, and verified before it is given out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from suyuan.crypto import canonical, commit
from suyuan.crypto.sign import sign_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account.file import write_account
from suyuan.evidence.account.verify import VerifiedAccount, verify_account
from suyuan.flows.account_assembly import Asked, Holder, assemble
from suyuan.flows.account_keys import PersonHolder, RecipientHolder
from suyuan.flows.account_proofs import HashedList, Trees
from suyuan.flows.timestamping import timestamp_path
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore
from suyuan.hold.registrar import Progress, Registrar
from suyuan.ledger.bodies import AccountEntry
from suyuan.ledger.checkpoint import Checkpoint
from suyuan.ledger.derived import batch_prefix, seal_prefix
from suyuan.ledger.log import Ledger
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.tiles import PublishedLeaves, TileReader
from suyuan.release.sides import ACCOUNT_SIDE, draft
from suyuan.terms import Clock, Entropy, PersonNumber, Recipient

ASKED_BY: Final = "operator"
"""Who asks: whoever runs the command line of the store."""

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An account as it is given out, the entry that says it was drawn, and what it was found to say."""

    entry: int
    file: bytes
    verified: VerifiedAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Draws accounts of releases. `publish` brings the public files up to date, and has them witnessed."""

    ledger: Ledger
    broker: KeyBroker
    people: PeopleStore
    registrar: Registrar
    files: TileFiles
    publish: Callable[[], Checkpoint]
    clock: Clock
    entropy: Entropy

    def draw(
        self,
        who: PersonNumber | Recipient,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Progress | None = None,
    ) -> Drawn:
        """Give the account of a person, or of an account or partner.

        1. everybody who waits for it is enrolled
        2. the ledger says that the account is drawn
        3. an interim seal, so that nothing stands unsealed, and the public files with it
        4. the account is put together, signed, and verified as anybody would

        Args:
            who: whose it is.
            since: the first moment that is asked for; None for the log's beginning.
            until: the moment before which it ends; None for the present.
        Raises: RefusedError: `ledger.span`, no time to speak of; `ledger.recipient`, the ledger knows no such one;
            the person was erased. VerificationError: the store or its published files do not hold.
            UnavailableError: the ledger cannot be written.
        """
        first, end = _moment(since), _moment(until)
        if first is not None and end is not None and first >= end:
            raise RefusedError(
                "the time asked for ends before it begins", code="ledger.span", hint="give the earlier day as --since"
            )
        if since is not None and since >= self.clock.now():
            raise RefusedError(
                "the time asked for has not begun yet", code="ledger.span", hint="give a day that has begun, in UTC"
            )
        self.registrar.enrol_pending(progress=progress)
        entry = self._enter(who, since=first, until=end)
        self.ledger.seal(closing=False)
        head = self.publish()
        asked = Asked(
            since=first,
            until=end,
            vkey=str(self.ledger.key.verify_key),
            checkpoint=head.note.encode("utf-8"),
            timestamp=self.files.read(timestamp_path(head.size)) or b"",
        )
        trees = self._trees(size=head.size)
        account = assemble(asked, log=self.ledger, trees=trees, holder=self._holder(who, trees=trees))
        file = write_account(account, sign=lambda text: sign_note(text, keys=(self.ledger.key,)))
        return Drawn(entry=entry, file=file, verified=verify_account(file))

    def _holder(self, who: PersonNumber | Recipient, *, trees: Trees) -> Holder:
        if isinstance(who, Recipient):
            return RecipientHolder(who, log=self.ledger, broker=self.broker, people=self.people, table=trees.table)
        return PersonHolder(who, log=self.ledger, broker=self.broker, people=self.people, table=trees.table)

    def _enter(self, who: PersonNumber | Recipient, *, since: int | None, until: int | None) -> int:
        """Say in the ledger, under the label itself, that an account of it is drawn."""
        if isinstance(who, Recipient):
            label, epoch = self.broker.recipient_label(who), None
            RecipientHolder(who, log=self.ledger, broker=self.broker, people=self.people, table=_no_table)
        else:
            epoch = self.ledger.epoch
            label = self.broker.label(who, epoch=epoch)
        salt = self.entropy.draw(commit.SALT_BYTES)
        payload = canonical.encode({"since": since, "until": until, "v": 1, "who": ASKED_BY})
        body = AccountEntry(commitment=commit.commitment(commit.ACCOUNT, salt=salt, payload=payload), label=label)
        drawn = draft(body, broker=self.broker, sealed={ACCOUNT_SIDE: salt + payload}, public={}, epoch=epoch)
        return self.ledger.append([drawn])[0].index

    def _trees(self, *, size: int) -> Trees:
        def published(prefix: str, leaves: int) -> HashedList:
            return PublishedLeaves(TileReader(self.files, size=leaves, prefix=prefix))

        return Trees(
            log=published("", size),
            table=lambda leaf, rows: published(batch_prefix(leaf), rows),
            index=lambda seal, labels: published(seal_prefix(seal), labels),
        )


def _no_table(leaf: int, rows: int) -> HashedList:
    raise VerificationError(f"entry {leaf}: its table is not asked for")


def _moment(at: datetime | None) -> int | None:
    return None if at is None else max(0, int((at - _START).total_seconds() * 1000))
