"""JSON that is not one flat object a line: arrays, objects over several lines or within one another, exports of databases."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from suyuan.trace.columns.headers import HELD
from suyuan.trace.formats.json_spelling import DECODER, opened
from suyuan.trace.formats.json_stream import json_values
from suyuan.trace.formats.jsonl import is_text
from suyuan.trace.formats.rows import Odd, Record, Row, Text

LEAVES_AT_MOST: Final = 400
"""Values of one object that are looked at."""

DEPTH_AT_MOST: Final = 12

NAMES_AT_MOST: Final = 50

SHARED_LEAST: Final = 4
"""Objects and keys that all of them have, together, from which they are rows rather than parts of one."""

TURNED_CHARACTERS: Final = 64 << 20
"""The longest object of columns: it must be read whole before its first row is known."""

WRAPPED: Final = ("$oid", "$date", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$uuid")
"""How mongoexport writes a value with its type."""

REMARKED: Final = r"(?:\s|//[^\n]*+\n)*+"
OBJECT: Final = rf'\[{REMARKED}(?="?\{{)'
LIST: Final = rf"\[{REMARKED}(?=\[)"
ARRAY, ARRAY_OF_ARRAYS = re.compile(OBJECT), re.compile(LIST)
"""How a list of objects begins, be they written as text once more, and how one of lists."""

TOKEN = re.compile(r'"(?P<text>(?:[^"\\]|\\[\s\S])*+)(?:"\s*(?P<colon>:)?|\\?\Z)|(?P<open>[\[{])|(?P<close>[\]}])')
TURNED = re.compile(r'\{(?:\s*"[^"\n]*"\s*:\s*(?:"[^"\n]*"|[\w.+-]+)\s*,){0,8}\s*"[^"\n]*"\s*:\s*(?:\{|\[\s*[^\s\[{])')
"""How an object begins whose values are columns, or rows under a key each; what an answer says of itself may come before."""


def flat(value: object, *, prefix: str = "", into: dict[str, str] | None = None, depth: int = 0) -> dict[str, str]:
    """Give a JSON value as texts under dotted keys: `data.phone`, `phones.0`."""
    texts: dict[str, str] = {} if into is None else into
    value = as_it_is_now(opened(value))
    value = rich_text(value) if isinstance(value, list) and value else value
    if len(texts) >= LEAVES_AT_MOST or depth > DEPTH_AT_MOST:
        return texts
    match value:
        case dict():
            for key, inner in value.items():
                name = prefix if key in WRAPPED or (key == "_source" and not prefix) else f"{prefix}.{key}".strip(".")
                flat(inner, prefix=name, into=texts, depth=depth + 1)
        case list() | tuple():
            for place, inner in enumerate(value):
                flat(inner, prefix=f"{prefix}.{place}", into=texts, depth=depth + 1)
        case None:
            texts[prefix] = ""
        case bool():
            texts[prefix] = "true" if value else "false"
        case _:
            texts[prefix] = str(value)
    return texts


def rich_text(value: list[object]) -> object:
    """Give a message in pieces, some of them marked as numbers or mailboxes, as the one text that it is; else the list.

    Pieces are texts, or objects that say of what type their text is. A list of texts alone is several values.
    """
    if not any(isinstance(one, Mapping) for one in value):
        return value
    pieces = [one.get("text") if isinstance(one, Mapping) and "type" in one else one for one in value]
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if len(texts) == len(pieces) else value


def as_it_is_now(value: object) -> object:
    """Give an object that tells of a change, with what was before and what is after it, as it is after."""
    if not isinstance(value, Mapping) or not {"before", "after"} <= value.keys():
        return value
    states = (value["after"], value["before"])
    now = next((one for one in states if isinstance(one, Mapping)), None)
    if now is None or any(one is not None and not isinstance(one, Mapping) for one in states):
        return value
    return {"after": now, **{key: held for key, held in value.items() if key not in ("before", "after")}}


def record_of(value: object, *, text: str) -> Record:
    """Give the record of a decoded object, or of one that was written as text once more."""
    value = opened(value)
    if not isinstance(value, Mapping):
        return Odd(reason="json", text=text)
    record = flat(value)
    return record if is_text("".join((*record, *record.values()))) else Odd(reason="json", text=text)


INSIDE = re.compile(r"\.\d+(?=\.|$)")
"""The place of a value within a list, in its name."""

NAMED = re.compile(r"\.(?!\d+(?:\.|$))[^.]")
"""What follows that place where the list is of objects."""


def lists_around(name: str) -> tuple[str, ...]:
    """Give where the lists stand in which a value of this name is, the outermost first: `depts`, `depts.*.staff`."""
    return tuple(INSIDE.sub(".*", name[: found.start()]) for found in INSIDE.finditer(name))


def named_lists(names: Iterable[str]) -> list[str]:
    """Give where the lists of objects stand that are in no other list."""
    found = (INSIDE.search(name) for name in names)
    return list(dict.fromkeys(one.string[: one.start()] for one in found if one and NAMED.match(one.string, one.end())))


def is_in_grid(name: str) -> bool:
    """Say whether a value of this name stands in a list within a list: a row of cells, whose names stand elsewhere."""
    return any(not NAMED.match(name, found.end()) and found.end() < len(name) for found in INSIDE.finditer(name))


def listed_values(values: Iterable[object], *, path: str) -> Iterator[object]:
    """Give every value of the list that stands under a path within each of some values."""
    for value in values:
        if isinstance(value, Odd):
            yield value
            continue
        inner = under(value, path=path)
        if isinstance(inner, list):
            yield from inner


def under(value: object, *, path: str) -> object:
    """Give what stands within an object under a dotted path, or None."""
    value = opened(value)
    if isinstance(value, Mapping):
        if path in value:
            return opened(value[path])
        for key, inner in value.items():
            bare = "" if key == "_source" else f"{key}."
            if path.startswith(bare) and (found := under(inner, path=path[len(bare) :])) is not None:
                return found
    return None


def turned_records(value: object) -> list[dict[str, str]]:
    """Give the records of an object that holds columns instead of rows, or rows under their numbers; none of another.

    `{"name": [...], "phone": [...]}`, `{"name": {"0": ...}, "phone": {"0": ...}}` as pandas writes it, `{"1": {...}}`.
    """
    if not isinstance(value, Mapping):
        return []
    inner = {key: held for key, held in value.items() if isinstance(held, list | Mapping) and held}
    if len(inner) == 1 and len(value) <= 8:
        return turned_records(next(iter(inner.values())))
    lists = {key: held for key, held in inner.items() if isinstance(held, list) and not is_nested(held)}
    size = max(map(len, lists.values()), default=0)
    alike = {key: held for key, held in lists.items() if len(held) == size}
    if size > 1 and len(alike) > 1:
        return [{key: flat(held[row]).get("", "") for key, held in alike.items()} for row in range(size)]
    groups = [held for held in inner.values() if isinstance(held, Mapping)]
    shared = set(groups[0]).intersection(*groups) if groups else set()
    if len(groups) < 2 or len(groups) != len(inner) or not shared or len(groups) + len(shared) < SHARED_LEAST:
        return []
    if all(map(is_flat, groups)) and list(map(list, groups)) == [list(groups[0])] * len(groups):
        keys = list(groups[0])
        if all(key.isdigit() for key in keys):
            return [{key: flat(held[row]).get("", "") for key, held in inner.items()} for row in keys]
    return [flat(held) for held in groups]


def is_nested(held: Collection[object]) -> bool:
    """Say whether a list has lists or objects in it."""
    return any(isinstance(one, list | Mapping) for one in held)


def is_flat(held: Mapping[str, object]) -> bool:
    """Say whether an object has neither a list nor an object in it."""
    return not is_nested(held.values())


def turned_lines(text: Text, *, skip: int = 0) -> Iterator[Record]:
    """Give the records of a text that is one object of columns, or of rows under their numbers.

    Args:
        skip: characters before it.
    """
    whole = ""
    for piece in text.pieces():
        whole += piece
        if len(whole) > TURNED_CHARACTERS:
            return
    try:
        value, _ = DECODER.raw_decode(whole[skip:].lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return
    yield from turned_records(value)


def records_of(values: Iterable[object]) -> Iterator[Record]:
    """Give the records of decoded values; what only names the next document of a bulk request is none."""
    for value in values:
        if isinstance(value, Odd):
            yield value
        elif not is_action(value):
            yield record_of(value, text="")


ACTIONS: Final = frozenset({"index", "create", "update", "delete"})


def is_action(value: object) -> bool:
    """Say whether an object is a line of a bulk request that only names the document of the next one."""
    if not isinstance(value, Mapping) or len(value) != 1 or not value.keys() <= ACTIONS:
        return False
    [inner] = value.values()
    return isinstance(inner, Mapping) and all(key.startswith("_") or key == "retry_on_conflict" for key in inner)


def json_arrays(text: Text, *, skip: int, again: re.Pattern[str] | None = None) -> Iterator[Row]:
    """Give the cells of the arrays that follow one another from a place in the text, and of later lists of such."""
    for record in json_values(text, skip=skip, again=again):
        if isinstance(record, Odd):
            yield record
        elif not isinstance(record, list):
            yield Odd(reason="json", text="")
        else:
            cells = ["" if cell is None else " ".join(flat(cell).values()) for cell in record]
            yield cells if is_text("".join(cells)) else Odd(reason="json", text="")


def lists_in(head: str, *, form: re.Pattern[str]) -> dict[int, str]:
    """Give the lists that begin in a head and stand in no other list: the place of the first value of each, and its key.

    Args:
        form: how such a list begins.
    """
    found: dict[int, str] = {}
    around: list[str] = []
    lists = 0
    key = ""
    for token in TOKEN.finditer(head):
        if token["open"]:
            if token["open"] == "[" and not lists and (start := form.match(head, token.start())):
                found[start.end()] = key
            around.append(token["open"])
            lists += token["open"] == "["
        elif token["close"]:
            lists -= bool(around) and around.pop() == "["
        elif token["colon"]:
            key = token["text"]
    return found


SCRIPT = re.compile(
    r"(?:\s|/\*(?:[^*]|\*(?!/))*+\*/|//[^\n]*+\n)*+"
    r"(?:export\s+default|return|(?:var|let|const)\s+[\w$]+\s*=|[A-Za-z_$][\w$.]*(?:\[[\"'][\w$]+[\"']\])?\s*[=(])\s*(?=[{\[])"
)
"""What a program puts before its data: `callback(`, `var users =`, `window.STATE =`, `export default`."""

NAMES = re.compile(r'\[\s*("(?:[^"\\]|\\.){0,60}"(?:\s*,\s*"(?:[^"\\]|\\.){0,60}")*)\s*\]')


def names_in(head: str, *, width: int, is_known: Callable[[str], bool]) -> tuple[str, ...] | None:
    """Give the names of columns that stand in a list of texts beside lists of values; None where none does."""
    for found in islice(NAMES.finditer(head), NAMES_AT_MOST):
        try:
            names = DECODER.decode(found[0])
        except ValueError:
            continue
        if len(names) == width and not any(HELD.search(name) for name in names) and any(map(is_known, names)):
            return tuple(names)
    return None
