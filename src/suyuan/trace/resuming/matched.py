"""What a matcher found, kept: of the very same rows and persons it finds the same."""

from io import BytesIO

import polars as pl

from suyuan.trace.engines.portion import packed
from suyuan.trace.ports import FuzzyMatcher
from suyuan.trace.resuming.unfinished import Part, Unfinished, table_digest


class KeptMatcher:
    """A matcher that is asked once for the same rows and persons; an answer that was kept is what it would say.

    Test: tests/unit/trace/test_whole_reading.py, tests/faults/test_trace_crash.py.
    """

    def __init__(self, matcher: FuzzyMatcher, *, unfinished: Unfinished) -> None:
        self._matcher = matcher
        self._unfinished = unfinished

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        """See `ports.FuzzyMatcher`."""
        of = {"matcher": type(self._matcher).__name__, "rows": table_digest(residual), "people": table_digest(people)}
        work = self._unfinished.work("matched", of=of)
        kept = work.part(0)
        if kept is not None:
            self._unfinished.tell(f"{residual.height:,} rows without an identifier were matched already")
            return pl.read_ipc(BytesIO(kept.bodies[0]))
        found = self._matcher.match(residual, people=people)
        work.put(0, Part(header={}, bodies=(packed(found),)))
        return found
