"""What victims' reports say is put into a report's words: bits, nearest first, each recipient of an alias once."""

from math import log

import pytest

from suyuan.flows.paper import LEADERS, reports_found
from suyuan.flows.reports import AliasCalled, Lead, Weight
from suyuan.terms import LeafIndex, Recipient, RecipientKind
from suyuan.trace.reports.process import Leading, Settling


def account(name: str) -> Recipient:
    return Recipient(kind=RecipientKind.ACCOUNT, id=name)


def test_a_lead_is_told_in_bits() -> None:
    leading = tuple(
        (
            account(f"a{n}"),
            Leading(
                account=n, hits=5 - n % 5, log_e=(20 - n) * log(2), best=30.0, robust=n * log(2), rival=None, at=None
            ),
            None,
        )
        for n in range(12)
    )
    settling = (
        (account("a1"), Settling(account=1, persons=9, shown=(4,), nats=1.0, more=6), (4,)),
        (account("a2"), Settling(account=2, persons=9, shown=(4,), nats=1.0, more=0), (4,)),
    )
    called = AliasCalled(report=LeafIndex(7), releases=((LeafIndex(3), account("a0")), (LeafIndex(5), account("a0"))))
    found = reports_found(
        Lead(
            line=26.5 * log(2),
            reports=4,
            not_counted={Weight.REPEATED: 1, Weight.ERASED: 2},
            lead=account("a0"),
            leading=leading,
            settling=settling,
            all_access=(account("svc"),),
            aliases=(called,),
        )
    )
    assert float(found.line) == pytest.approx(26.5)
    assert (found.reports, found.ignored, found.lead) == (4, 3, account("a0"))
    assert len(found.leaders) == LEADERS
    assert [float(leader.bits) for leader in found.leaders[:2]] == pytest.approx([20.0, 19.0])
    assert [float(leader.robust) for leader in found.leaders[:2]] == pytest.approx([0.0, 1.0])
    assert [leader.more for leader in found.leaders[:3]] == [None, 6, None]
    assert found.all_access == (account("svc"),)
    assert found.aliases == ((LeafIndex(7), (account("a0"),)),)
