"""Canonical JSON and strict base64: the one spelling of whatever is hashed or signed."""

import base64
import binascii
from collections.abc import Sequence
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
    return encode_plain(value)


def encode_plain(value: object) -> bytes:
    """`encode` for a value that the caller built from text, whole numbers in range, lists and dicts alone.

    Raises: RefusedError: a text that is not valid Unicode.
    """
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


def read_plain(data: bytes) -> dict[str, Json]:
    """Read an object whose canonical spelling was checked before; for passes over many entries.

    Raises: VerificationError: not an object.
    """
    try:
        value: Json = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise VerificationError("canonical JSON: the bytes are not canonical") from error
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
_WIDE = 64
"""Lists longer than this are looked at as one."""


def _require_plain(value: object, *, depth: int) -> None:
    kind = type(value)
    if kind in _PLAIN or isinstance(value, str):
        if kind is int:
            _require_integer(value)
        return
    if depth == 0:
        raise RefusedError(f"canonical JSON: nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key in value:
            if type(key) is not str or (not key.isascii() and max(key) >= "\ud800"):
                raise RefusedError("canonical JSON: a key is not a str below U+D800")
        items: Sequence[object] = tuple(value.values())
    elif isinstance(value, (list, tuple)):
        items = value
    else:
        raise RefusedError(f"canonical JSON: {kind.__name__} is not allowed")
    if len(items) > _WIDE:
        _require_wide(items, depth=depth - 1)
        return
    for item in items:
        kind = type(item)
        if kind is int:
            _require_integer(item)
        elif kind is not str:
            _require_plain(item, depth=depth - 1)


def _require_wide(items: Sequence[object], *, depth: int) -> None:
    """Look at a wide list by types, and at the lists in it as if they were one: each value is not called for."""
    kinds = set(map(type, items))
    if int in kinds:
        integers = [item for item in items if type(item) is int]
        _require_integer(max(integers))
        _require_integer(min(integers))
    inner: list[object] = []
    for item in items if kinds - _PLAIN else ():
        if type(item) is list:
            inner += item
        elif type(item) not in _PLAIN:
            _require_plain(item, depth=depth)
    if list in kinds and depth == 0:
        raise RefusedError(f"canonical JSON: nested deeper than {MAX_DEPTH}")
    if inner:
        _require_wide(inner, depth=depth - 1)


def _require_integer(value: object) -> None:
    if not isinstance(value, int) or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise RefusedError("canonical JSON: an integer is beyond 2^53 - 1")
