"""Lists: a page of the persons whom an account's open cases link to it, every one of them in the ledger.

One batch entry a page names every person by her label. A list has no aliases, decoys or omissions: who works from it must
be able to rely on it; its marks are the spellings alone, drawn row by row from keys of the list's own.
"""

from typing import Final

import numpy as np

from suyuan.errors import RefusedError
from suyuan.hold.case_links import CaseLinks
from suyuan.hold.predicate import EVERYTHING, CaseColumn, Comparison, Operator, Predicate
from suyuan.release.door import Door
from suyuan.release.gathering import ask_of
from suyuan.release.grants.limits import NO_LIMITS, Limits
from suyuan.release.group import group_of_held, markable
from suyuan.release.listed_rows import ledger_rows, show_rows
from suyuan.release.released import ListedRows, ReleasedList
from suyuan.release.request import ListRequest

MOST_ROWS: Final = 500
"""Rows of one page where no grant says fewer."""

_NO_ROWS: Final = ListedRows((), told=(), kinds={})


def list_cases(door: Door, *, request: ListRequest) -> ReleasedList:
    """Let an account see a page of its open cases' persons.

    Raises: RefusedError: a check said no, or withheld everybody; the refusal is in the ledger. UnavailableError: the
        ledger cannot be written; nothing was let out.
    """
    links, alike = _links(door, request=request)
    admission = door.admit(request, links=alike)
    page, after = _page(
        links[:0] if alike is None else alike, of=links, count=request.count, limits=admission.asked.decision.limits
    )
    if not page:
        return ReleasedList(receipt=None, rows=_NO_ROWS, after=after)
    persons = np.array(page.persons, dtype=np.int64)
    admission, keep = door.sort_out(admission, persons=persons)
    marked = markable(admission.asked)
    records = door.people.sealed_columns(persons[keep], fields=marked)
    places, found = records.places_of(persons)
    rows = np.flatnonzero(keep & found)
    group, held = group_of_held(persons[rows].tolist(), broker=door.broker)
    rows = rows[held]
    if not len(rows):
        return ReleasedList(receipt=None, rows=_NO_ROWS, after=after, withheld=admission.withheld)
    records = records.take(places[rows])
    ledgered = ledger_rows(door, admission=admission, records=records, group=group, marked=marked)
    digest, state = bytes(32), "failed"
    try:
        told, digest = show_rows(door, ledgered=ledgered, records=records)
        state = "handed"
    finally:
        door.conclude(ledgered.receipt, digest=digest, state=state)
    kinds = {name: door.policy.fields[name].kind for name in admission.asked.shown}
    cases = page.cases
    listed = ListedRows([cases[row] for row in rows.tolist()], told=told, kinds=kinds)
    return ReleasedList(receipt=ledgered.receipt, rows=listed, after=after, withheld=admission.withheld)


def list_digest(door: Door, *, request: ListRequest) -> bytes:
    """Give what an approval of a page is bound to: its account, purpose and fields, and the persons that are on it now.

    Raises: RefusedError `release.empty`: there is no open case to list.
    """
    links, alike = _links(door, request=request)
    if not alike:
        raise RefusedError(f"account {request.account} has no open case to list", code="release.empty")
    grants = door.policy.grants
    limits = grants.decide(ask_of(request, now=door.now(), link=alike[0])).limits if grants.asked else NO_LIMITS
    page, _ = _page(alike, of=links, count=request.count, limits=limits)
    return door.approval_digest(request, persons=page.persons, links=alike)


def _links(door: Door, *, request: ListRequest) -> tuple[CaseLinks, CaseLinks | None]:
    """Give the open cases from which a page is cut, and the first of them that are decided alike."""
    predicate = _predicate(door, request=request)
    links = door.people.cases_where(
        predicate,
        account=request.account,
        open_at=door.now(),
        after=request.after,
        count=min(request.count, MOST_ROWS) + 1,
    )
    return links, _decided_alike(door, request=request, links=links, predicate=predicate)


def _page(alike: CaseLinks, *, of: CaseLinks, count: int, limits: Limits) -> tuple[CaseLinks, str]:
    """Give the links of a page, and where the next one begins."""
    most = MOST_ROWS if limits.rows is None else limits.rows
    page, after = _cut(alike, count=min(count, most))
    if page and not after and len(alike) < len(of):
        after = page.cases[-1]  # What follows is decided otherwise, and is a page of its own.
    return page, after


def _predicate(door: Door, *, request: ListRequest) -> Predicate:
    """Give which cases the grants let the account list, of the queue it asks for."""
    grants, predicate = door.policy.grants, EVERYTHING
    if grants.asked:
        predicate = grants.where(ask_of(request, now=door.now(), link=None))
    if request.queue is not None:
        only = Comparison(CaseColumn.QUEUE, Operator.EQUAL, request.queue)
        predicate = Predicate(tuple((*every, only) for every in predicate.any_of))
    return predicate


def _decided_alike(door: Door, *, request: ListRequest, links: CaseLinks, predicate: Predicate) -> CaseLinks | None:
    """Give the first links up to where another grant decides: a page shows every row in the same way.

    None where no grant lets the account list anything, so that the checks say so.
    """
    grants = door.policy.grants
    if not grants.asked or not links:
        return links if predicate.any_of else None
    decisions = [grants.decide(ask_of(request, now=door.now(), link=link)) for link in links]
    alike = next((place for place, one in enumerate(decisions) if one.shown != decisions[0].shown), len(links))
    if alike < len(links):
        # A case is whole: the one that is decided otherwise begins the next page.
        cases = links.cases
        alike = cases.index(cases[alike]) or 1
    return links[:alike]


def _cut(links: CaseLinks, *, count: int) -> tuple[CaseLinks, str]:
    """Give the links of a page, whole cases, and where the next one begins; a case with more links than a page is a page."""
    if len(links) <= count:
        return links, ""
    cases = links.cases
    # The links of one case stand together.
    page = links[: cases.index(cases[count])] or links[: cases.count(cases[count])]
    return page, page.cases[-1]
