"""A group of look-ups and answers on its way through the door: what is known of each, and their plans (steps 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from suyuan.crypto import canonical, merkle
from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.group import Group
from suyuan.hold.ports import SealedRecord
from suyuan.kinds.registry import KINDS
from suyuan.ledger.entry import KeySpan, ReleaseEntry
from suyuan.ledger.log import Draft
from suyuan.release import sides
from suyuan.release.acts import Showing
from suyuan.release.budgets import Reservation
from suyuan.release.checks.asked import Asked
from suyuan.release.manifest import fresh_nonce, person_row
from suyuan.release.plan import Plan
from suyuan.release.reasons import payload_of, why_of
from suyuan.release.released import Answered, Released
from suyuan.release.request import AnswerRequest
from suyuan.release.row_keys import LOOKUP_LANES
from suyuan.release.sides import draft
from suyuan.terms import FieldName, PersonNumber


@dataclass(slots=True)
class One:
    """One request of a group.

    Args:
        record: the person's record; a request that was refused has none.
        tokens: her budget tokens, of this block of days and of the next.
        reservation: her place in the budgets.
        result: what the caller is given in the end.
    """

    asked: Asked
    person: PersonNumber
    record: SealedRecord | None = None
    marked: tuple[FieldName, ...] = ()
    tokens: bytes = b""
    reservation: Reservation | None = None
    result: Released | Answered | Exception | None = None

    @property
    def is_going(self) -> bool:
        """Whether nothing has refused it so far."""
        return self.result is None

    @property
    def held(self) -> SealedRecord:
        """The record of a request that goes on."""
        if self.record is None:
            raise AssertionError("a request without a record was not refused")
        return self.record


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Look-ups of a group that consume consecutive row keys of one pool."""

    ones: Sequence[One]
    group: Group
    span: KeySpan
    payloads: Sequence[bytes]


def group_of_held(persons: Sequence[PersonNumber], *, broker: KeyBroker) -> tuple[Group, list[bool]]:
    """Give the secrets of the persons who were not erased, and who they are: a restored copy may still have records."""
    try:
        return broker.group(persons), [True] * len(persons)
    except RefusedError:
        held: list[bool] = broker.secrets_held(persons).tolist()
        return broker.group(list(compress(persons, held))), held


def markable(asked: Asked) -> tuple[FieldName, ...]:
    """Give the fields that are shown in clear and whose kind has forms, in the order they are shown."""
    fields = asked.policy.fields
    able = (
        name
        for name, how in asked.shown.items()
        if how.showing is Showing.CLEAR and KINDS[fields[name].kind].slot_names
    )
    return tuple(able)[:LOOKUP_LANES]


def marked_fields(asked: Asked, *, record: SealedRecord) -> tuple[FieldName, ...]:
    """Give the fields of a record that a look-up marks. An answer shows none."""
    if isinstance(asked.request, AnswerRequest):
        return ()
    return tuple([name for name in markable(asked) if name in record.commitments])


def guesses(asked: Asked) -> bool:
    """Say whether a request is a question about a value that its asker is not shown.

    Each such question counts as one more person: a masked number could be guessed at for as long as one likes otherwise.
    """
    request = asked.request
    if not isinstance(request, AnswerRequest):
        return False
    how = asked.shown.get(request.question.field)
    return how is None or how.showing is not Showing.CLEAR


def runs_of(ones: Sequence[One], *, group: Group, spans: Sequence[KeySpan], law: bytes, policy: bytes) -> list[Run]:
    """Cut a group where its row keys change pools, and write down what each entry commits to."""
    law_text, policy_text = canonical.to_base64(law), canonical.to_base64(policy)
    found: list[Run] = []
    start = 0
    for span in spans:
        stop = start + span.count
        part = ones[start:stop]
        payloads = [payload_of(one.asked, marked=one.marked, law=law_text, policy=policy_text) for one in part]
        found.append(Run(ones=part, group=group.part(range(start, stop)), span=span, payloads=payloads))
        start = stop
    return found


def plan_run(run: Run, *, broker: KeyBroker, law: bytes, epoch: int) -> list[Draft]:
    """Step 2: the plans, with everything that their leaves commit to; no value is touched."""
    pool, first, ones = run.span.pool, run.span.first, run.ones
    prepared = broker.prepare_group(run.group, payloads=run.payloads, pool=pool, first=first, epoch=epoch)
    tables = broker.tables_of_group(run.group, records=[one.held for one in ones], fields=[one.marked for one in ones])
    rows = [
        person_row(
            ordinal=first + i,
            label=prepared.labels[i],
            nonce=one.held.version if one.marked else fresh_nonce(pool=pool, ordinal=first + i),
            tables=tables[i],
        )
        for i, one in enumerate(ones)
    ]
    sealed = broker.seal_group_rows(run.group, pool=pool, first=first, rows=rows)
    broker.expect_group(run.group, commitments=prepared.commitments)
    drafts: list[Draft] = []
    for i, one in enumerate(ones):
        request = one.asked.request
        body = ReleaseEntry(
            commitment=prepared.commitments[i],
            keys=KeySpan(pool=pool, first=first + i, count=1),
            label=prepared.labels[i],
            # The root of one leaf is its hash, which stands in front of the sealed row.
            manifest=merkle.root([sealed[i][:32]]),
            law=law,
            recipient=broker.recipient_label(request.recipient),
        )
        plan = Plan(
            act=request.act, recipient=request.recipient, purpose=request.purpose, marked=one.marked,
            omitted_per_65536=0, rows=1, planted=0, overlay=False, one=sealed[i],
            why=why_of(one.asked, tokens=one.tokens),
        )  # fmt: skip
        kept = {sides.PLAN_SIDE: plan.encode()}
        public = {sides.PAYLOAD_SIDE: prepared.sealed_payloads[i]}
        drafts.append(draft(body, broker=broker, sealed=kept, public=public, epoch=epoch))
    return drafts
