"""TOML read strictly: every key is asked for or it is an error, and every error says file, line, table and key."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from suyuan.config.lines import Path as KeyPath
from suyuan.config.lines import line_index
from suyuan.config.problems import PlacedError, Problems
from suyuan.errors import RefusedError, UnavailableError

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)

LANGUAGES = ("en", "zh")
"""The languages in which texts for people can be given."""

_SAID: Mapping[type, str] = {
    str: "string",
    int: "whole number",
    float: "number",
    bool: "true or false",
    list: "list",
    dict: "table",
    date: "date such as 2027-01-31, without quotes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file as it was read: its values, and where each key stands."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    text: str = ""
    present: bool = False

    def line(self, path: Sequence[str | int]) -> int:
        """Give the line of a key, or of the nearest table around it that stands in the file."""
        for size in range(len(path), -1, -1):
            if tuple(path[:size]) in self.lines:
                return self.lines[tuple(path[:size])]
        return 0

    def error(self, said: str, *, at: Sequence[str | int], code: str, hint: str = "") -> PlacedError:
        """Give an error about a key of this file."""
        inner = [str(name) for name in at if isinstance(name, str)][:-1]
        table = f" [{'.'.join(inner)}]" if inner else ""
        return PlacedError(f"{self.name}{table}: {said}", file=self.name, line=self.line(at), code=code, hint=hint)

    def table(self) -> "Table":
        """Give the whole file as a table."""
        return Table(self.values, place=self.name, document=self)

    def each(self, read: Callable[[str, "Table"], Value], *, problems: Problems) -> dict[str, Value]:
        """Read every table of the file, by name; what cannot be read is reported and left out."""
        found: dict[str, Value] = {}
        for name, values in self.values.items():
            with problems.guard():
                if not isinstance(values, dict):
                    raise self.error(f"`{name}` is not a table", at=(name,), code="config.type")
                table = Table(values, place=f"{self.name} [{name}]", document=self, path=(name,))
                found[name] = read(name, table)
                table.end()
        return found


class Table:
    """One TOML table read strictly: every key is asked for, or it is an error that names file, line and key."""

    def __init__(
        self, values: Mapping[str, object], *, place: str, document: Document | None = None, path: KeyPath = ()
    ) -> None:
        self._values = dict(values)
        self._place = place
        self._document = document
        self.path = path

    def take(self, key: str, kind: type[Value], default: Value | None = None) -> Value:
        """Give the value at `key`, of exactly this type; the default where it is absent."""
        value = self._values.pop(key, default)
        if value is None:
            raise self.error(f"`{key}` is missing", code="config.missing")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"`{key}` is not a {_SAID[kind]}", key=key, code="config.type")
        return value

    def optional(self, key: str, kind: type[Value]) -> Value | None:
        """Give the value at `key`, or None where it is absent."""
        return self.take(key, kind) if key in self._values else None

    def whole(self, key: str, default: int | None = None, *, least: int = 0, most: int = 2**31) -> int:
        """Give a whole number within its range."""
        value = self.take(key, int, default)
        if not least <= value <= most:
            raise self.error(f"`{key}` lies in {least}..{most}", key=key, code="config.range")
        return value

    def optional_whole(self, key: str, *, least: int = 0, most: int = 2**31) -> int | None:
        """Give a whole number within its range, or None where it is absent."""
        return self.whole(key, least=least, most=most) if self.has(key) else None

    def number(self, key: str, default: float, *, least: float, most: float) -> float:
        """Give a number within its range."""
        value = self.take(key, float, default)
        if not least <= value <= most:
            raise self.error(f"`{key}` lies in {least:g}..{most:g}", key=key, code="config.range")
        return value

    def day(self, key: str) -> date | None:
        """Give a date without a time, or None where it is absent."""
        value = self._values.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(f"`{key}` is not a {_SAID[date]}", key=key, code="config.type")
        return value

    def strings(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give a list of strings, none twice."""
        values = self.take(key, list, list(default))
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"`{key}` is not a list of strings", key=key, code="config.type")
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise self.error(f"`{key}` says twice: {', '.join(twice)}", key=key, code="config.twice")
        return tuple(values)

    def mapping(self, key: str) -> dict[str, str]:
        """Give a table of strings; empty where it is absent."""
        values = self.take(key, dict, {})
        if not all(isinstance(value, str) for value in values.values()):
            raise self.error(f"`{key}` is not a table of strings", key=key, code="config.type")
        return dict(values)

    def titles(self, key: str = "title") -> dict[str, str]:
        """Give a text for people by language; a plain string is the same in every language."""
        value = self._values.get(key)
        if isinstance(value, str):
            del self._values[key]
            return dict.fromkeys(LANGUAGES, value)
        found = self.mapping(key)
        unknown = sorted(found.keys() - set(LANGUAGES))
        if unknown:
            raise self.error(f"`{key}` knows en and zh, not {', '.join(unknown)}", key=key, code="config.choice")
        return found

    def inner(self, key: str) -> "Table":
        """Give a table inside this one; empty where it is absent."""
        values = self.take(key, dict, {})
        return Table(values, place=f"{self._place} [{key}]", document=self._document, path=(*self.path, key))

    def choice(self, key: str, options: type[Choice], default: Choice | None = None) -> Choice:
        """Give one of an enumeration's values."""
        return self.chosen(self.take(key, str, None if default is None else default.value), options=options, key=key)

    def chosen(self, text: str, *, options: type[Choice], key: str, inner: str = "") -> Choice:
        """Give the option that a text at this key, or inside its value, names."""
        said = f"{key}.{inner}" if inner else key
        try:
            return options(text)
        except ValueError:
            known = ", ".join(option.value for option in options)
            raise self.error(
                f"`{said}`: {text!r} is none of {known}", key=key, inner=inner, code="config.choice"
            ) from None

    def has(self, key: str) -> bool:
        """Say whether the key is there and nobody asked for it yet."""
        return key in self._values

    def left(self) -> tuple[str, ...]:
        """Give the keys that nobody asked for yet."""
        return tuple(self._values)

    def end(self) -> None:
        """Require that nothing is left that nobody asked for."""
        if self._values:
            unknown = ", ".join(f"`{key}`" for key in sorted(self._values))
            raise self.error(f"unknown setting {unknown}", key=next(iter(self._values)), code="config.unknown")

    def error(self, said: str, *, code: str, key: str = "", inner: str = "", hint: str = "") -> PlacedError:
        """Give an error about a key of this table, with file and line."""
        path = (*self.path, *((key,) if key else ()), *((inner,) if inner else ()))
        line = 0 if self._document is None else self._document.line(path)
        file = self._place if self._document is None else self._document.name
        return PlacedError(f"{self._place}: {said}", file=file, line=line, code=code, hint=hint)


def choose(text: str, *, options: type[Choice], place: str) -> Choice:
    """Give the option that the text names, or refuse with the list of options."""
    try:
        return options(text)
    except ValueError:
        known = ", ".join(option.value for option in options)
        raise RefusedError(f"{place}: {text!r} is none of {known}", code="config.choice") from None


def read_document(path: Path, *, name: str, required: bool = True) -> Document:
    """Read a TOML file with its lines; one that need not be there is empty where it is absent.

    Raises: RefusedError `config.syntax`: not TOML, with the line. UnavailableError: missing, or not to be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not required:
            return Document(name=name)
        raise UnavailableError(f"there is no {path.name} in {path.parent}", code="store.missing") from None
    except UnicodeDecodeError:
        raise PlacedError(f"{name}: not TOML: it is not UTF-8 text", file=name, line=0, code="config.syntax") from None
    except OSError as e:
        raise UnavailableError(f"{path.name} cannot be read: {e.strerror}", code="store.unreadable") from e
    return parse_document(text, name=name)


def parse_document(text: str, *, name: str) -> Document:
    """Parse TOML with its lines.

    Raises: RefusedError `config.syntax`: not TOML.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        said, line = _where(str(e), text=text)
        raise PlacedError(f"{name}: not TOML: {said}", file=name, line=line, code="config.syntax") from e
    return Document(name=name, values=values, lines=line_index(text), text=text, present=True)


def _where(message: str, *, text: str) -> tuple[str, int]:
    """Cut the place out of the parser's message: `Invalid value (at line 3, column 7)`."""
    said, _, place = message.rpartition(" (at ")
    if not said:
        return message, 0
    if place.startswith("line "):
        return said, int(place.removeprefix("line ").partition(",")[0])
    return said, max(1, len(text.splitlines()))
