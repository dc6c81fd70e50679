"""Second persons' words on exact requests: asked, given or declined, and used once."""

from collections.abc import Sequence
from datetime import datetime

from suyuan.adapters.people.engine import Engine, Row
from suyuan.adapters.people.times import from_ms, maybe_ms, maybe_time, to_ms
from suyuan.errors import RefusedError
from suyuan.release.ports import Approval
from suyuan.terms import AccountId, ApprovalId, PurposeName


class Approvals(Engine):
    """Fulfils `ApprovalStore`."""

    def add_approval(self, approval: Approval) -> None:
        """Store a new question. Raises: RefusedError `release.approval`: the id is taken."""
        with self.writing() as writes:
            if not writes.run("add_approval", _row(approval)):
                raise RefusedError(f"approval {approval.id}: the id is taken", code="release.approval")

    def approval(self, id: ApprovalId) -> Approval | None:
        """Give an approval in whatever state."""
        found = self.rows("approval", (id,))
        return _approval(found[0]) if found else None

    def approve(self, id: ApprovalId, *, by: AccountId, at: datetime, declined: bool = False) -> bool:
        """Give the word; False where there is no such question or the word was given already. The first word stays."""
        with self.writing() as writes:
            return writes.run("approve", (by, to_ms(at), int(declined), id)) == 1

    def use_approval(self, id: ApprovalId, *, at: datetime) -> bool:
        """Use an approval up; True for exactly one caller ever, only where the word was yes and has not expired."""
        with self.writing() as writes:
            return writes.run("use_approval", (to_ms(at), id, to_ms(at))) == 1

    def pending_approvals(self, *, now: datetime, count: int) -> Sequence[Approval]:
        """Give at most `count` questions without a word that have not expired, oldest first."""
        return [_approval(row) for row in self.rows("pending_approvals", (to_ms(now), count))]


def _row(approval: Approval) -> tuple[object, ...]:
    return (
        approval.id, approval.request, approval.asked_by, approval.purpose, approval.reason, to_ms(approval.asked_at),
        to_ms(approval.expires), approval.approved_by, maybe_ms(approval.approved_at), int(approval.declined),
        maybe_ms(approval.used_at),
    )  # fmt: skip


def _approval(row: Row) -> Approval:
    id_, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at = row
    return Approval(
        id=ApprovalId(id_),
        request=bytes(request),
        asked_by=AccountId(asked_by),
        purpose=PurposeName(purpose),
        reason=reason,
        asked_at=from_ms(asked_at),
        expires=from_ms(expires),
        approved_by=None if approved_by is None else AccountId(approved_by),
        approved_at=maybe_time(approved_at),
        declined=bool(declined),
        used_at=maybe_time(used_at),
    )
