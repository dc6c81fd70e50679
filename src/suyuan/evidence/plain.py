"""Canonical JSON and strict base64, and a reader that names the place of whatever is wrong and never its value."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from suyuan.errors import VerificationError

LARGEST: Final = 2**53 - 1
HASH_BYTES: Final = 32
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_NAME: Final = re.compile(r"[\w.-]{1,64}")


def encode(value: object) -> bytes:
    """Give the canonical bytes: sorted keys, no spaces, UTF-8. For what this room reads they equal RFC 8785."""
    return _ENCODER.encode(value).encode("utf-8")


def to_base64(raw: bytes) -> str:
    """Give standard base64 with padding."""
    return base64.b64encode(raw).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """Read standard base64 with padding; None for any other spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value and where it stands. Every question that it cannot answer raises, naming the place."""

    value: object
    place: str

    def wrong(self, what: str) -> NoReturn:
        """Refuse the value.

        Raises: VerificationError: always.
        """
        raise VerificationError(f"{self.place}: {what}")

    def object(self, *keys: str) -> "tuple[Node, ...]":
        """Give the values of an object that has exactly these keys, in their order."""
        value = self.value
        if not isinstance(value, dict) or len(value) != len(keys) or not all(key in value for key in keys):
            self.wrong("expected an object with exactly the keys " + ", ".join(keys))
        return tuple(Node(value[key], f"{self.place}.{key}") for key in keys)

    def items(self) -> "Iterator[tuple[str, Node]]":
        """Give the items of an object whose keys are names; a key that is none stays out of every message."""
        if not isinstance(self.value, dict):
            self.wrong("expected an object")
        for key, value in self.value.items():
            if not isinstance(key, str) or not _NAME.fullmatch(key):
                self.wrong("a key is not a plain name")
            yield key, Node(value, f"{self.place}.{key}")

    def list(self, *, size: int | None = None) -> "tuple[Node, ...]":
        """Give the items of a list, of a given size if one is asked."""
        if not isinstance(self.value, list) or (size is not None and len(self.value) != size):
            self.wrong("expected a list" if size is None else f"expected a list of {size}")
        return tuple(Node(item, f"{self.place}[{i}]") for i, item in enumerate(self.value))

    def text(self) -> str:
        """Give a text."""
        if not isinstance(self.value, str):
            self.wrong("expected a text")
        return self.value

    def name(self) -> str:
        """Give a text that is a plain name: letters of any script, digits, dot, dash, underscore."""
        text = self.text()
        if not _NAME.fullmatch(text):
            self.wrong("expected a plain name")
        return text

    def whole(self, *, least: int = 0, most: int = LARGEST) -> int:
        """Give a whole number within bounds."""
        value = self.value
        if type(value) is not int or not least <= value <= most:
            self.wrong(f"expected a whole number from {least}" + (f" to {most}" if most < LARGEST else ""))
        return value

    def flag(self) -> bool:
        """Give true or false."""
        if not isinstance(self.value, bool):
            self.wrong("expected true or false")
        return self.value

    def raw(self, *, size: int | None = None) -> bytes:
        """Give the bytes of a strict base64 text, of a given size if one is asked."""
        raw = from_base64(self.text())
        if raw is None or (size is not None and len(raw) != size):
            self.wrong("expected strict base64" + ("" if size is None else f" of {size} bytes"))
        return raw

    def hashes(self) -> tuple[bytes, ...]:
        """Give a list of 32-byte hashes."""
        return tuple(item.raw(size=HASH_BYTES) for item in self.list())

    def hex(self) -> bytes:
        """Give the bytes of a SHA-256 in lower-case hex."""
        text = self.text()
        if not re.fullmatch("[0-9a-f]{64}", text):
            self.wrong("expected a SHA-256 in hex")
        return bytes.fromhex(text)


def decode(data: bytes, *, place: str) -> Node:
    """Read canonical JSON: no floats, no integer beyond 2^53 - 1, and the bytes must be the one spelling.

    Raises: VerificationError: anything else, naming the place.
    """
    try:
        value = json.loads(data, parse_float=_refuse, parse_constant=_refuse, parse_int=_integer)
        same = encode(value) == data
    except (ValueError, RecursionError):
        # Not chained: a decoding error carries the text it stumbled over.
        raise VerificationError(f"{place}: not canonical JSON") from None
    if not same:
        raise VerificationError(f"{place}: not canonical JSON")
    return Node(value, place)


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST:
        raise ValueError
    return int(text)
