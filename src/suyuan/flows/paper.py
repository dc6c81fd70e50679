"""What the report of a trace shows beside its attribution, gathered from the store."""

from dataclasses import dataclass
from math import log

from suyuan.flows.reports import Lead, Reports
from suyuan.ledger.log import Ledger
from suyuan.terms import Bits
from suyuan.trace.naming.dating import Changes
from suyuan.trace.naming.timeline import Timeline, timeline_of
from suyuan.trace.naming.tracer import Traced
from suyuan.trace.report import Beside, Leader, ReportsFound, shown_over_time

_TWO = log(2)

LEADERS = 8
"""Recipients that victims' reports lead to, in the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperParts:
    """Gathers what a report needs. `reports` is None where nobody asks for what victims say."""

    ledger: Ledger
    people: Changes
    reports: Reports | None = None

    def beside(self, traced: Traced) -> Beside:
        """Give who signs the ledger, when the shown recipients were released copies, and where reports lead."""
        return Beside(
            fingerprint=self.ledger.key.verify_key.fingerprint,
            timeline=self.timeline(traced),
            reports=self._reports(),
        )

    def timeline(self, traced: Traced) -> Timeline:
        """Give when the shown recipients were released copies, and when the file can have been copied."""
        shown = shown_over_time(traced.attribution)
        return timeline_of(traced, log=self.ledger, recipients=shown, people=self.people)

    def _reports(self) -> ReportsFound | None:
        """Give where victims' reports lead; None where nobody has filed any."""
        filed = () if self.reports is None else self.reports.filed()
        if self.reports is None or not filed:
            return None
        return reports_found(self.reports.lead(filed))


def reports_found(lead: Lead) -> ReportsFound:
    """Give a lead as a report shows it: in bits, nearest first."""
    more = {recipient: settling.more for recipient, settling, _ in lead.settling}
    return ReportsFound(
        reports=lead.reports,
        ignored=sum(lead.not_counted.values()),
        line=Bits(lead.line / _TWO),
        lead=lead.lead,
        leaders=tuple(
            Leader(
                recipient=recipient,
                hits=one.hits,
                bits=Bits(one.log_e / _TWO),
                robust=Bits(one.robust / _TWO),
                more=more.get(recipient) or None,
            )
            for recipient, one, _ in lead.leading[:LEADERS]
        ),
        all_access=lead.all_access,
        aliases=tuple(
            (called.report, tuple(dict.fromkeys(recipient for _, recipient in called.releases)))
            for called in lead.aliases
        ),
    )
