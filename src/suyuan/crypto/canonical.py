"""Canonical JSON and strict base64: the one spelling of whatever is hashed or signed."""

import base64
import binascii
from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import orjson

from suyuan.errors import RefusedError, VerificationError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
"""What canonical bytes can say: no floats."""

MAX_INTEGER = 2**53 - 1
"""The largest magnitude an integer may have, so that every JSON reader keeps it exactly."""

MAX_DEPTH = 32
"""How deep objects and arrays may nest."""

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def encode(value: object) -> bytes:
    """Give the canonical bytes of a JSON value: sorted keys, no spaces, UTF-8, no floats.

    The bytes equal RFC 8785. Keys stay below U+D800, where UTF-8, code-point and UTF-16 order agree.

    Args:
        value: dict with str keys, list or tuple, str, int, bool or None, nested at most `MAX_DEPTH` deep.
    Raises: RefusedError: anything else inside, named by type.
    Source: RFC 8785.
    Test: tests/properties/test_canonical.py
    """
    _require_plain(value, depth=MAX_DEPTH)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise RefusedError("canonical JSON: a text is not valid Unicode") from error


def decode(data: bytes) -> Json:
    """Read canonical bytes back; every other spelling of the same value is refused.

    Raises: VerificationError: not JSON, or not the canonical spelling.
    """
    try:
        value: Json = orjson.loads(data)
        plain = encode(value)
    except (orjson.JSONDecodeError, RefusedError) as error:
        raise VerificationError("canonical JSON: the bytes are not canonical") from error
    if plain != data:
        raise VerificationError("canonical JSON: the bytes are not canonical")
    return value


def decode_object(data: bytes) -> dict[str, Json]:
    """Read canonical bytes that must be an object.

    Raises: VerificationError: not canonical, or not an object.
    """
    value = decode(data)
    if not isinstance(value, dict):
        raise VerificationError("canonical JSON: an object is expected")
    return value


def to_base64(raw: bytes) -> str:
    """Give standard base64 with padding."""
    return base64.b64encode(raw).decode("ascii")


def from_base64(text: str, *, size_bytes: int | None = None) -> bytes:
    """Read standard base64 with padding, strictly: one spelling per value.

    Args:
        text: the base64 text; no spaces, no missing padding, no loose trailing bits.
        size_bytes: when given, the size the value must have.
    Raises: VerificationError: any other text, or another size.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError("base64: the text is not strict base64") from error
    if base64.b64encode(raw) != text.encode("ascii", "replace"):
        raise VerificationError("base64: the text is not strict base64")
    if size_bytes is not None and len(raw) != size_bytes:
        raise VerificationError(f"base64: {size_bytes} bytes are expected, got {len(raw)}")
    return raw


_PLAIN = frozenset({str, int, bool, type(None)})


def _require_plain(value: object, *, depth: int) -> None:
    """Look at all values of one nesting level at a time: documents are wide, and this asks each type once."""
    level: list[object] = [value]
    for left in range(depth, -1, -1):
        kinds = set(map(type, level))
        if int in kinds:
            integers = [item for item in level if type(item) is int]
            if max(integers) > MAX_INTEGER or min(integers) < -MAX_INTEGER:
                raise RefusedError("canonical JSON: an integer is beyond 2^53 - 1")
        if kinds <= _PLAIN:
            return
        inner: list[object] = []
        for kind in kinds - _PLAIN:
            if issubclass(kind, str):
                continue
            if left == 0:
                raise RefusedError(f"canonical JSON: nested deeper than {MAX_DEPTH}")
            if issubclass(kind, dict):
                held = [item for item in level if isinstance(item, dict) and type(item) is kind]
                _require_keys(held)
                inner.extend(chain.from_iterable(item.values() for item in held))
            elif issubclass(kind, list | tuple):
                of_kind = (item for item in level if isinstance(item, list | tuple) and type(item) is kind)
                inner.extend(chain.from_iterable(of_kind))
            else:
                raise RefusedError(f"canonical JSON: {kind.__name__} is not allowed")
        level = inner


def _require_keys(held: Sequence[dict[object, object]]) -> None:
    of_kinds = set(map(type, chain.from_iterable(held)))
    if not of_kinds <= {str}:
        raise RefusedError("canonical JSON: a key is not a str below U+D800")
    names = {name for name in chain.from_iterable(held) if isinstance(name, str)}
    if any(not name.isascii() and max(name) >= "\ud800" for name in names):
        raise RefusedError("canonical JSON: a key is not a str below U+D800")
