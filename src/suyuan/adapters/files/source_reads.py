"""How often suyuan itself has read each source, by day: kept beside the store, and known to nobody else."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

FILE: Final = "source_reads.json"


class SourceReads:
    """Counts reads of sources in a file of the store. A count that was lost makes `status` say more, never less."""

    def __init__(self, store: Path) -> None:
        """Take the store's folder."""
        self._path = store / FILE

    def add(self, source: str, *, at: datetime) -> None:
        """Count one more read; the store's lock is held."""
        counted = {name: dict(days) for name, days in self._read().items()}
        days = counted.setdefault(source, {})
        day = at.date().isoformat()
        days[day] = days.get(day, 0) + 1
        draft = self._path.with_suffix(".part")
        draft.write_text(json.dumps(counted, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(draft, self._path)

    def since(self, source: str, *, day: str) -> int:
        """Give how often a source was read from a day on.

        Args:
            day: an ISO date; empty: from the beginning.
        """
        return sum(count for at, count in self._read().get(source, {}).items() if at >= day)

    def _read(self) -> Mapping[str, Mapping[str, int]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {
            str(name): {str(day): count for day, count in days.items() if isinstance(count, int)}
            for name, days in found.items()
            if isinstance(days, dict)
        }
