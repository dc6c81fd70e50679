"""What every section of a report is written with: texts, numbers of figures and tables, the facts at its head."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from suyuan.legible import printable
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report import story
from suyuan.trace.report.beside import Beside
from suyuan.trace.report.cells import COLUMNS
from suyuan.trace.report.document import file_name
from suyuan.trace.report.figures import Count
from suyuan.trace.report.messages import Catalogue, isolated
from suyuan.trace.report.paper import Block, Figure, Pairs, Para, Sheet
from suyuan.trace.report.summary import Summary


@dataclass(kw_only=True)
class Writer:
    """One report in the making: what it is about, and how many figures and tables it has so far.

    `numbers`: of the sections, by their keys.
    """

    attribution: Attribution
    beside: Beside
    catalogue: Catalogue
    summary: Summary
    bundle: str | None
    written_at: datetime
    figures: int = 0
    sheets: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def t(self, key: str, **figures: object) -> Markup:
        """Give a text of the catalogue."""
        return self.catalogue.markup(key, **figures)

    @property
    def origin(self) -> str:
        """The ledger's origin, safe to read."""
        return isolated(printable(self.attribution.origin))

    @property
    def file_shown(self) -> str:
        """The dump's file name, safe to read."""
        return file_name(self.attribution.dump.name)

    def figure(self, svg: Markup, caption: Markup) -> Figure:
        """Give a picture its number."""
        self.figures += 1
        return Figure(number=self.figures, svg=svg, caption=caption, alt=str(caption.striptags()))

    def sheet(
        self, kind: str, *, caption: Markup, rows: tuple[tuple[bool, tuple[str, ...]], ...], texts: int = 1
    ) -> Sheet:
        """Give a table its number and the heads of its columns."""
        self.sheets += 1
        heads = tuple(self.t(f"column.{column}") for column in COLUMNS[kind])
        return Sheet(number=self.sheets, caption=caption, columns=heads, rows=rows, texts=texts)

    def facts(self) -> Pairs:
        """Give what the report is about, at its head."""
        attribution, t = self.attribution, self.t
        entry, opened = Count(attribution.opened), story.moment(attribution.opened_at)
        fingerprint = self.beside.fingerprint
        facts = [
            (t("fact.file"), Markup.escape(isolated(self.file_shown))),
            (t("fact.file_hash"), Markup.escape(attribution.dump.sha256.hex())),
            (t("fact.file_size"), t("fact.bytes", n=Count(attribution.dump.size_bytes))),
            (t("fact.ledger"), Markup.escape(self.origin)),
            *([(t("fact.fingerprint"), Markup.escape(fingerprint))] if fingerprint else []),
            (t("fact.opened"), t("fact.opened_at", entry=entry, time=opened)),
            (
                t("fact.bundle"),
                t("fact.no_bundle") if self.bundle is None else Markup.escape(isolated(self.bundle)),
            ),
            (t("fact.written"), Markup.escape(story.moment(self.written_at))),
        ]
        return Pairs(pairs=tuple(facts), style="facts")

    def propositions(self, first: Markup, second: Markup) -> Pairs:
        """Give two propositions under their names."""
        pairs = ((self.t("question.first"), first), (self.t("question.second"), second))
        return Pairs(pairs=pairs, style="propositions")


def plain(lines: story.Lines) -> Iterator[Block]:
    """Give a paragraph for each line."""
    return (Para(text=line) for line in lines)
