"""What is wrong with a policy: the first error stops a reading, and a check collects them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from suyuan.errors import RefusedError

Level = Literal["error", "warning"]


class PlacedError(RefusedError):
    """A refusal that knows its place: `policy/purposes.toml:12 [delivery]: ...`.

    Args:
        message: begins with the file's name.
        file: the file, as messages call it.
        line: from 1; 0 where the file as a whole is meant.
    """

    code = "config.policy"

    def __init__(self, message: str, *, file: str, line: int, code: str, hint: str = "") -> None:
        self.file, self.line = file, line
        self.said = message.removeprefix(file).lstrip(": ").strip()
        placed = f"{file}:{line}{message.removeprefix(file)}" if line and message.startswith(file) else message
        super().__init__(placed, code=code, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One finding of a check.

    Args:
        line: from 1; 0 where the file as a whole is meant.
        said: one sentence, without the place.
    """

    file: str
    line: int
    level: Level
    code: str
    said: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.said}"


@dataclass(slots=True)
class Problems:
    """Raises the first error; or, where it is to `collect`, keeps one of each table and cross-reference and goes on."""

    collect: bool = False
    found: list[Finding] = field(default_factory=list)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run a part of the reading: what it refuses is raised on, or collected."""
        try:
            yield
        except RefusedError as e:
            if not self.collect:
                raise
            self.found.append(_finding(e))

    def report(self, error: RefusedError) -> None:
        """Raise the error, or collect it."""
        with self.guard():
            raise error


def _finding(error: RefusedError) -> Finding:
    if isinstance(error, PlacedError):
        return Finding(
            level="error", file=error.file, line=error.line, code=error.code, said=error.said, hint=error.hint
        )
    return Finding(level="error", file="policy", line=0, code=error.code, said=str(error), hint=error.hint)
