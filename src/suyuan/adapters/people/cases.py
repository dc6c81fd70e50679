"""Cases: which account works on which person, from when until when, in which queue and region."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from suyuan.adapters.people.engine import Engine, Row
from suyuan.adapters.people.times import from_ms, maybe_ms, maybe_time, to_ms
from suyuan.hold.case_links import CaseLinks
from suyuan.hold.ports import CaseLink
from suyuan.hold.predicate import Predicate, Style
from suyuan.terms import AccountId, CaseId


class Cases(Engine):
    """The verbs of `PeopleStore` about cases."""

    _style: Style
    """How the database marks the parameters of a predicate."""

    _gives_whole_cases: bool
    """Whether `cases_where` gives the last case whole by itself."""

    def add_cases(self, links: Sequence[CaseLink]) -> None:
        """Store or update cases; all or none. Of two links of one case, account and person the later one stays."""
        last = {(link.case, link.account, link.person): link for link in links}
        with self.writing() as writes:
            writes.run_each("save_case", (_row(link) for link in last.values()))

    def cases(self, case: CaseId) -> tuple[CaseLink, ...]:
        """Give the links of a case: one per account and person."""
        return _links(self.rows("cases_among", (self.listed([case]),)))

    def cases_among(self, cases: Sequence[CaseId]) -> Sequence[CaseLink]:
        """Give all links of several cases at once, by case, account and person."""
        return _links(self.rows("cases_among", (self.listed(sorted(set(cases))),))) if cases else ()

    def case_places(self) -> Sequence[tuple[int, str, str]]:
        """Give person, queue and region of every case, open or closed, each once, by person."""
        return [(int(person), str(queue), str(region)) for person, queue, region in self.rows("case_places")]

    def cases_where(
        self,
        predicate: Predicate,
        *,
        account: AccountId | None,
        open_at: datetime,
        after: str,
        count: int,
    ) -> CaseLinks:
        """Give links that a predicate allows, open at a time, by case, account and person; see `PeopleStore`."""
        at_ms = to_ms(open_at)
        condition, values = predicate.sql(self._style)
        if account is not None:
            condition, values = (
                f"{condition} AND account = {'?' if self._style == 'qmark' else '%s'}",
                [*values, account],
            )
        found = self.choose(
            "cases_where", condition=condition, values=values, before=(after, at_ms, at_ms), after=(count,)
        )
        if found and len(found) == count and not self._gives_whole_cases:
            # The last case is given whole: the next page begins behind it.
            found += self.choose(
                "rest_of_case", condition=condition, values=values, before=(*found[-1][:3], at_ms, at_ms)
            )
        return CaseLinks(found, make=_link)


def _row(link: CaseLink) -> tuple[object, ...]:
    times = to_ms(link.opened), maybe_ms(link.closed)
    return link.case, link.account, int(link.person), *times, link.queue, link.region


def _links(rows: Iterable[Row]) -> tuple[CaseLink, ...]:
    return tuple([_link(row) for row in rows])


def _link(row: Row) -> CaseLink:
    case, account, person, opened, closed, queue, region = row
    return CaseLink(
        case=case,
        account=account,
        person=person,
        opened=from_ms(opened),
        closed=maybe_time(closed),
        queue=queue,
        region=region,
    )
