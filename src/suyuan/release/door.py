"""The one door: checks, plan, ledger, receipt, and only then values, minimised, marked and rendered.

Numbered as in docs/explanation/lifecycle.md:
1. the checks, in order; a refusal is ledgered and raised
2. a plan without values: row key, recipient, label, fields, law
3. the plan appended to the ledger, durably; a signed receipt
4. the broker opens the data key against the receipt, once
5. unseal, minimise, mark, render
6. the outcome rides the next commit
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from suyuan.collect.field import FieldPolicy
from suyuan.crypto import canonical, commit, merkle
from suyuan.errors import RefusedError, SuyuanError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.ports import PeopleStore, SealedRecord
from suyuan.hold.unseal import unseal
from suyuan.hold.vault import find_person
from suyuan.kinds.kind import Canonical
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import BatchEntry, KeySpan, OutcomeEntry, RefuseEntry, ReleaseEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.receipt import Receipt
from suyuan.mark.law import LawBook
from suyuan.release import sides
from suyuan.release.checks import CHECKS, Asked, Check
from suyuan.release.manifest import fresh_nonce, person_row, read_planted
from suyuan.release.marking import show
from suyuan.release.plan import Plan
from suyuan.release.policy import Policy, PurposePolicy, Showing
from suyuan.release.ports import Unseal
from suyuan.release.preamble import Preamble
from suyuan.release.released import Released
from suyuan.release.request import ExportRequest, LookupRequest, PersonRequest, Request
from suyuan.release.row_keys import LOOKUP_LANES, RowKeys
from suyuan.release.sides import draft, read_side
from suyuan.terms import Clear, Clock, Digest, Entropy, FieldName, PersonNumber, Recipient


class Door:
    """Lets information out, and is the only part that is handed data keys."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        broker: KeyBroker,
        people: PeopleStore,
        policy: Policy,
        policy_digest: Digest,
        clock: Clock,
        entropy: Entropy,
        rows_per_pool: int,
        checks: Sequence[Check] = CHECKS,
    ) -> None:
        self.ledger = ledger
        self.broker = broker
        self.people = people
        self.policy = policy
        self.policy_digest = policy_digest
        self.entropy = entropy
        self.law = LawBook(kinds=KINDS, omissions=policy.omissions(), pools=policy.pools())
        self.law_digest = self.law.digest()
        self._clock = clock
        self._checks = checks
        self._waiting: list[Draft] = []
        self.row_keys = RowKeys(ledger, broker=broker, append=self._append, rows_per_pool=rows_per_pool)
        self._preamble = Preamble(
            ledger, broker=broker, law=self.law, law_digest=self.law_digest, policy=policy_digest, entropy=entropy
        )
        broker.start(log_size=ledger.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.settle()
            return
        # Something failed: what is known of it is still worth an entry, and the first error is the one to tell.
        with suppress(SuyuanError):
            self.settle()

    def settle(self) -> None:
        """Append the outcomes that still wait for a commit."""
        self.ledger.append(self._waiting)
        self._waiting = []

    def find_person(self, request: PersonRequest, *, field: FieldPolicy, text: str) -> PersonNumber:
        """Give the person whom a value names, for an account that may know that value.

        A look-up by value is an answer too: only the key field and the purpose's own fields can be asked by,
        and every miss is ledgered as a refusal, so that whoever guesses at masked digits leaves a trail.

        Raises: RefusedError `release.person`: nobody, several, or a field that may not be asked by.
        """
        refusal = None
        allowed = self.policy.purpose(request.purpose).fields
        if not field.strong or not (field.key or field.name in allowed):
            refusal = RefusedError(
                f"purpose {request.purpose} may not look people up by {field.name}",
                code="release.person",
                hint="use the key field, or a field that the purpose has",
            )
        else:
            found = find_person(text, field=field, people=self.people, broker=self.broker)
            if found is not None:
                return found
            refusal = RefusedError(f"no one person is known by this {field.name}", code="release.person")
        self._refuse(request, refusal=refusal)
        raise refusal

    def is_known(self, field: FieldPolicy, text: str) -> bool:
        """Say whether a strong field's value is a person's of this store; for what the platform itself invents."""
        return find_person(text, field=field, people=self.people, broker=self.broker) is not None

    def lookup(self, request: LookupRequest) -> Released:
        """Let an account see one person.

        Raises: RefusedError: a check said no; the refusal is in the ledger. UnavailableError: the ledger
        cannot be written; nothing was let out.
        """
        self.check(request)
        purpose = self.policy.purpose(request.purpose)
        record = self.people.record(request.person)
        if record is None:
            raise RefusedError("this person has no record in the store", code="release.record")
        marked = marked_fields(record, purpose=purpose, policy=self.policy)
        span = self.row_keys.next()
        receipt = self.append(
            lambda epoch: self._plan_lookup(
                request, purpose=purpose, record=record, marked=marked, span=span, epoch=epoch
            ),
            recipient=request.recipient,
        )
        self.row_keys.use_up(span)
        own = (request.person, span)
        try:
            values = self.unsealer(receipt, sealed=True)(record)
            lanes = tuple(key.tobytes() for key in self.row_keys.lanes_of(span)[0])
            shown = _render(values, purpose=purpose, marked=marked, lanes=lanes, policy=self.policy)
        except Exception:
            self.conclude(receipt, digest=bytes(32), state="failed", own=own)
            raise
        self.conclude(receipt, digest=_digest(shown), state="handed", own=own)
        return Released(receipt=receipt, fields=shown)

    def check(self, request: Request, *, fields: tuple[FieldName, ...] = ()) -> None:
        """Run the checks; a refusal is ledgered, durably, and raised."""
        asked = Asked(
            request=request,
            policy=self.policy,
            fields=fields,
            cases=self.people.cases(request.case) if isinstance(request, LookupRequest) and request.case else (),
            now=self._clock.now(),
        )
        for check in self._checks:
            try:
                check(asked)
            except RefusedError as refusal:
                self._refuse(request, refusal=refusal)
                raise

    def unsealer(self, receipt: Receipt, *, sealed: bool) -> Unseal:
        """Step 4: spend the receipt; give what opens the records of exactly its persons. The keys stay here.

        Raises: VerificationError: as `KeyBroker.open`.
        """
        if not sealed:
            self.broker.require_ledgered(receipt)
            return lambda record: {}
        keys = self.broker.open(receipt)
        return lambda record: unseal(record, key=keys[record.person]) if record.person in keys else {}

    def append(self, plan: Callable[[int], Draft], *, recipient: Recipient) -> Receipt:
        """Append a plan or refusal, with what must come before it: waiting outcomes, law, policy, recipient.

        What this run remembers moves on only when the append is durable: a refused one changes nothing.

        Args:
            plan: gives the draft with the person labels of an epoch. Where the epoch ends meanwhile, it is asked once
                more: nothing was let out, and nothing of the first draft stays.
        """
        before = self._preamble.before(recipient)
        try:
            receipt = self._append(*before, plan(self.ledger.epoch))
        except RefusedError as refusal:
            if refusal.code != "ledger.epoch":
                raise
            receipt = self._append(*before, plan(self.ledger.epoch))
        self._preamble.stands(recipient)
        return receipt

    def _append(self, *drafts: Draft) -> Receipt:
        """Append behind the outcomes that wait; give the last entry's receipt."""
        receipt = self.ledger.append([*self._waiting, *drafts])[-1]
        self._waiting = []
        return receipt

    def conclude(
        self, receipt: Receipt, *, digest: bytes, state: str, own: tuple[PersonNumber, KeySpan] | None = None
    ) -> None:
        """Note how a release ended; the entry rides the next commit.

        Args:
            own: the person and row key of a look-up, under whose keys its outcome is sealed.
        """
        salt = self.entropy.draw(32)
        payload = canonical.encode({"digest": canonical.to_base64(digest), "state": state})
        body = OutcomeEntry(
            commitment=commit.commitment(commit.OUTCOME, salt=salt, payload=payload), release=receipt.index
        )
        if own is None:
            outcome = draft(body, broker=self.broker, sealed={sides.OUTCOME_SIDE: salt + payload}, public={})
        else:
            person, span = own
            side = self.broker.seal_outcome(
                person, pool=span.pool, ordinal=span.first, body=salt + payload, bound=body.commitment
            )
            outcome = draft(body, broker=self.broker, sealed={}, public={sides.OWN_OUTCOME_SIDE: side})
        self._waiting.append(outcome)

    def _plan_lookup(
        self,
        request: LookupRequest,
        *,
        purpose: PurposePolicy,
        record: SealedRecord,
        marked: tuple[FieldName, ...],
        span: KeySpan,
        epoch: int,
    ) -> Draft:
        """Step 2: the plan, with everything that its leaf commits to; no value is touched."""
        payload = self.payload(request, fields=purpose.fields, marked=marked)
        prepared = self.broker.prepare(request.person, payload=payload, pool=span.pool, ordinal=span.first, epoch=epoch)
        tables = self.broker.tables_of((record,), fields=marked)
        row = person_row(
            ordinal=span.first,
            label=prepared.label,
            nonce=record.version if marked else fresh_nonce(pool=span.pool, ordinal=span.first),
            tables=[tables[name][0] for name in marked],
        )
        [one] = self.broker.seal_rows((request.person,), pool=span.pool, first=span.first, rows=(row,))
        body = ReleaseEntry(
            commitment=prepared.commitment,
            keys=span,
            label=prepared.label,
            manifest=merkle.root([merkle.leaf_hash(row)]),
            law=self.law_digest,
            recipient=self.broker.recipient_label(request.recipient),
        )
        plan = Plan(
            act=request.act, recipient=request.recipient, purpose=request.purpose, marked=marked,
            omitted_per_65536=0, rows=1, planted=0, overlay=False, one=one,
        )  # fmt: skip
        return draft(
            body,
            broker=self.broker,
            sealed={sides.PLAN_SIDE: plan.encode()},
            public={sides.PAYLOAD_SIDE: prepared.sealed_payload},
            epoch=epoch,
        )

    def payload(self, request: Request, *, fields: Mapping[FieldName, Showing], marked: tuple[FieldName, ...]) -> bytes:
        """Give what an entry commits to: who asked for what, why and by which reason."""
        reason: dict[str, canonical.Json] = {}
        if isinstance(request, LookupRequest):
            reason = {"case": request.case}
        elif isinstance(request, ExportRequest):
            reason = {"contract": request.contract}
        purpose = self.policy.purpose(request.purpose)
        return canonical.encode(
            {
                "act": request.act.value,
                "fields": {name: showing.value for name, showing in fields.items()},
                "ground": purpose.ground,
                "law": canonical.to_base64(self.law_digest),
                "marked": list(marked),
                "policy": canonical.to_base64(self.policy_digest),
                "purpose": request.purpose,
                "recipient": {"id": request.recipient.id, "kind": request.recipient.kind.value},
                "v": 1,
                **reason,
            }
        )

    def _refuse(self, request: Request | PersonRequest, *, refusal: RefusedError) -> None:
        """Ledger a refusal: who was told no, by which rule; the person's label if one person was asked for."""
        who = request.recipient
        salt = self.entropy.draw(32)
        payload = canonical.encode({"act": request.act.value, "code": refusal.code, "purpose": request.purpose, "v": 1})
        committed = commit.commitment(commit.PAYLOAD, salt=salt, payload=payload)
        person = request.person if isinstance(request, LookupRequest) else None
        if person is not None and not self.broker.secrets_held((person,))[0]:
            person = None

        def plan(epoch: int) -> Draft:
            label = None if person is None else self.broker.label(person, epoch=epoch)
            body = RefuseEntry(commitment=committed, recipient=self.broker.recipient_label(who), label=label)
            kept = {sides.REFUSAL_SIDE: salt + payload}
            return draft(body, broker=self.broker, sealed=kept, public={}, epoch=None if label is None else epoch)

        self.append(plan, recipient=who)

    def taken(self) -> dict[str, set[int]]:
        """Give the identifiers of every pool that earlier releases have planted."""
        used: dict[str, set[int]] = {}
        for index, entry in self.ledger.entries():
            if isinstance(entry.body, BatchEntry):
                side = read_side(self.ledger, index=index, name=sides.PLANTED_SIDE, broker=self.broker)
                for planted in read_planted(side):
                    used.setdefault(planted.pool, set()).add(planted.index)
        return used


def marked_fields(record: SealedRecord, *, purpose: PurposePolicy, policy: Policy) -> tuple[FieldName, ...]:
    """Give the fields of a record that a purpose shows in clear and whose kind has forms, in policy order."""
    able = (
        name
        for name, showing in purpose.fields.items()
        if showing is Showing.CLEAR and name in record.commitments and KINDS[policy.fields[name].kind].slot_names
    )
    return tuple(able)[:LOOKUP_LANES]


def _render(
    values: Mapping[FieldName, str],
    *,
    purpose: PurposePolicy,
    marked: tuple[FieldName, ...],
    lanes: tuple[bytes, ...],
    policy: Policy,
) -> dict[FieldName, Clear]:
    """Step 5: minimise to the purpose's fields, mask what it may only see masked, mark the rest."""
    shown: dict[FieldName, Clear] = {}
    for name, showing in purpose.fields.items():
        if name not in values:
            continue
        kind = KINDS[policy.fields[name].kind]
        canonical_value = Canonical(values[name])
        if showing is Showing.MASKED:
            text = kind.mask(canonical_value)
        elif name in marked:
            text = show(canonical_value, kind=kind, lane_key=lanes[marked.index(name)])
        else:
            text = canonical_value
        shown[name] = Clear(text, kind=kind.name)
    return shown


def _digest(shown: Mapping[FieldName, Clear]) -> bytes:
    """Give the SHA-256 of what was handed over."""
    return commit.digest(canonical.encode({name: value.reveal() for name, value in shown.items()}))
