"""Records in XML: any element of named leaves, table by table. No entity but the named characters of HTML is known."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from suyuan.crypto.canonical import Json
from suyuan.trace.columns.headers import hint_of
from suyuan.trace.columns.synonyms import Met
from suyuan.trace.files.coded import of_base64
from suyuan.trace.files.records import CELL_CHARACTERS
from suyuan.trace.files.source import Source
from suyuan.trace.formats.markup import Parser, parsed
from suyuan.trace.formats.rows import Odd, Part, Record, Text, laid_out, no_rows

DEPTH_AT_MOST: Final = 100
TABLES_AT_MOST: Final = 100
PATHS_AT_MOST: Final = 10_000
NAMING: Final = ("name", "field", "key")
"""Attributes that name a leaf, as phpMyAdmin's `<column name=...>` and mysqldump's `<field name=...>` do."""


BESIDE_NAMES: Final = frozenset(
    "type class length size null nil datatype encoding key default extra collation privileges comment".split()
)
"""Attributes that may stand beside one that names a leaf."""

KEYS: Final = frozenset({"key", "dt"})
VALUES: Final = frozenset({"string", "integer", "real", "date", "data", "dd"})
"""Elements that hold the name of the next, and such as come next: of a property list, of a page's list of terms."""

BREAKS: Final = frozenset({"br", "hr", "wbr"})
FOREIGN: Final = re.compile(r"<(/?)(?=[^\x00-\x7f])")
FOREIGN_MARK: Final = "zh."
LABEL: Final = re.compile(r"^(?P<name>[^\s:：]{1,12})\s?[:：]\s*(?P<value>[^:：]*[^:：\s])$")


@dataclass(slots=True)
class Element:
    """An element under way: its leaves, and the elements of leaves within it, each under its path.

    `is_list`: those are records of their own, for two of one tag or with the same leaves were met. `path` says in what
    elements it stands. `is_named`: it bears the name of what it holds. `key` is the name of the next leaf, where
    names and values are elements by turns.
    """

    name: str
    path: str
    leaves: dict[str, str]
    attributes: dict[str, str]
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    is_list: bool = False
    is_leaf: bool = True
    is_named: bool = False
    is_base64: bool = False
    key: str = ""
    text: list[str] = field(default_factory=list)
    size: int = 0

    def put(self, name: str, value: str) -> None:
        """Take a leaf; one of a name that is there already gets a number."""
        key, self.key = self.key, value if name in KEYS else ""
        if name in KEYS:
            return
        if key and name not in VALUES:
            self.leaves.setdefault("key", key)
        name = key if key and name in VALUES else name
        if (label := LABEL.match(value)) is not None and hint_of(label["name"]):
            # What a page shows of somebody is labelled; its tags say nothing.
            name, value = label["name"], label["value"]
        self.leaves.setdefault(name if name not in self.leaves else f"{name} 2", value)

    def record(self) -> dict[str, str]:
        """Give the leaves with those of the elements within, if these are parts of one record."""
        whole = dict(self.leaves)
        for path, leaves in self.groups.items() if not self.is_list else ():
            for name, value in leaves.items():
                whole.setdefault(name if name not in whole else f"{path.rpartition('/')[2]}.{name}", value)
        return whole


class RecordParser(Parser[tuple[str, dict[str, str]] | Odd]):
    """Gathers elements that hold named leaves, each with the path of elements in which it stands.

    Elements of leaves within one another are one record, unless several are alike: then each is one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Element] = [Element("", "", {}, {})]
        self._alone: tuple[str, dict[str, str]] | None = None
        """An element of attributes alone that stands in no other: of a second of the kind both are records."""

    def feed(self, data: str) -> None:
        """Read a piece of the text; the names of elements may be Chinese, which HTML's may not."""
        super().feed(FOREIGN.sub(rf"<\1{FOREIGN_MARK}", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; its attributes are leaves of it unless one of them is its name."""
        if len(self._open) > DEPTH_AT_MOST:
            return
        tag = tag.removeprefix(FOREIGN_MARK)
        if tag in BREAKS:
            self.handle_data(" ")
            return
        named = next((value for name, value in attrs if name in NAMING and value), None)
        if any(name not in NAMING and name not in BESIDE_NAMES and ":" not in name for name, _ in attrs):
            # A person's own attributes, of which one is a name.
            named = None
        parent = self._open[-1]
        parent.is_leaf = False
        own = named if named is not None and tag not in ("table", "database") else tag
        told = f"{tag} {named}" if named is not None and "table" in tag else tag
        self._open.append(
            Element(
                own,
                f"{parent.path}/{told}",
                {},
                {} if named is not None else {name: value for name, value in attrs if value and ":" not in name},
                is_named=own is not tag,
                is_base64=any("base64" in (value or "").lower() for _, value in attrs),
            )
        )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content, whose attributes may be the record."""
        self.handle_starttag(tag, attrs)
        if tag not in BREAKS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element: a leaf goes to its parent, as does a group of leaves that has no like there."""
        if len(self._open) < 2 or tag in BREAKS:
            return
        element, parent = self._open.pop(), self._open[-1]
        text = "".join(element.text).strip()[:CELL_CHARACTERS]
        text = (of_base64(text) if element.is_base64 else None) or text
        if element.is_leaf and (text or not element.attributes):
            parent.put(element.name, text)
            for name, value in element.attributes.items():
                parent.leaves.setdefault(f"{element.name}.{name}", value)
            return
        alike = {name.partition(" ")[0] for name in element.leaves}
        if element.is_named and len(alike) == 1 and not element.groups and not element.is_list:
            # A name and, in elements of their own, its values.
            for value in element.leaves.values():
                parent.put(element.name, value)
            return
        if len(self._open) > 1 or element.leaves or element.groups or self._is_again(element):
            # What the root says of the whole document is nobody's.
            element.leaves = element.attributes | element.leaves
        leaves = element.record()
        if any(leaves.values()):
            self._group(leaves, of=element, parent=parent)

    def _is_again(self, element: Element) -> bool:
        """Say whether an element of attributes alone is the second of its kind that stands in no other."""
        first, self._alone = self._alone, (element.path, element.attributes)
        if first is None or first[0] != element.path:
            return False
        if first[1]:
            self.rows.append(first)
        self._alone = (element.path, {})
        return True

    def _group(self, leaves: dict[str, str], *, of: Element, parent: Element) -> None:
        if not parent.is_list:
            alike = (of.path == path or leaves.keys() == held.keys() for path, held in parent.groups.items())
            parent.is_list = any(alike)
            if parent.is_list:
                self.rows.extend(parent.groups.items())
                parent.groups.clear()
        if parent.is_list:
            self.rows.append((of.path, leaves))
        else:
            parent.groups[of.path] = leaves

    def handle_data(self, data: str) -> None:
        """Take a leaf's text."""
        element = self._open[-1]
        if element.is_leaf and element.size < CELL_CHARACTERS:
            element.text.append(data)
            element.size += len(data)

    def close(self) -> None:
        """Give what a document that is one record, or one that breaks off, still holds."""
        super().close()
        while len(self._open) > 1:
            self.handle_endtag("")
        if leaves := self._open[0].record():
            self.rows.append(("", leaves))


def xml_records(text: Text) -> Iterator[Record]:
    """Give the records of an XML document, whatever table they stand in."""
    for found in parsed(RecordParser(), text=text):
        yield found if isinstance(found, Odd) else found[1]


@dataclass(slots=True)
class Table:
    """Records that stand in like elements: in what, and their keys."""

    paths: list[str] = field(default_factory=list)
    met: Met = field(default_factory=Met)

    def has(self, record: Mapping[str, str], *, path: str) -> bool:
        """Say whether a record of other elements is of the table: half of all leaves in common, and no other name of a table."""
        keys = self.met.values.keys()
        is_like = len(keys & record.keys()) * 2 >= len(keys | record.keys())
        return is_like and names_of(path) == names_of(self.paths[0])


def xml_parts(text: Text, *, source: Source) -> list[Part]:
    """Give the tables of an XML document, after a look at all of it."""

    def every_table() -> Json:
        return [[[*table.paths], [[*group] for group in table.met.groups()]] for table in tables_of(text)]

    kept = source.found("elements", of={"codecs": list(text.codecs)}, make=every_table)
    tables = [(texts(paths), [texts(group) for group in listed(groups)]) for paths, groups in map(listed, listed(kept))]
    others = frozenset(path for paths, _ in tables[1:] for path in paths)
    parts: list[Part] = []
    for paths, groups in tables:
        told = frozenset(paths) if parts else others
        records = partial(table_records, text, paths=told, is_first=not parts)
        laid = laid_out(Part(name=shown(paths[0]), names=None, rows=no_rows, records=records), groups=tuple(groups))
        parts.append(replace(laid, records=None))
    return parts


def listed(value: Json) -> list[Json]:
    """Give a list of what was kept."""
    return value if isinstance(value, list) else []


def texts(value: Json) -> tuple[str, ...]:
    """Give the texts of a list that was kept."""
    return tuple(map(str, listed(value)))


def names_of(path: str) -> list[str]:
    """Give the names of the tables in which something stands."""
    return [step.partition(" ")[2] for step in path.split("/") if " " in step]


def shown(path: str) -> str:
    """Give the name of a table: that of the element around its records, or of these."""
    return next(reversed(names_of(path)), path.rpartition("/")[2] or "records")


def tables_of(text: Text) -> list[Table]:
    """Give the tables of an XML document with the keys of all their records."""
    tables: list[Table] = []
    of: dict[str, Table] = {}
    for found in parsed(RecordParser(), text=text):
        if isinstance(found, Odd):
            continue
        path, record = found
        table = of.get(path)
        if table is None and (len(of) < PATHS_AT_MOST or not tables):
            table = next((one for one in tables if one.has(record, path=path)), None)
            if table is None and len(tables) < TABLES_AT_MOST:
                table = Table()
                tables.append(table)
            if table is not None:
                of[path] = table
                table.paths.append(path)
        (table or tables[0]).met.take(record)
    return tables


def table_records(text: Text, *, paths: frozenset[str], is_first: bool) -> Iterator[Record]:
    """Give the records of one table.

    Args:
        paths: of its elements; of all other tables' where it is the first.
        is_first: it is; with it come those that cannot be read at all.
    """
    for found in parsed(RecordParser(), text=text):
        if isinstance(found, Odd):
            if is_first:
                yield found
        elif (found[0] in paths) != is_first:
            yield found[1]
