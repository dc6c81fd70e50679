"""Step 1 of the door: gather the facts, ask every check in its order, count the persons in, use up the approval.

Nothing here opens a value. What a check raises is a refusal, which the door ledgers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.group import Group
from suyuan.hold.ports import CaseLink, Numbers, PeopleStore
from suyuan.release.acts import Act
from suyuan.release.approvals import request_digest
from suyuan.release.budgets import Budgets, Reservation, block_of, windows_of
from suyuan.release.checks.asked import NO_SHARING, Asked
from suyuan.release.checks.case import is_hidden
from suyuan.release.checks.order import BULK, CHECKS, GROUND, MASKS
from suyuan.release.checks.sensitivity import require_approval
from suyuan.release.checks.watch import require_watch
from suyuan.release.gathering import NO_LINKS, Gathering
from suyuan.release.grants import Ask, Limits
from suyuan.release.grants.limits import NO_LIMITS
from suyuan.release.group import One, group_of_held, guesses, marked_fields
from suyuan.release.handed import Handed
from suyuan.release.plan import TOKEN_BYTES
from suyuan.release.policy import Policy
from suyuan.release.ports import ApprovalStore, Watch
from suyuan.release.question import require_answerable
from suyuan.release.request import (
    AnswerRequest,
    BulkRequest,
    ExportRequest,
    ListRequest,
    OneRequest,
    PersonRequest,
    Request,
    SuppliedRequest,
)
from suyuan.terms import AccountId, CaseId, Clock, Entropy, FieldName, PersonNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A bulk request that the checks have let pass as a whole; `persons` are still to be asked about.

    Args:
        withheld: persons left out, by the code of the check that said no.
        tokens: for a release to an account, each person's budget tokens, joined, in the order of the kept persons.
    """

    asked: Asked
    withheld: Mapping[str, int] = field(default_factory=dict)
    tokens: bytes = b""
    reservation: Reservation | None = None


class Admitting:
    """Asks the checks."""

    def __init__(
        self,
        policy: Policy,
        *,
        gathering: Gathering,
        people: PeopleStore,
        broker: KeyBroker,
        budgets: Budgets,
        handed: Handed,
        approvals: ApprovalStore | None,
        watch: Watch,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._policy = policy
        self._gathering = gathering
        self._people = people
        self._broker = broker
        self._budgets = budgets
        self._handed = handed
        self._approvals = approvals
        self._watch = watch
        self._clock = clock
        self._entropy = entropy

    # ---- one person each -------------------------------------------------------------------------------

    def ask(
        self, requests: Sequence[OneRequest], *, links: Mapping[CaseId, Sequence[CaseLink]] = NO_LINKS
    ) -> tuple[list[One], Group]:
        """Ask every check about each request by itself; give them, and the secrets of those that go on, in their order."""
        asked = self._gathering.ones(requests, links=links, now=self._clock.now())
        ones = [One(asked=each, person=request.person) for each, request in zip(asked, requests, strict=True)]
        for one in ones:
            hidden = is_hidden(one.asked)
            for check in CHECKS:
                if hidden and check in GROUND:
                    continue  # The case says no, as it does of who is not there.
                try:
                    check(one.asked)
                except RefusedError as refusal:
                    one.result = refusal
                    break
        self._add_records([one for one in ones if one.is_going])
        group = self._group([one for one in ones if one.is_going])
        return ones, group

    def count_in(self, ones: Sequence[One], *, group: Group) -> None:
        """Ask the budgets and the watch, and use up approvals. Under the door's lock.

        Args:
            ones: those that go on; `group`: their secrets, in the same order.
        """
        now = self._clock.now()
        for one, pair in zip(ones, _pairs(self._tokens(group, now=now)), strict=True):
            asked = one.asked
            if guesses(asked):
                pair = (self._entropy.draw(TOKEN_BYTES),) * 2
            one.tokens = b"".join(pair)
            try:
                one.reservation = self._reserve(asked, tokens=(pair,), now=now)
                require_watch(asked, watch=self._watch, persons=1)
                self.use_approval(asked)
            except RefusedError as refusal:
                self.give_back((one,))
                one.result = refusal

    def _tokens(self, group: Group, *, now: datetime) -> bytes:
        """Give each person's budget tokens, of this block of days and of the next, joined."""
        return self._broker.budget_pairs(group, block=block_of(now))

    def _reserve(self, asked: Asked, *, tokens: Sequence[tuple[bytes, bytes]], now: datetime) -> Reservation:
        return self._budgets.reserve(
            AccountId(asked.request.recipient.id),
            purpose=asked.request.purpose,
            windows=windows_of(asked.decision.limits, shown=asked.shown, policy=self._policy),
            tokens=tokens,
            now=now,
        )

    def count_miss(self, request: PersonRequest) -> None:
        """Count a search that found nobody as one more person. Under the door's lock."""
        self._count_one(request)

    def require_room(self, request: PersonRequest) -> None:
        """Require that a search that finds nobody could still be counted. Under the door's lock."""
        self._budgets.give_back(self._count_one(request))

    def _count_one(self, request: PersonRequest) -> Reservation:
        purpose = self._policy.purpose(request.purpose)
        shown = {name: purpose.shown(name) for name in purpose.fields}
        token = self._entropy.draw(TOKEN_BYTES)
        return self._budgets.reserve(
            request.account,
            purpose=request.purpose,
            windows=windows_of(self._limits(request), shown=shown, policy=self._policy),
            tokens=((token, token),),
            now=self._clock.now(),
        )

    def _limits(self, request: PersonRequest) -> Limits:
        """Give the widest limits among the grants of the asker's roles: no case tells yet which of them holds."""
        grants = self._policy.grants
        if not grants.asked or not request.roles:
            return NO_LIMITS
        ask = Ask(roles=request.roles, purpose=request.purpose, act=request.act, now=self._clock.now())
        found = [grant.limits for grant in grants.of(ask)]
        counted = [one for one in found if one.persons is not None]
        if not counted or len(counted) < len(found):
            return NO_LIMITS
        return max(counted, key=lambda one: (one.persons or 0) / one.per.total_seconds())

    def give_back(self, ones: Sequence[One]) -> None:
        """Count persons out again whose release will not be in the ledger."""
        for one in ones:
            if one.reservation is not None:
                self._budgets.give_back(one.reservation)
                one.reservation = None

    def use_approval(self, asked: Asked) -> None:
        """Use the approval up, durably. Raises: RefusedError `release.approval`: another was faster."""
        if asked.approval is None or self._approvals is None:
            return
        if not self._approvals.use_approval(asked.approval.id, at=asked.now):
            raise RefusedError("the approval was used already", code="release.approval", hint="ask for a new one")

    def _add_records(self, ones: Sequence[One]) -> None:
        found = {record.person: record for record in self._people.records([one.person for one in ones])} if ones else {}
        for one in ones:
            one.record = found.get(one.person)
            if one.record is None:
                one.result = _no_record()
                continue
            request = one.asked.request
            try:
                if isinstance(request, AnswerRequest):
                    require_answerable(request.question, field=self._policy.fields[request.question.field])
            except RefusedError as refusal:
                one.result = refusal
            else:
                one.marked = marked_fields(one.asked, record=one.record)

    def _group(self, ones: Sequence[One]) -> Group:
        """Fetch the secrets; a person whose secret is gone has no record any more, whatever a restored copy says."""
        group, held = group_of_held([one.person for one in ones], broker=self._broker)
        for one, is_held in zip(ones, held, strict=True):
            if not is_held:
                one.result = _no_record()
        return group

    # ---- many persons at once --------------------------------------------------------------------------

    def admit(
        self,
        request: BulkRequest,
        *,
        fields: tuple[FieldName, ...],
        rows: int | None,
        links: Sequence[CaseLink] | None = None,
    ) -> Admission:
        """Ask the checks about a bulk request as a whole, before any of its rows is looked at."""
        now, sharing = self._clock.now(), NO_SHARING
        if isinstance(request, ExportRequest):
            self._handed.catch_up()
            sharing = self._handed.sharing(request.contract, now=now)
        asked = self._gathering.whole(request, fields=fields, rows=rows, sharing=sharing, now=now, links=links)
        for check in BULK:
            check(asked)
        return Admission(asked=asked)

    def sort_out(self, admission: Admission, *, persons: Numbers) -> tuple[Admission, npt.NDArray[np.bool_]]:
        """Ask the checks about the persons of an admitted request; give which of the rows go on.

        Args:
            persons: the person of each row.
        Raises: RefusedError: the approval is not for these persons; or nobody remains.
        """
        distinct, places = np.unique(persons, return_inverse=True)
        asked = self._gathering.bind(admission.asked, persons=distinct)
        require_approval(asked)
        if asked.request.act is Act.MAINTAIN:
            # Whoever is held, or has stopped every use, is to be found all the same: it is a way of storing her.
            return replace(admission, asked=asked), np.ones(len(persons), dtype=np.bool_)
        many = self._gathering.many(asked, persons=distinct)
        keep = np.ones(len(distinct), dtype=np.bool_)
        withheld: dict[str, int] = {}
        first = ""
        for code, mask in MASKS:
            hit = keep & mask(many)
            if hit.any():
                withheld[code] = int(hit.sum())
                keep &= ~hit
                first = first or code
        if len(distinct) and not keep.any():
            raise RefusedError(
                f"nobody remains: {_told(withheld)}",
                code=first,
                hint="suyuan release explain says what each code means",
            )
        return replace(admission, asked=asked, withheld=withheld), np.asarray(keep[places], dtype=np.bool_)

    def count_many_in(
        self, admission: Admission, *, persons: Sequence[PersonNumber], group: Group | None = None
    ) -> Admission:
        """Ask the budgets and the watch about the persons that go on, and use the approval up. Under the door's lock.

        Args:
            persons: those that go on, each once.
            group: their secrets, where they were fetched already.
        """
        asked = admission.asked
        tokens, reservation = b"", None
        if isinstance(asked.request, ListRequest | SuppliedRequest):
            now = self._clock.now()
            tokens = self._tokens(self._broker.group(persons) if group is None else group, now=now)
            reservation = self._reserve(asked, tokens=_pairs(tokens), now=now)
        try:
            require_watch(asked, watch=self._watch, persons=len(persons))
            self.use_approval(asked)
        except RefusedError:
            if reservation is not None:
                self._budgets.give_back(reservation)
            raise
        return replace(admission, tokens=tokens, reservation=reservation)

    def return_many(self, admission: Admission) -> None:
        """Count the persons out again of a bulk release that will not be in the ledger."""
        if admission.reservation is not None:
            self._budgets.give_back(admission.reservation)

    def digest_of(
        self,
        request: Request,
        *,
        fields: tuple[FieldName, ...],
        persons: Sequence[int] | Numbers,
        links: Sequence[CaseLink] | None = None,
    ) -> bytes:
        """Give what an approval of a request is bound to, as the checks will compute it."""
        if isinstance(request, OneRequest):
            [asked] = self._gathering.ones((request,), now=self._clock.now())
        else:
            asked = self._gathering.whole(
                request, fields=fields, rows=None, sharing=NO_SHARING, now=self._clock.now(), links=links
            )
        return request_digest(request, persons=persons, fields=tuple(asked.shown))


def _pairs(tokens: bytes) -> list[tuple[bytes, bytes]]:
    """Give joined tokens as pairs, one a person."""
    size = TOKEN_BYTES
    return [(tokens[i : i + size], tokens[i + size : i + 2 * size]) for i in range(0, len(tokens), 2 * size)]


def _no_record() -> RefusedError:
    return RefusedError("this person has no record in the store", code="release.record")


def _told(withheld: Mapping[str, int]) -> str:
    return ", ".join(f"{code} withholds {count:,}" for code, count in withheld.items())
