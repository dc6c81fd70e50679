"""Lists: a page of the persons whom an account's open cases link to it, every one of them in the ledger.

One batch entry a page names every person by her label. A list has no aliases, decoys or omissions: who works from it must
be able to rely on it; its marks are the spellings alone, drawn row by row from keys of the list's own.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from suyuan.hold.ports import CaseLink
from suyuan.hold.predicate import EVERYTHING, CaseColumn, Comparison, Operator, Predicate
from suyuan.release.door import Door
from suyuan.release.gathering import account_facts
from suyuan.release.grants import Ask
from suyuan.release.listed_rows import ledger_rows, show_rows
from suyuan.release.released import ListedRow, ReleasedList
from suyuan.release.rendering import digest_of_rows
from suyuan.release.request import ListRequest

MOST_ROWS: Final = 500
"""Rows of one page where no grant says fewer."""


def list_cases(door: Door, *, request: ListRequest) -> ReleasedList:
    """Let an account see a page of its open cases' persons.

    Raises: RefusedError: a check said no, or withheld everybody; the refusal is in the ledger. UnavailableError: the
        ledger cannot be written; nothing was let out.
    """
    admission = door.admit(request)
    most = admission.asked.decision.limits.rows
    count = min(request.count, MOST_ROWS, MOST_ROWS if most is None else most)
    links = _links(door, request=request, count=count)
    page, after = _cut(links, count=count)
    if not page:
        return ReleasedList(receipt=None, rows=(), after=after)
    persons = np.array([link.person for link in page], dtype=np.int64)
    admission, keep = door.sort_out(admission, persons=persons)
    records = {record.person: record for record in door.people.records(np.unique(persons[keep]).tolist())}
    held = set(np.array(list(records), dtype=np.int64)[door.broker.secrets_held(list(records))].tolist())
    kept = [link for link, is_kept in zip(page, keep.tolist(), strict=True) if is_kept and int(link.person) in held]
    if not kept:
        return ReleasedList(receipt=None, rows=(), after=after, withheld=admission.withheld)
    rows = [records[link.person] for link in kept]
    ledgered = ledger_rows(door, admission=admission, records=rows)
    digest, state = bytes(32), "failed"
    try:
        shown = show_rows(door, ledgered=ledgered, records=rows)
        digest, state = digest_of_rows(shown), "handed"
    finally:
        door.conclude(ledgered.receipt, digest=digest, state=state)
    listed = [ListedRow(case=link.case, fields=fields) for link, fields in zip(kept, shown, strict=True)]
    return ReleasedList(receipt=ledgered.receipt, rows=listed, after=after, withheld=admission.withheld)


def _links(door: Door, *, request: ListRequest, count: int) -> Sequence[CaseLink]:
    """Give the account's open links that the grants let it list, about one page and one case more."""
    grants, now = door.policy.grants, door.now()
    predicate = EVERYTHING
    if grants.asked:
        asked = Ask(
            roles=request.roles, purpose=request.purpose, act=request.act, now=now, account=account_facts(request)
        )
        predicate = grants.where(asked)
    if request.queue is not None:
        only = Comparison(CaseColumn.QUEUE, Operator.EQUAL, request.queue)
        predicate = Predicate(tuple((*every, only) for every in predicate.any_of))
    return door.people.cases_where(
        predicate, account=request.account, open_at=now, after=request.after, count=count + 1
    )


def _cut(links: Sequence[CaseLink], *, count: int) -> tuple[list[CaseLink], str]:
    """Give the links of a page, whole cases, and where the next one begins; a case with more links than a page is a page."""
    if len(links) <= count:
        return list(links), ""
    last = links[count].case
    page = [link for link in links if link.case < last] or [link for link in links if link.case <= last]
    return page, page[-1].case
