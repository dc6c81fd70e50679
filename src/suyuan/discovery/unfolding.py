"""Unfolds what an app sends down to single values: forms, JSON in JSON, URL-encoded and base64 texts, multipart bodies.

Every step is bounded: an endless or malicious body is cut short and counted, and never recursed into without end.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import unquote_plus

import orjson

DEEPEST: Final = 32
"""Levels of objects, lists and texts inside texts; what lies deeper is read as one text."""

VALUES_AT_MOST: Final = 100_000
"""Values of one request; what comes after them is counted as cut short."""

TEXT_AT_MOST: Final = 1 << 24
"""Characters of one value that are looked at."""

A_FILE: Final = "(file)"

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_FORM = re.compile(r"[\w.\[\]%+-]{1,128}=[^\s{}<>\"]*(?:&[\w.\[\]%+-]{1,128}=[^\s{}<>\"]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value with the key it has and its JSON pointer; `count` where it stands for a whole list."""

    pointer: str
    key: str
    text: str
    count: int = 1


@dataclass(slots=True, kw_only=True)
class Budget:
    """How many more values of a request are read."""

    left: int = VALUES_AT_MOST
    exhausted: bool = False

    def spend(self) -> bool:
        """Take one value; False when there is none left."""
        self.left -= 1
        self.exhausted = self.exhausted or self.left < 0
        return self.left >= 0


def unfold(text: str, *, key: str, pointer: str, budget: Budget, depth: int = 0) -> Iterator[Leaf]:
    """Give the values inside a text: itself, or what it is an encoding of."""
    if not budget.spend():
        return
    if len(text) > TEXT_AT_MOST:
        text, budget.exhausted = text[:TEXT_AT_MOST], True
    if depth < DEEPEST:
        if "%" in text and (plain := unquote_plus(text)) != text:
            yield from unfold(plain, key=key, pointer=pointer, budget=budget, depth=depth + 1)
            return
        if text[:1] in "{[" and text and (tree := _json(text)) is not None:
            yield from _tree(tree, key=key, pointer=pointer, budget=budget, depth=depth + 1)
            return
        if (inner := _from_base64(text)) is not None:
            yield from unfold(inner, key=key, pointer=f"{pointer}(base64)", budget=budget, depth=depth + 1)
            return
    yield Leaf(pointer=pointer, key=key, text=text)


def unfold_form(text: str, *, budget: Budget, under: str = "") -> Iterator[Leaf]:
    """Give the values of `a=1&b=2`."""
    for part in text[:TEXT_AT_MOST].split("&"):
        name, mark, value = part.partition("=")
        name = unquote_plus(name)
        if mark and value:
            plain = unquote_plus(value)
            yield from unfold(plain, key=name, pointer=f"{under}/{_escaped(name)}", budget=budget, depth=1)
        elif name and not budget.spend():
            return


def unfold_body(post: Mapping[str, object], *, budget: Budget) -> tuple[list[Leaf], bool]:
    """Give the values of a HAR's `postData`, and whether it could be read at all."""
    mime = post.get("mimeType")
    mime = mime.lower() if isinstance(mime, str) else ""
    text = post.get("text")
    body = text if isinstance(text, str) else ""
    if post.get("encoding") == "base64":
        decoded = _decoded(body)
        if decoded is None:
            return [], False
        body = decoded
    if "multipart/" in mime or body.startswith("--"):
        leaves = list(_multipart(body, mime=mime, budget=budget))
        if leaves:
            return leaves, True
    params = post.get("params")
    if isinstance(params, list) and params and not ("json" in mime and body):
        return list(_params(params, budget=budget)), True
    if not body:
        return [], True
    if "\x00" in body[:1024] or body.count("\ufffd", 0, 1024) > 16:
        return [], False
    if "x-www-form-urlencoded" in mime or _FORM.fullmatch(body[:TEXT_AT_MOST]):
        return list(unfold_form(body, budget=budget)), True
    return list(unfold(body.strip(), key="", pointer="", budget=budget)), True


def _params(params: Sequence[object], *, budget: Budget) -> Iterator[Leaf]:
    for param in params:
        if isinstance(param, dict) and isinstance(param.get("name"), str):
            for part in ("value", "fileName"):
                if isinstance(value := param.get(part), str):
                    name = unquote_plus(param["name"])
                    yield from unfold(value, key=name, pointer=f"/{_escaped(name)}", budget=budget)


def _multipart(body: str, *, mime: str, budget: Budget) -> Iterator[Leaf]:
    header = Message()
    header["content-type"] = mime or "multipart/form-data"
    first = re.search(r"^--([^\r\n]{1,200}?)(?:--)?\r?$", body[:4096], re.MULTILINE)
    boundary = first[1] if first else header.get_param("boundary")
    if not isinstance(boundary, str):
        return
    for part in body.split(f"--{boundary}")[1:]:
        head, _, value = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        name = re.search(r'name="([^"\n]{0,200})"', head)
        if name is None:
            continue
        if "filename=" in head:
            # What a file holds is not looked into; that one was sent under this name says enough.
            yield Leaf(pointer=f"/{_escaped(name[1])}", key=name[1], text=A_FILE)
            continue
        yield from unfold(value.rstrip("\n"), key=name[1], pointer=f"/{_escaped(name[1])}", budget=budget)


def _tree(tree: object, *, key: str, pointer: str, budget: Budget, depth: int) -> Iterator[Leaf]:
    """Give the leaves of a JSON value; a list or object under a key also counts once as a whole."""
    if isinstance(tree, (dict, list)):
        if not tree or not budget.spend():
            return
        if key:
            yield Leaf(pointer=pointer, key=key, text="\0", count=len(tree))
        if depth >= DEEPEST:
            yield Leaf(pointer=pointer, key=key, text=orjson.dumps(tree).decode()[:TEXT_AT_MOST])
            return
        children = tree.items() if isinstance(tree, dict) else ((str(i), child) for i, child in enumerate(tree))
        of_list = isinstance(tree, list)
        for name, child in children:
            inner = f"{pointer}/{_escaped(name)}"
            yield from _tree(child, key=key if of_list else name, pointer=inner, budget=budget, depth=depth + 1)
    elif isinstance(tree, str):
        yield from unfold(tree, key=key, pointer=pointer, budget=budget, depth=depth)
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool) and budget.spend():
        yield Leaf(pointer=pointer, key=key, text=repr(tree))


def _json(text: str) -> object | None:
    try:
        tree: object = orjson.loads(text.encode("utf-8", errors="surrogatepass"))
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return tree


def _from_base64(text: str) -> str | None:
    """Give what a text is the base64 of, where that is JSON or a form; tokens and hashes are not."""
    if not _BASE64.fullmatch(text):
        return None
    inner = _decoded(text)
    if inner is None or not inner.isprintable():
        return None
    return inner if inner[:1] in "{[" or _FORM.fullmatch(inner) or re.fullmatch(r"[^:\s]{3,}:[^:\s]+", inner) else None


def _decoded(text: str) -> str | None:
    try:
        compact = re.sub(r"\s+", "", text).replace("-", "+").replace("_", "/")
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
