"""A record of labelled lines under way, and the names of labels that come again."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

EDGES: Final = " \t\u3000,，;；|、&\"'{}[]()（）【】。"
FOLDED: Final = frozenset({">", ">-", ">+", "|", "|-", "|+"})
"""How YAML says that a value stands in the deeper lines that follow."""

AGAIN_LEAST: Final = 2
"""How often a word must follow itself to be the only one of its meaning in its record."""


class Block:
    """A record under way, line by line."""

    __slots__ = ("indent", "last", "lines", "record", "tried")

    def __init__(self) -> None:
        self.record: dict[str, str] = {}
        self.tried: dict[str, int] = {}
        self.lines = 0
        self.last = ""
        self.indent = 0

    def taken(self) -> dict[str, str]:
        """Give the record, and begin another."""
        record, self.record, self.tried = self.record, {}, {}
        self.lines, self.last = 0, ""
        return record

    def put(self, values: dict[str, str], *, indent: int) -> None:
        """Take the values of a line; another of a name that is there gets a number."""
        for word, value in values.items():
            name = fresh_name(word, taken=self.record, tried=self.tried)
            self.record[name] = value
            self.last = name
        self.indent = indent
        if self.record[self.last] in FOLDED:
            self.record[self.last] = ""
        self.lines += 1

    def go_on(self, line: str, *, indent: int) -> None:
        """Take a line without a label: deeper than the last it goes on with its value, else it stands by itself."""
        name = self.last if indent > self.indent else ""
        held = self.record.get(name, "")
        bare = line.strip() if name else line.strip(EDGES)
        is_joined = not held or not (held[-1:].isascii() and bare[:1].isascii()) or (indent == 1 and not self.indent)
        if len(held) < 1 << 16:
            self.record[name] = held + bare if is_joined else f"{held} {bare}"
        self.lines += 1


def fresh_name(word: str, *, taken: Collection[str], tried: dict[str, int]) -> str:
    """Give a label, with a number where it is taken.

    Args:
        tried: the next number of each label, so that none is tried again.
    """
    if word not in taken:
        return word
    number = tried.get(word, 2)
    while (name := f"{word} {number}") in taken:
        number += 1
    tried[word] = number + 1
    return name


def opens_another(values: Mapping[str, str], *, record: Mapping[str, str], openers: Collection[str]) -> bool:
    """Say whether a line begins another record: it begins with an opener, and the record has one already and more than that."""
    return next(iter(values), "") in openers and len(record) > 1 and any(word in openers for word in record)


def taking_turns(words: Sequence[str]) -> frozenset[str]:
    """Give the words that stand for one another, from how those of one meaning follow each other down a text.

    `收货人` in some records and `收件人` in others: each follows itself now and then. Two that stand in one record, a
    telephone and a mobile one, or a customer and his contact, do not both: one of them stands between.
    """
    again = Counter(one for one, other in pairwise(words) if one == other)
    found = frozenset(word for word, count in again.items() if count >= AGAIN_LEAST)
    return found if len(found) > 1 else frozenset()
