"""The survey: every part of a source looked at, what it holds, and what could not be read."""

from collections.abc import Callable
from dataclasses import dataclass, field

from suyuan.discovery.columns import ColumnFinding, ColumnTally
from suyuan.discovery.finding import What
from suyuan.discovery.headers import names_a_key
from suyuan.discovery.item_keys import ITEMS_OF
from suyuan.discovery.masking import masked
from suyuan.discovery.ports import ScanSource, TablePart, TextPart, UnreadPart
from suyuan.discovery.scanner import Scanner
from suyuan.errors import SuyuanError

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """One part and what it holds.

    Args:
        place: how a person finds it.
        rows: rows looked at; for text, the lines.
        total: rows it has, as far as is known.
        columns: the names of its columns, in order; none for text.
        findings: what its columns, or its text, hold.
        key: the column that most likely tells persons apart; empty where none does.
        relation: the name by which a query reaches it.
    """

    place: str
    rows: int
    total: int | None
    columns: tuple[str, ...]
    findings: tuple[ColumnFinding, ...]
    key: str = ""
    relation: str = ""


@dataclass(slots=True, kw_only=True)
class Survey:
    """All of it."""

    parts: list[Surveyed] = field(default_factory=list)
    unread: list[UnreadPart] = field(default_factory=list)

    def add(self, source: ScanSource, *, rows: int, scanner: Scanner, progress: Progress = lambda *_: None) -> None:
        """Look through a source.

        Args:
            rows: the most rows of one table; 0 for all.
        """
        for number, part in enumerate(source.parts(), start=1):
            progress("parts", number, number + 1)
            try:
                if isinstance(part, UnreadPart):
                    self.unread.append(part)
                elif isinstance(part, TablePart):
                    self.parts.append(_table(part, rows=rows, scanner=scanner))
                else:
                    self.parts.append(_text(part, scanner=scanner))
            except SuyuanError as error:
                # One damaged table must not hide the others; its line says which it is and why.
                self.unread.append(UnreadPart(place=part.place, reason=str(error)))

    @property
    def totals(self) -> dict[str, int]:
        """The cells or places that hold each thing, over all parts."""
        counts: dict[str, int] = {}
        for part in self.parts:
            for finding in part.findings:
                counts[finding.called] = counts.get(finding.called, 0) + finding.cells
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _table(part: TablePart, *, rows: int, scanner: Scanner) -> Surveyed:
    tallies: dict[str, ColumnTally] = {}
    seen = 0
    for batch in part.batches():
        if rows:
            batch = batch.head(rows - seen)
        seen += batch.height
        for name in batch.columns:
            tallies.setdefault(name, ColumnTally(name=name)).add(batch[name], scanner=scanner)
        if rows and seen >= rows:
            break
    findings = tuple(finding for tally in tallies.values() for finding in tally.findings())
    return Surveyed(
        place=part.place, rows=seen, total=part.rows, columns=tuple(tallies), findings=findings,
        key=_key(part, tallies=tallies, rows=seen), relation=part.relation,
    )  # fmt: skip


def _key(part: TablePart, *, tallies: dict[str, ColumnTally], rows: int) -> str:
    """Give the column that tells persons apart: the owner's single key, or one called so whose cells all differ."""
    if len(part.key) == 1 and part.key[0] in tallies:
        return part.key[0]
    for name, tally in tallies.items():
        if names_a_key(name) and rows and tally.filled == rows and tally.distinct_sample == rows:
            return name
    return ""


def _text(part: TextPart, *, scanner: Scanner) -> Surveyed:
    counts: dict[What, int] = {}
    samples: dict[What, str] = {}
    sure: dict[What, float] = {}
    lines = 0
    for block in part.blocks():
        lines += block.count(b"\n") + (not block.endswith(b"\n"))
        for finding in scanner.scan(block):
            what = finding.what
            counts[what] = counts.get(what, 0) + 1
            sure[what] = sure.get(what, 0.0) + finding.confidence
            if what not in samples:
                samples[what] = masked(what, block[finding.start : finding.end].decode("utf-8", errors="replace"))
    findings = tuple(
        ColumnFinding(
            column="", what=what, items=ITEMS_OF[what], cells=count, share=count / max(1, lines),
            confidence=round(sure[what] / count, 2), sample=samples[what], by="inside the text",
        )
        for what, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )  # fmt: skip
    return Surveyed(place=part.place, rows=lines, total=None, columns=(), findings=findings)
