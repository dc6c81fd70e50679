"""What a column holds: its cells by kind, what stands inside longer cells, and its name; each weighed with the others."""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from suyuan.discovery.finding import What
from suyuan.discovery.headers import Header, header
from suyuan.discovery.item_keys import ITEMS_OF
from suyuan.discovery.masking import masked
from suyuan.discovery.scanner import Scanner
from suyuan.kinds.column import kind_shares
from suyuan.terms import KindName

WHOLE: Final[dict[KindName, What]] = {what.kind: what for what in What if what.kind is not None}
_WITH_SHARES: Final = frozenset(WHOLE.values())
"""What `kind_shares` counts by whole cells; of anything else, a finding as long as its cell is a whole one."""
TELLING: Final = frozenset({What.RESIDENT_ID, What.EMAIL, What.PLATE, What.IP_ADDRESS, What.DEVICE})
"""What its cells alone tell; one in ten of any card-like numbers passes Luhn, and a short Han word may begin like a name."""

MOST: Final = 0.5
SOME: Final = 0.2
NAMES_ALONE: Final = 0.8
_TRIED: Final = 20
_LONGER: Final = 40
"""Cells of more characters are looked into as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFinding:
    """What a column holds.

    Args:
        column: its name; `where` tells whether whole cells are it or it stands inside them.
        what: None where only the name of the column tells the item.
        items: the items of the dictionary it may be.
        cells: cells that hold it, of those looked at.
        share: of the cells that are not empty.
        confidence: 0..1; shape, share and name together.
        sample: one value, masked.
        by: why: `content`, `name`, `content and name`, or `inside the text`.
    """

    column: str
    what: What | None
    items: tuple[str, ...]
    cells: int
    share: float
    confidence: float
    sample: str
    by: str

    @property
    def called(self) -> str:
        """What it is called where it is told: the thing, or the item that the column's name says."""
        return self.what.value if self.what is not None else self.items[0]


@dataclass(slots=True, kw_only=True)
class ColumnTally:
    """Counts one column, batch by batch; it keeps counts and one value a kind, never the cells."""

    name: str
    filled: int = 0
    empty: int = 0
    distinct_sample: int = 0
    _whole: dict[What, int] = field(default_factory=dict)
    _inside: dict[What, int] = field(default_factory=dict)
    _samples: dict[What, str] = field(default_factory=dict)
    _characters: int = 0
    _named_sample: str = ""

    def add(self, cells: pl.Series, *, scanner: Scanner) -> None:
        """Look at some cells."""
        text = cells.cast(pl.String, strict=False)
        filled = text.drop_nulls()
        filled = filled.filter(filled.str.strip_chars().str.len_chars() > 0)
        self.empty += text.len() - filled.len()
        if filled.is_empty():
            return
        self.filled += filled.len()
        self.distinct_sample += filled.n_unique()
        self._characters += int(filled.str.len_chars().sum())
        self._named_sample = self._named_sample or masked(None, str(filled[0]))
        for kind, share in kind_shares(filled).items():
            if share and kind in WHOLE:
                what = WHOLE[kind]
                self._whole[what] = self._whole.get(what, 0) + round(share * filled.len())
                if what not in self._samples:
                    shown = (masked(what, cell) for cell in filled.head(_TRIED).to_list())
                    self._samples[what] = next((text for text in shown if text != "***"), "***")
        self._look_inside(filled, scanner=scanner)

    def _look_inside(self, cells: pl.Series, *, scanner: Scanner) -> None:
        """Count the cells in which the scanner finds something: the cells are joined, one a line."""
        lines = cells.str.replace_all(r"[\r\n]+", " ").to_list()
        text = "\n".join(lines)
        if not text:
            return
        place, end = 0, len(lines[0])
        seen: set[tuple[int, What]] = set()
        for finding in scanner.scan(text):
            while finding.start > end:
                place += 1
                end += 1 + len(lines[place])
            if (place, finding.what) not in seen:
                seen.add((place, finding.what))
                self._inside[finding.what] = self._inside.get(finding.what, 0) + 1
                if finding.what not in _WITH_SHARES and finding.end - finding.start >= len(lines[place].strip()):
                    self._whole[finding.what] = self._whole.get(finding.what, 0) + 1
                self._samples.setdefault(finding.what, masked(finding.what, text[finding.start : finding.end]))

    def findings(self) -> list[ColumnFinding]:
        """Give what the column holds, the surest first."""
        if not self.filled:
            return []
        said = header(self.name)
        found = [f for f in (self._judged(what, said=said) for what in What) if f is not None]
        if (
            said is not None
            and not any(f.what is said.what for f in found)
            and (says := self._by_name(said)) is not None
        ):
            found = [f for f in found if f.share < MOST] + [says]
        whole = [f for f in found if f.share >= MOST and f.by != "inside the text"]
        if len(whole) > 1:
            best = max(whole, key=lambda f: (f.confidence, f.share))
            found = [f for f in found if f is best or f not in whole]
        return sorted(found, key=lambda f: -f.confidence)

    def _judged(self, what: What, *, said: Header | None) -> ColumnFinding | None:
        whole, inside = self._whole.get(what, 0), self._inside.get(what, 0)
        cells = max(whole, inside)
        if not cells:
            return None
        share, named = cells / self.filled, said is not None and said.what is what
        long = self._characters / self.filled > _LONGER
        if named and share >= SOME:
            confidence, by = min(0.99, 0.7 + 0.29 * share), "content and name"
        elif what is What.DATE_OF_BIRTH and not inside:
            return None
        elif inside and (long or inside > 2 * whole):
            confidence, by = 0.6 + 0.3 * min(1.0, share), "inside the text"
        elif share >= (NAMES_ALONE if what in (What.PERSON_NAME, What.BANK_CARD) else MOST):
            confidence, by = (
                (0.9 if what in TELLING or what in (What.PHONE, What.BANK_CARD) else 0.6) * share,
                "content",
            )
        elif what in TELLING or (inside and what is not What.BANK_CARD and share >= 0.01):
            confidence, by = 0.5, "content"
        else:
            return None
        return ColumnFinding(
            column=self.name, what=what, items=(said.items if named and said else ITEMS_OF[what]), cells=cells, share=share,
            confidence=round(confidence, 2), sample=self._samples.get(what, "***"), by=by,
        )  # fmt: skip

    def _by_name(self, said: Header) -> ColumnFinding | None:
        """Give what the name alone says; a name that the content could have borne out and did not says little."""
        if said.what is not None and said.what not in (What.LOCATION, What.DEVICE, What.PERSON_NAME):
            return None
        return ColumnFinding(
            column=self.name, what=said.what, items=said.items, cells=self.filled, share=1.0,
            confidence=0.4 if said.what is What.PERSON_NAME else 0.6, sample=self._named_sample, by="name",
        )  # fmt: skip
