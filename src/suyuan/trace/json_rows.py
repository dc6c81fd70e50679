"""JSON that is not one flat object a line: arrays, objects over several lines or within one another, exports of databases.

Objects are decoded one at a time from a window of the text, so neither the length of the array nor of a line matters.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from suyuan.trace.headers import HELD
from suyuan.trace.jsonl import is_text
from suyuan.trace.rows import Odd, Record, Row, Text

OBJECT_CHARACTERS: Final = 1 << 20
"""The longest object; what is longer is passed over as one row that could not be read."""

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

CALLS = re.compile(
    r"\b(?:new\s+)?(?:ObjectId|NumberLong|NumberInt|NumberDecimal|ISODate|Date|Timestamp|BinData|UUID|DBRef)"
    r"\(\s*(?:(\"[^\"\\]*\")|'([^'\"\\]*)'|(-?[\d.]*))\s*(?:,[^()]*)?\)"
)
"""How the shell of MongoDB prints a value with its type. Within a text its quotes would have backslashes before them."""

STARTS = re.compile(r"\{")
BETWEEN = re.compile(r"[\s,\ufeff]*")
ARRAY = re.compile(r"\[\s*(?=\{)")
TOKEN = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"\s*(?P<colon>:)?|(?P<open>[\[{])|(?P<close>[\]}])')
TURNED = re.compile(r'\{\s*"[^"\n]*"\s*:\s*(?:\{|\[\s*[^\s\[{])')
"""How an object begins whose values are columns, or rows under a key each."""

ARRAY_OF_ARRAYS = re.compile(r"\[\s*(?=\[)")

DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def flat(value: object, *, prefix: str = "", into: dict[str, str] | None = None, depth: int = 0) -> dict[str, str]:
    """Give a JSON value as texts under dotted keys: `data.phone`, `phones.0`."""
    texts: dict[str, str] = {} if into is None else into
    value = as_it_is_now(value)
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
    """Give the record of a decoded object."""
    if not isinstance(value, Mapping):
        return Odd(reason="json", text=text)
    record = flat(value)
    return record if is_text("".join((*record, *record.values()))) else Odd(reason="json", text=text)


INSIDE = re.compile(r"^(?P<path>(?:[^.]+\.)*?[^.]+)\.\d+(?:\.|$)")
"""The name of a value within a list: where the list stands."""


def lists_of(names: Iterable[str]) -> frozenset[str]:
    """Give where the lists stand in which values of these names are."""
    return frozenset(found["path"] for found in map(INSIDE.match, names) if found is not None)


def at_path(value: object, *, path: str) -> object:
    """Give what stands within an object under a dotted path, or None."""
    if isinstance(value, Mapping):
        if path in value:
            return value[path]
        for key, inner in value.items():
            bare = "" if key == "_source" else f"{key}."
            if path.startswith(bare) and (found := at_path(inner, path=path[len(bare) :])) is not None:
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


def uncalled(text: str) -> str:
    """Give the text with the value alone for each call around one."""
    return CALLS.sub(lambda found: found[1] or f'"{found[2] or found[3] or ""}"', text)


def json_objects(text: Text, *, skip: int) -> Iterator[Record]:
    """Give the objects that follow one another from a place in the text, until their array ends.

    Args:
        skip: characters before the first object.
    """
    for value in json_values(text, skip=skip):
        yield value if isinstance(value, Odd) else record_of(value, text="")


def json_values(text: Text, *, skip: int) -> Iterator[object]:
    """Give the values that follow one another from a place in the text, until their array ends; `Odd` for broken ones."""
    window = ""
    pieces = text.pieces()
    left = 0 if text.is_entered else skip
    for piece in pieces:
        window += piece
        if left:
            drop = min(left, len(window))
            window, left = window[drop:], left - drop
            if left:
                continue
        at = 0
        while True:
            at = BETWEEN.match(window, at).end()  # type: ignore[union-attr]
            if at >= len(window):
                break
            if window[at] == "]":
                drained(pieces)
                return
            try:
                value, end = DECODER.raw_decode(window, at)
            except RecursionError:
                yield Odd(reason="json", text="")
                end = next_object(window, at)
            except ValueError:
                if CALLS.search(window, at):
                    window = window[:at] + uncalled(window[at:])
                    continue
                if len(window) - at <= OBJECT_CHARACTERS:
                    break
                yield Odd(reason="json", text=window[at : at + 1_000])
                end = next_object(window, at)
            else:
                yield value
            at = end
        window = window[at:]
        text.stand(window)
    if window.strip(" \t\r\n,]}\ufeff;)"):
        yield Odd(reason="json", text=window[:1_000])


def json_arrays(text: Text, *, skip: int) -> Iterator[Row]:
    """Give the cells of the arrays that follow one another from a place in the text, until the one around them ends."""
    for record in json_values(text, skip=skip):
        if isinstance(record, Odd):
            yield record
        elif not isinstance(record, list):
            yield Odd(reason="json", text="")
        else:
            cells = ["" if cell is None else " ".join(flat(cell).values()) for cell in record]
            yield cells if is_text("".join(cells)) else Odd(reason="json", text="")


def drained(pieces: Iterator[str]) -> None:
    """Read what follows, so that the digest is of the whole file."""
    for _ in pieces:
        pass


def next_object(window: str, at: int) -> int:
    """Give where the next object may begin after one that cannot be decoded."""
    found = re.compile(r"\}\s*,\s*(?=\{)").search(window, at + 1)
    return found.end() if found else len(window)


def lists_in(head: str) -> dict[int, str]:
    """Give the lists of objects that begin in a head and stand in no other list: the place of each, and its key."""
    found: dict[int, str] = {}
    around: list[str] = []
    key = ""
    for token in TOKEN.finditer(head):
        if token["open"]:
            if token["open"] == "[" and "[" not in around and (start := ARRAY.match(head, token.start())):
                found[start.end()] = key
            around.append(token["open"])
        elif token["close"]:
            around = around[:-1]
        elif token["colon"]:
            key = token["text"]
    return found


def array_starts(head: str, *, skip: int) -> list[int]:
    """Give where an array of objects, or objects one after another, may begin in the head of a file.

    Args:
        skip: characters before the first value.
    """
    starts = [skip] if head[skip : skip + 1] == "{" else []
    starts += [found.end() for _, found in zip(range(20), ARRAY.finditer(head), strict=False)]
    return starts


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
