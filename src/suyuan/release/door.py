"""The one door: checks, plan, ledger, receipt, and only then values, minimised, marked and rendered.

Numbered as in docs/explanation/lifecycle.md:
1. the checks, in order; a refusal is ledgered and raised
2. a plan without values: row key, recipient, label, fields, law
3. the plan appended to the ledger, durably; a signed receipt
4. the broker opens the data key against the receipt, once
5. unseal, minimise, mark, render
6. the outcome rides the next commit

Look-ups and answers go in groups: each is checked by itself, and all share one commit.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError, SuyuanError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.group import Group
from suyuan.hold.opened import Opened
from suyuan.hold.ports import CaseLink, Numbers, PeopleStore
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.hold.unseal import unseal, unseal_each
from suyuan.hold.vault import find_person, find_persons
from suyuan.ledger.entry import OutcomeEntry
from suyuan.ledger.log import Draft, Ledger
from suyuan.ledger.receipt import Receipt
from suyuan.release import sides
from suyuan.release.admission import Admission, Admitting
from suyuan.release.budgets import Budgets
from suyuan.release.entries import Entries, ended
from suyuan.release.families import Families
from suyuan.release.gathering import NO_LINKS, Gathering
from suyuan.release.group import One, Run, plan_run, runs_of
from suyuan.release.handed import Handed
from suyuan.release.past import Past
from suyuan.release.policy import Policy
from suyuan.release.ports import ApprovalStore, ConsentWords, Unseal, Unwatched, Watch
from suyuan.release.question import answer
from suyuan.release.released import Answered, Released
from suyuan.release.rendering import digest_of_answer, digest_of_fields, render, steps_of
from suyuan.release.request import AnswerRequest, BulkRequest, LookupRequest, OneRequest, PersonRequest, Request
from suyuan.release.row_keys import RowKeys
from suyuan.terms import CaseId, Clock, Digest, Entropy, FieldName, PersonNumber


class Door(Entries):
    """Lets information out, and is the only part that is handed data keys.

    Groups come from one thread at a time; an export may run beside them in another.
    """

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
        words: ConsentWords | None = None,
        approvals: ApprovalStore | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Take what the door needs. Without `words` nobody consents; without `approvals` nothing is approved."""
        super().__init__(ledger, broker=broker, policy=policy, policy_digest=policy_digest, entropy=entropy)
        self.people = people
        self.budgets = Budgets(Past(ledger, broker=broker))
        self.handed = Handed(ledger, broker=broker, policy=policy)
        self.families = Families(ledger, broker=broker)
        self._clock = clock
        self._admitting = Admitting(
            policy,
            gathering=Gathering(policy, people=people, words=words, approvals=approvals),
            people=people,
            broker=broker,
            budgets=self.budgets,
            handed=self.handed,
            approvals=approvals,
            watch=Unwatched() if watch is None else watch,
            clock=clock,
            entropy=entropy,
        )
        self.row_keys = RowKeys(ledger, broker=broker, append=self.append_one, rows_per_pool=rows_per_pool)
        self._rows_per_pool = rows_per_pool
        self._list_keys: dict[int, RowKeys] = {}
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

    def now(self) -> datetime:
        """Give the time by which the checks go."""
        return self._clock.now()

    # ---- finding persons -------------------------------------------------------------------------------

    def find_person(self, request: PersonRequest, *, field: FieldPolicy, text: str) -> PersonNumber:
        """Give the person whom a value names, for an account that may know that value.

        A look-up by value is an answer too: only the key field and the purpose's own fields can be asked by,
        and every miss is ledgered as a refusal and counted as one more person, so that whoever guesses at masked
        digits leaves a trail, and is stopped: where no miss can be counted any more, a hit is not told either.

        Raises: RefusedError `release.person`: nobody, several, or a field that may not be asked by; `release.budget`:
            too many misses and persons together.
        """
        allowed = self.policy.purpose(request.purpose).fields
        if not field.strong or not (field.key or field.name in allowed):
            refusal = RefusedError(
                f"purpose {request.purpose} may not look people up by {field.name}",
                code="release.person",
                hint="use the key field, or a field that the purpose has",
            )
        else:
            self.require_room(request, field=field)
            found = find_person(text, field=field, people=self.people, broker=self.broker)
            if found is not None:
                return found
            refusal = self._miss(request, field=field)
        self.refuse(request, refusal=refusal)
        raise refusal

    def require_room(self, request: PersonRequest, *, field: FieldPolicy) -> None:
        """Require that a miss can be counted, before a value is looked up that its asker may be guessing.

        The key is what persons are called by: whoever has seen one may go on asking for her by it.

        Raises: RefusedError `release.budget`; it is ledgered.
        """
        if field.key:
            return
        try:
            with self.lock:
                self._admitting.require_room(request)
        except RefusedError as spent:
            self.refuse(request, refusal=spent)
            raise

    def note_miss(self, request: PersonRequest, *, field: FieldPolicy) -> None:
        """Ledger and count a search that found nobody whom the asker may see, where another check has told so."""
        self.refuse(request, refusal=self._miss(request, field=field))

    def _miss(self, request: PersonRequest, *, field: FieldPolicy) -> RefusedError:
        with self.lock:
            try:
                self._admitting.count_miss(request)
            except RefusedError as spent:
                return spent
        return RefusedError(
            f"nobody, or more than one person, is known by this {field.name}",
            code="release.person",
            hint="check what was typed; misses are ledgered and count as people seen",
        )

    def is_known(self, field: FieldPolicy, text: str) -> bool:
        """Say whether a strong field's value is a person's of this store; for what the platform itself invents."""
        return self.are_known(field, (text,))[0]

    def are_known(self, field: FieldPolicy, texts: Sequence[str]) -> list[bool]:
        """`is_known` of several values of one field, in one question to the store."""
        return [one is not None for one in find_persons(texts, field=field, people=self.people, broker=self.broker)]

    # ---- one person each -------------------------------------------------------------------------------

    def lookup(self, request: LookupRequest) -> Released:
        """Let an account see one person.

        Raises: RefusedError: a check said no; the refusal is in the ledger. UnavailableError: the ledger
            cannot be written; nothing was let out.
        """
        [result] = self.lookup_many((request,))
        if isinstance(result, Released):
            return result
        raise result if isinstance(result, Exception) else AssertionError("a look-up was answered yes or no")

    def answer(self, request: AnswerRequest) -> Answered:
        """Let an account know yes or no about one person; otherwise as `lookup`."""
        [result] = self.lookup_many((request,))
        if isinstance(result, Answered):
            return result
        raise result if isinstance(result, Exception) else AssertionError("a question was answered with fields")

    def lookup_many(
        self, requests: Sequence[OneRequest], *, links: Mapping[CaseId, Sequence[CaseLink]] = NO_LINKS
    ) -> list[Released | Answered | Exception]:
        """Let accounts see one person each, or know yes or no: every request is checked by itself, one commit for all.

        Gives, in the order asked, what was let out, or the error by which it was not: a refusal, which is in the
        ledger, or what stopped it behind its entry.

        Args:
            links: of cases that were looked up already, for this group.
        Raises: UnavailableError: the ledger cannot be written; nothing was let out to anybody.
        """
        if not requests:
            return []
        ones, group = self._admitting.ask(requests, links=links)
        going = [one for one in ones if one.is_going]
        with self.lock:
            self._admitting.count_in(going, group=group)
            kept = [place for place, one in enumerate(going) if one.is_going]
            try:
                runs, receipts = self._ledger_group(
                    [going[place] for place in kept],
                    group=group.part(kept),
                    refused=[one for one in ones if not one.is_going],
                )
            except BaseException:
                self._admitting.give_back(going)
                raise
        start = 0
        for run in runs:
            self._hand_over(run, receipts=receipts[start : start + run.span.count])
            start += run.span.count
        return [_result(one) for one in ones]

    def _ledger_group(
        self, going: Sequence[One], *, group: Group, refused: Sequence[One]
    ) -> tuple[list[Run], Sequence[Receipt]]:
        """Steps 2 and 3: everything of a group in one append; give the receipts of those that go on, in their order."""
        spans = self.row_keys.next(len(going))
        runs = runs_of(going, group=group, spans=spans, law=self.law_digest, policy=self.policy_digest)

        def plan(epoch: int) -> list[Draft]:
            drafts = [
                each for run in runs for each in plan_run(run, broker=self.broker, law=self.law_digest, epoch=epoch)
            ]
            told = [(one.asked, one.result) for one in refused]
            return drafts + [
                self.refusal(asked.request, refusal=no, epoch=epoch, asked=asked)
                for asked, no in told
                if isinstance(no, RefusedError)
            ]

        receipts = self.append(plan, recipients=[one.asked.request.recipient for one in (*going, *refused)])
        self.row_keys.use_up(spans)
        return runs, receipts[: len(going)]

    def _hand_over(self, run: Run, *, receipts: Sequence[Receipt]) -> None:
        """Steps 4 to 6 for look-ups of one pool: open against each receipt, unseal, minimise, mark, render, conclude."""
        ends: list[bytes] = []
        try:
            keys = self.broker.open_group(run.group, receipts=receipts)
            lanes = self.row_keys.lanes_of(run.span)
        except Exception:
            self._conclude_run(run, receipts=receipts, ends=[ended(bytes(32), state="failed")] * len(receipts))
            raise
        for i, (one, receipt) in enumerate(zip(run.ones, receipts, strict=True)):
            digest, state = bytes(32), "failed"
            try:
                values = unseal(one.held, key=keys[i])
                request = one.asked.request
                if isinstance(request, AnswerRequest):
                    question = request.question
                    field = self.policy.fields[question.field]
                    yes = answer(question, field=field, value=values.get(question.field), now=one.asked.now)
                    one.result, digest = Answered(receipt=receipt, answer=yes), digest_of_answer(yes)
                else:
                    shown = render(values, steps=steps_of(one.asked, marked=one.marked), lanes=lanes[i].tobytes())
                    one.result, digest = Released(receipt=receipt, fields=shown), digest_of_fields(shown)
                state = "handed"
            except Exception as error:  # One record that does not open must not hold up the others; its caller is told.
                one.result = error
            ends.append(ended(digest, state=state))
        self._conclude_run(run, receipts=receipts, ends=ends)

    def _conclude_run(self, run: Run, *, receipts: Sequence[Receipt], ends: Sequence[bytes]) -> None:
        """Step 6: outcomes under the keys of the entries they are of; they ride the next commit."""
        outcomes = self.broker.seal_group_outcomes(run.group, pool=run.span.pool, first=run.span.first, bodies=ends)
        drafts = [
            Draft(
                body=OutcomeEntry(commitment=committed, release=receipt.index), sides={sides.OWN_OUTCOME_SIDE: sealed}
            )
            for receipt, (committed, sealed) in zip(receipts, outcomes, strict=True)
        ]
        self.wait(drafts)

    # ---- many persons at once: `bulk` and `listing` do the rest ------------------------------------------

    def admit(
        self,
        request: BulkRequest,
        *,
        fields: tuple[FieldName, ...] = (),
        rows: int | None = None,
        links: Sequence[CaseLink] | None = None,
    ) -> Admission:
        """Ask the checks about a bulk request as a whole; a refusal is ledgered, durably, and raised."""
        try:
            return self._admitting.admit(request, fields=fields, rows=rows, links=links)
        except RefusedError as refusal:
            self.refuse(request, refusal=refusal)
            raise

    def sort_out(self, admission: Admission, *, persons: Numbers) -> tuple[Admission, npt.NDArray[np.bool_]]:
        """Ask the checks about the persons of an admitted request; give which rows go on. Refusals as `admit`."""
        try:
            return self._admitting.sort_out(admission, persons=persons)
        except RefusedError as refusal:
            self.refuse(admission.asked.request, refusal=refusal)
            raise

    def ledger_bulk(
        self,
        admission: Admission,
        *,
        persons: Sequence[PersonNumber],
        plan: Callable[[Admission, int], Draft],
        group: Group | None = None,
    ) -> tuple[Admission, Receipt]:
        """Count the persons in and append the plan of a bulk release, durably; where that fails, count them out again.

        Args:
            group: the secrets of these persons, where they were fetched already.
        """
        request = admission.asked.request
        with self.lock:
            try:
                counted = self._admitting.count_many_in(admission, persons=persons, group=group)
            except RefusedError as refusal:
                self.refuse(request, refusal=refusal)
                raise
            try:
                [receipt] = self.append(lambda epoch: [plan(counted, epoch)], recipients=(request.recipient,))
            except BaseException:
                self._admitting.return_many(counted)
                raise
        return counted, receipt

    def approval_digest(
        self,
        request: Request,
        *,
        fields: tuple[FieldName, ...] = (),
        persons: Sequence[int] | Numbers = (),
        links: Sequence[CaseLink] | None = None,
    ) -> bytes:
        """Give what an approval of this request is bound to; a request about one person says itself whom it is about."""
        asked = (request.person,) if isinstance(request, OneRequest) else persons
        return self._admitting.digest_of(request, fields=fields, persons=asked, links=links)

    def list_keys(self, *, lanes: int) -> RowKeys:
        """Give the row keys of lists with so many lanes: lists take runs, which would leave gaps among those of look-ups."""
        if lanes not in self._list_keys:
            self._list_keys[lanes] = RowKeys(
                self.ledger, broker=self.broker, append=self.append_one, rows_per_pool=self._rows_per_pool, lanes=lanes
            )
        return self._list_keys[lanes]

    def unseal_rows(self, group: Group, *, receipt: Receipt, records: SealedColumns) -> Opened:
        """Step 4 for the rows of a list: spend the receipt, and open its records, row by row.

        Raises: VerificationError: as `KeyBroker.open_rows`.
        """
        keys = self.broker.open_rows(group, receipt=receipt)
        return unseal_each(records, keys=keys)

    def unsealer(self, receipt: Receipt, *, sealed: bool) -> Unseal:
        """Step 4: spend the receipt; give what opens the records of exactly its persons. The keys stay here.

        Raises: VerificationError: as `KeyBroker.open`.
        """
        if not sealed:
            self.broker.require_ledgered(receipt)
            return lambda record: {}
        keys = self.broker.open(receipt)
        return lambda record: unseal(record, key=keys[record.person]) if record.person in keys else {}

    def taken(self) -> Mapping[str, set[int]]:
        """Give the identifiers of every pool that earlier releases have planted."""
        with self.lock:
            self.handed.catch_up()
            return {pool: set(indexes) for pool, indexes in self.handed.taken.items()}


def _result(one: One) -> Released | Answered | Exception:
    if one.result is None:
        raise AssertionError("a request left the door without a result")
    return one.result
