"""Values of JSON that follow one another in a text: one at a time from a window of it, however lines and brackets stand.

Neither the length of a list nor of a line matters, and a value that is broken costs itself alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from suyuan.trace.columns.glued import OF_PEOPLE
from suyuan.trace.formats.json_spelling import CALLS, DECODER, LENIENT, opened, respelled, uncalled
from suyuan.trace.formats.rows import Odd, Text

OBJECT_CHARACTERS: Final = 1 << 20
"""The longest object; what is longer is passed over as one row that could not be read."""

ODD_CHARACTERS: Final = 1_000
STARTS_TRIED: Final = 20
SEAM: Final = 8
"""So close to the end of the text at hand an error may be that end's own."""

BETWEEN = re.compile(r"(?:[\s,;)\ufeff\x1e]|//[^\n]*+\n)*+")
FREELY = re.compile(r"(?:[\s,;()\[\]}\ufeff\x1e]|//[^\n]*+\n)*+")
NEXT = re.compile(r"[}\]]\s*,?\s*(?=\{)|\n[ \t]*(?=\{)")
MARKS = re.compile(r"[\"']|//[^\n]*|[\[{\]}]")
QUOTED: Final = {'"': re.compile(r'"(?:[^"\\\n]|\\.)*+"'), "'": re.compile(r"'(?:[^'\\\n]|\\.)*+'")}
TELLING = re.compile(r"[^\x00-\x7f]|\d|@")
"""What words that may tell of somebody have: a character beyond ASCII, a digit, a mailbox."""

CALLED: Final = object()

PATIENCE: Final = 32
"""How often, on the whole, a character is looked at in vain for the end of a value that cannot be read."""

FAR: Final = 1 << 14
"""How far the brackets of a value that cannot be read are followed, once some were followed to the end of the text at hand."""


@dataclass(slots=True)
class Patience:
    """Characters that may still be looked at in vain; a text made of beginnings would be looked through from each of them."""

    left: int = 0
    is_wary: bool = False

    @property
    def reach(self) -> int:
        """How far to look for the end of a value."""
        return FAR if self.is_wary else OBJECT_CHARACTERS


AGAIN_CHARACTERS: Final = 400
"""Of a text in which no later list begins so much is kept: one may begin at its end."""


def json_values(
    text: Text, *, skip: int = 0, again: re.Pattern[str] | None = None, is_free: bool = False
) -> Iterator[object]:
    """Give the values that follow one another from a place in the text; `Odd` for those that cannot be read.

    Args:
        skip: characters before the first.
        again: how a later list of such values begins, behind the end of theirs: pages of answers, one after the other.
            It is read if its first value is like those before; a list of other things is none.
        is_free: they stand in no list: brackets and words between them are passed over, to the end of the text.
    """
    window, known = "", None
    left = 0 if text.is_entered else skip
    pieces = text.pieces()
    is_between = False
    patience = Patience()
    for piece in chain(pieces, (None,)):
        window += piece or ""
        patience.left += PATIENCE * len(piece or "")
        if left:
            drop = min(left, len(window))
            window, left = window[drop:], left - drop
            if left:
                continue
        at = 0
        while True:
            if is_between:
                at, is_between = later_list(window, at, again=again, known=known, is_last=piece is None)
                if is_between:
                    break
            at = (FREELY if is_free else BETWEEN).match(window, at).end()  # type: ignore[union-attr]
            if at >= len(window):
                break
            if window[at] == "]":
                if again is None:
                    drained(pieces)
                    return
                at, is_between = at + 1, True
                continue
            found = value_at(window, at, is_last=piece is None, is_free=is_free, known=known, patience=patience)
            if found is None:
                break
            value, end = found
            if value is not None and end - at > OBJECT_CHARACTERS:
                value = Odd(reason="json", text="")
            at = end
            if value is CALLED:
                window = window[:at] + uncalled(window[at:])
                continue
            known = known or (value if isinstance(value, Mapping | list) else None)
            if value is not None:
                yield value
        window = window[at:]
        if piece is not None and not is_between:
            text.stand(window)


def value_at(
    window: str, at: int, *, is_last: bool, is_free: bool, known: object, patience: Patience
) -> tuple[object, int] | None:
    """Give the value at a place and where it ends; None where the text at hand may end within it.

    Where patience is at an end, the rest of the text at hand is one row that cannot be read. The value is `Odd` where it
    cannot be read, `CALLED` where a shell's calls stand in the text from there on, and None where only words were passed over.
    """
    if is_free and window[at] not in '{"':
        return words_at(window, at, is_last=is_last)
    is_short = not is_last and len(window) - at <= OBJECT_CHARACTERS
    if patience.left < 0:
        return Odd(reason="json", text=window[at : at + ODD_CHARACTERS]), len(window)
    try:
        value, end = DECODER.raw_decode(window, at)
    except RecursionError:
        return Odd(reason="json", text=""), next_value(window, at, known=known, patience=patience)
    except json.JSONDecodeError as error:
        if is_short and (error.pos >= len(window) - SEAM or error.msg.startswith("Unterminated")):
            return None
        if error.msg.startswith("Invalid control"):
            try:
                return LENIENT.raw_decode(window, at)
            except (ValueError, RecursionError):
                pass
        if CALLS.search(window, at, at + OBJECT_CHARACTERS):
            return CALLED, at
        patience.left -= error.pos - at
        closed = balanced_end(window, at, patience=patience)
        if closed is None and is_short:
            return None
        value = None if closed is None else respelled(window[at:closed])
        if closed is None or not isinstance(value, Mapping | list):
            end = next_value(window, at, known=known, patience=patience)
            return Odd(reason="json", text=window[at : min(end, at + ODD_CHARACTERS)]), end
        end = closed
    if is_free and isinstance(value, str) and isinstance(opened(value), str):
        return words_at(window, at, is_last=is_last)
    return opened(value), end


def words_at(window: str, at: int, *, is_last: bool) -> tuple[object, int] | None:
    """Give the words that are no JSON at a place as one row that could not be read, and where they end.

    What a program puts before an object on its line (`users.push(`) is no row, unless numbers of people stand in it; nor
    are words of its own alone.
    """
    end = window.find("\n", at)
    if end < 0 and not is_last and len(window) - at <= OBJECT_CHARACTERS:
        return None
    end = len(window) if end < 0 else end
    brace = window.find("{", at + 1, end)
    if brace >= 0 and not OF_PEOPLE.search(window, at, brace):
        return None, brace
    end = end if brace < 0 else brace
    if not TELLING.search(window, at, end):
        return None, end
    return Odd(reason="json", text=window[at : min(end, at + ODD_CHARACTERS)]), end


def balanced_end(window: str, at: int, *, patience: Patience) -> int | None:
    """Give where the brackets that open at a place are closed, or None."""
    depth, place = 0, at
    end = min(len(window), at + patience.reach)
    # Where a text does not end in its line, none does that begins later in it with the same mark.
    endless = dict.fromkeys(QUOTED, at)
    while (found := MARKS.search(window, place, end)) is not None:
        mark, place = found[0], found.end()
        if mark in QUOTED and found.start() >= endless[mark]:
            text = QUOTED[mark].match(window, found.start(), end)
            line = window.find("\n", place, end) if text is None else -1
            endless[mark] = endless[mark] if text is not None else line if line >= 0 else end
            place = place if text is None else text.end()
        elif mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth -= 1
            if depth <= 0:
                patience.left -= place - at
                return place
    patience.left -= end - at
    patience.is_wary = True
    return None


def next_value(window: str, at: int, *, known: object, patience: Patience) -> int:
    """Give where the next value begins after one that cannot be read: an object like those before, or the next line's."""
    begin = window.rfind("\n", 0, at) + 1
    indent = window[begin:at]
    line = re.compile(rf"\n{re.escape(indent)}(?=\{{)").search(window, at) if not indent.strip(" \t") else None
    end = len(window) if line is None else line.end()
    patience.left -= end - begin
    first = None
    for found in islice(NEXT.finditer(window, at + 1, end), STARTS_TRIED):
        first = first or found.end()
        try:
            value, _ = DECODER.raw_decode(window, found.end())
        except (ValueError, RecursionError):
            continue
        if is_like(value, known):
            return found.end()
    return end if line is not None or first is None or known is not None else first


def is_like(value: object, known: object) -> bool:
    """Say whether a value is laid out as one before: half of the fewer keys in common, or as many values."""
    if isinstance(value, Mapping) and isinstance(known, Mapping):
        return len(value.keys() & known.keys()) * 2 >= max(1, min(len(value), len(known)))
    return isinstance(value, list) and isinstance(known, list) and len(value) == len(known)


def later_list(
    window: str, at: int, *, again: re.Pattern[str] | None, known: object, is_last: bool
) -> tuple[int, bool]:
    """Give where the values of the next list of such begin, and False; else from where to look further, and True."""
    while again is not None and (found := again.search(window, at)) is not None:
        try:
            value, _ = DECODER.raw_decode(window, found.end())
        except (ValueError, RecursionError):
            if not is_last and len(window) - found.end() <= OBJECT_CHARACTERS:
                return found.start(), True
            value = None
        if is_like(value, known):
            return found.end(), False
        at = found.end()
    return max(at, len(window) - AGAIN_CHARACTERS), True


def drained(pieces: Iterator[str]) -> None:
    """Read what follows, so that the digest is of the whole file."""
    for _ in pieces:
        pass
