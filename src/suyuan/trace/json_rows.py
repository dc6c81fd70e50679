"""JSON that is not one flat object a line: arrays, objects over several lines or within one another, exports of databases.

Objects are decoded one at a time from a window of the text, so neither the length of the array nor of a line matters.
"""

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from suyuan.trace.jsonl import is_text
from suyuan.trace.rows import Odd, Record, Row, Text

OBJECT_CHARACTERS: Final = 1 << 20
"""The longest object; what is longer is passed over as one row that could not be read."""

LITERAL_CHARACTERS: Final = 1 << 16
"""The longest line that is looked at as a literal of Python."""

LEAVES_AT_MOST: Final = 400
"""Values of one object that are looked at."""

DEPTH_AT_MOST: Final = 12

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


def listed_records(text: Text, *, path: str) -> Iterator[Record]:
    """Give every object of the list that stands under a path within the object of each line."""
    for line in text.lines(alone=True):
        if not line.strip():
            continue
        try:
            inner = at_path(DECODER.decode(line.strip().rstrip(",")), path=path)
        except (ValueError, RecursionError):
            inner = None
        if not isinstance(inner, list):
            yield Odd(reason="json", text=line)
            continue
        for value in inner:
            yield record_of(value, text=line)


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


def turned_lines(text: Text) -> Iterator[Record]:
    """Give the records of a text that is one object of columns, or of rows under their numbers."""
    whole = ""
    for piece in text.pieces():
        whole += piece
        if len(whole) > TURNED_CHARACTERS:
            return
    try:
        value = DECODER.decode(whole.strip("\ufeff \t\r\n;"))
    except (ValueError, RecursionError):
        return
    yield from turned_records(value)


def json_lines(text: Text) -> Iterator[Record]:
    """Give the object of every line that is not blank, whatever is within it; Python's own spelling is read too."""
    for line in text.lines(alone=True):
        bare = line.strip().rstrip(",")
        if not bare or bare in ("[", "]"):
            continue
        try:
            yield record_of(DECODER.decode(bare), text=line)
        except (ValueError, RecursionError):
            yield shell_record(bare, text=line)


def literal_lines(text: Text) -> Iterator[Row]:
    """Give the values of every line that is one list of JSON or one tuple of Python; nothing is evaluated."""
    for line in text.lines(alone=True):
        bare = line.strip().rstrip(",;")
        if not bare or bare in ("[", "]"):
            continue
        try:
            value = DECODER.decode(bare)
        except (ValueError, RecursionError):
            value = literal_of(bare)
        if not isinstance(value, list | tuple):
            yield Odd(reason="json", text=line)
            continue
        cells = ["" if cell is None else " ".join(flat(cell).values()) for cell in value]
        yield cells if is_text("".join(cells)) else Odd(reason="json", text=line)


def literal_of(bare: str) -> object:
    """Give the value that Python's `print` wrote on a line, or None."""
    try:
        return ast.literal_eval(bare) if len(bare) <= LITERAL_CHARACTERS else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def uncalled(text: str) -> str:
    """Give the text with the value alone for each call around one."""
    return CALLS.sub(lambda found: found[1] or f'"{found[2] or found[3] or ""}"', text)


def shell_record(bare: str, *, text: str) -> Record:
    """Give the record of a line that is JSON but for the calls that a database's shell puts around values."""
    plain = uncalled(bare)
    if plain != bare:
        try:
            return record_of(DECODER.decode(plain), text=text)
        except (ValueError, RecursionError):
            pass
    return python_record(bare, text=text)


def python_record(bare: str, *, text: str) -> Record:
    """Give the record of a line that Python's `print` wrote: literals alone, nothing is evaluated."""
    try:
        value = ast.literal_eval(bare) if bare.startswith("{") else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = None
    return record_of(value, text=text)


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
    if window.strip(" \t\r\n,]}\ufeff;"):
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


def array_starts(head: str) -> list[int]:
    """Give where an array of objects, or objects one after another, may begin in the head of a file."""
    bare = len(head) - len(head.lstrip("\ufeff \t\r\n"))
    starts = [bare] if head[bare : bare + 1] == "{" else []
    starts += [found.end() for _, found in zip(range(20), ARRAY.finditer(head), strict=False)]
    return starts
