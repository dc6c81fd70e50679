"""Results of a long run, one line each as they come, so that a stop loses nothing; those of another version of the code are passed over."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any


def version_of(folders: Sequence[str]) -> str:
    """Give a digest of the sources in some folders or files of `src/suyuan`, and of the benchmarks that make their data."""
    root, here = Path(__file__).parent.parent / "src" / "suyuan", Path(__file__).parent
    files = [*here.glob("set_cases.py"), *(f for name in folders for f in _sources(root / name))]
    digest = sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class KeptResults:
    """A file of results by key; without a file they are kept in memory alone."""

    def __init__(self, file: Path | None, *, version: str) -> None:
        """Read what is there of this version; a line that was cut short is passed over."""
        self._file, self._version = file, version
        self._found: dict[str, dict[str, Any]] = {}
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue
                if row["version"] == version:
                    self._found[row["key"]] = row["result"]

    def __contains__(self, key: str) -> bool:
        """Say whether the result of a key is there."""
        return key in self._found

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Give the result of a key."""
        return self._found[key]

    def add(self, key: str, result: dict[str, Any]) -> None:
        """Keep a result."""
        self._found[key] = result
        if self._file is not None:
            with self._file.open("a") as out:
                out.write(json.dumps({"version": self._version, "key": key, "result": result}) + "\n")


def _sources(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))
