"""Where a reader stands in a text: as plain values, so that another process can go on there."""

from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """So many pieces of a text are read; of them a reader holds `before`, and gives `rows` rows again before it goes on.

    A piece is what a reader asks for at a time: a block of lines, or of text of any cut. The same file gives the same pieces.
    """

    pieces: int = 0
    before: str = field(default="", repr=False)
    rows: int = 0

    def document(self) -> dict[str, Any]:
        """Give the place as plain values. Any: the values are those of JSON."""
        return {"pieces": self.pieces, "before": self.before, "rows": self.rows}


START: Final = Place()
