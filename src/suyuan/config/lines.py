"""Where each key of a TOML file stands: the standard parser gives values without their lines.

Claim: for a text that `tomllib` accepts, every table and every key of it has the line on which it is written.
Test: tests/unit/config/test_lines.py, by hand and on every policy file of the project.
"""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]
"""Where a value is: names of tables and keys, and numbers of the items of arrays, from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_PLAIN = re.compile(r"[^,\]}\s#]+(?: [0-9][^,\]}\s#]*)?")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def line_index(text: str) -> Mapping[Path, int]:
    """Give the line of every table and key, from 1. The text is TOML: it was parsed before."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks once over TOML that is known to be valid, and remembers where keys begin."""

    def __init__(self, text: str) -> None:
        # A parser of TOML takes a carriage return before a newline for part of it.
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._found: dict[Path, int] = {(): 1}
        self._counted: dict[Path, int] = {}
        self._line, self._line_at = 1, 0

    def scan(self) -> Mapping[Path, int]:
        """Walk over the whole text."""
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._here("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._found

    def _header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; an array of tables counts its items."""
        line, many = self._lineno(), self._here("[[")
        self._at += 2 if many else 1
        names = self._dotted()
        self._at += 2 if many else 1
        path = self._resolve(names[:-1], line=line)
        if not many:
            path = self._resolve(names, line=line)
            self._found.setdefault(path, line)
            return path
        path = (*path, names[-1])
        self._found.setdefault(path, line)
        number = self._counted.get(path, -1) + 1
        self._counted[path] = number
        self._found[(*path, number)] = line
        return (*path, number)

    def _resolve(self, names: Sequence[str], *, line: int) -> Path:
        """Give the path of a header's name: a part that is an array of tables means its newest item."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            self._found.setdefault(path, line)
            if path in self._counted:
                path = (*path, self._counted[path])
        return path

    def _pair(self, table: Path) -> None:
        """Read `key = value`, and where a dotted key's tables begin."""
        line = self._lineno()
        path = table
        for name in self._dotted():
            path = (*path, name)
            self._found.setdefault(path, line)
        self._skip(_SPACE)
        self._at += 1
        self._skip(_SPACE)
        self._value(path)

    def _dotted(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            names.append(self._string() if self._text[self._at] in "\"'" else self._bare())
            self._skip(_SPACE)
            if not self._here("."):
                return names
            self._at += 1

    def _bare(self) -> str:
        found = _BARE.match(self._text, self._at)
        if found is None:
            raise ValueError("no TOML")
        self._at = found.end()
        return found[0]

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_PLAIN)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip(_BLANK)
            if self._here("]"):
                self._at += 1
                return
            if self._here(","):
                self._at += 1
                continue
            self._found[(*path, number)] = self._lineno()
            self._value((*path, number))
            number += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._here("}"):
                self._at += 1
                return
            if self._here(","):
                self._at += 1
                continue
            self._pair(path)

    def _string(self) -> str:
        """Read a string of any of the four kinds; only a key's text matters, and a key is on one line."""
        quote = self._text[self._at]
        long = self._here(quote * 3)
        end = quote * 3 if long else quote
        start = self._at = self._at + len(end)
        while not self._here(end):
            self._at += 2 if quote == '"' and self._here("\\") else 1
        body = self._text[start : self._at]
        self._at += len(end)
        # A long string may end in one or two quotes of its own.
        while long and self._here(quote):
            self._at += 1
        return _unescaped(body) if quote == '"' and not long else body

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _here(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _lineno(self) -> int:
        self._line += self._text.count("\n", self._line_at, self._at)
        self._line_at = self._at
        return self._line


def _unescaped(body: str) -> str:
    def one(found: re.Match[str]) -> str:
        return chr(int(found[0][2:], 16)) if found[0][1] in "uU" else _ESCAPES[found[0][1]]

    return re.sub(r'\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfr"\\])', one, body)
