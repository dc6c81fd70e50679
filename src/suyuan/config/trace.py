"""`policy/trace.toml`: how access sets are judged; the policy's digest, which the ledger binds, covers it."""

from suyuan.config.table import Document
from suyuan.terms import Probability
from suyuan.trace.sets.rule import SetRule

TRACE_FILE = "trace.toml"


def read_trace(document: Document) -> SetRule:
    """Read the table `[sets]` of the file; where it says nothing the defaults hold.

    Raises: RefusedError: what is wrong with it, with line and key.
    """
    table, plain = document.table(), SetRule()
    sets = table.inner("sets")
    table.end()
    rule = SetRule(
        alpha=Probability(sets.number("alpha", float(plain.alpha), least=1e-12, most=0.5)),
        gamma=sets.number("gamma", plain.gamma, least=8, most=1_000_000),
        all_access=sets.number("all_access", plain.all_access, least=0.01, most=1),
        stand_out=Probability(sets.number("stand_out", float(plain.stand_out), least=1e-6, most=0.5)),
        rivals=sets.whole("rivals", plain.rivals, least=2, most=64),
        regions=sets.take("regions", bool, plain.regions),
        queues=sets.take("queues", bool, plain.queues),
        reports_alpha=Probability(sets.number("reports_alpha", float(plain.reports_alpha), least=1e-12, most=0.5)),
    )
    sets.end()
    return rule
