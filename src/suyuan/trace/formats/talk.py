"""Exports of chats: a line says who wrote and when, and what was written stands on the lines below."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import polars as pl

from suyuan.trace.columns.glued import OF_PEOPLE, taken_apart
from suyuan.trace.formats.candidates import OF_FIELDS, labelled_parts, scored
from suyuan.trace.formats.labels import HEAD_LINES
from suyuan.trace.formats.rows import Odd, Part, Row, Text

TALKERS_LEAST: Final = 3
MESSAGE_CHARACTERS: Final = 1 << 16

DATE: Final = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}/\d{1,2}/\d{2,4})"
TIME: Final = r"(?:[上下]午\s?)?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?"
TALKER: Final = re.compile(
    rf"^\s*(?:[\[(]?{DATE}[\sT,]+{TIME}[\])]?[\s,-]+(?P<after>\S.{{0,60}}?)"
    rf"|(?P<before>\S.{{0,60}}?)[\s,-]+[\[(]?{DATE}[\sT,]+{TIME}[\])]?)\s*[:：]?\s*$"
)
NUMBERED: Final = re.compile(r"[(（<][^()（）<>]*[)）>]$")
"""The number of an account behind a talker's name."""

LABELLED: Final = re.compile(r"[:：=]")

BEFORE_LINES: Final = 200
"""Lines that a block before the first talker may have; a longer one is taken in pieces."""

NAMED_SHARE: Final = 0.8
"""Of messages with numbers so many must name somebody beside it for the others to be talk about a number."""

TOGETHER: Final = 2_000


class Talk(Text):
    """What was written in a chat: every talker's line is a blank one."""

    __slots__ = ()

    def __init__(self, text: Text) -> None:
        super().__init__(text._source, codecs=text._codecs, bom=text._bom)

    def lines(self, *, alone: bool = False) -> Iterator[str]:
        """Give every line that was written; what stands before the first talker is nobody's, but for blocks with numbers."""
        for line in self._said():
            yield line or ""

    def messages(self) -> Iterator[Row]:
        """Give each message as one cell; one of a number alone, where nearly all name its owner, only talks about it."""
        messages = self._messages()
        while held := list(islice(messages, TOGETHER)):
            pieces = taken_apart(pl.Series(held, dtype=pl.String))
            is_told = (pieces["phone"] != "") | (pieces["email"] != "") | (pieces["resident_id"] != "")
            is_named = (pieces["name"] != "") | (pieces["address"] != "")
            is_usual = int((is_told & is_named).sum()) >= NAMED_SHARE * int(is_told.sum())
            for message, is_bare in zip(held, is_told & ~is_named, strict=True):
                yield Odd(reason="nobody", text=message) if is_bare and is_usual else [message]

    def _messages(self) -> Iterator[str]:
        held = ""
        for line in self._said():
            if line is not None and len(held) < MESSAGE_CHARACTERS:
                held = f"{held} {line}".strip()
            if line is None and held:
                yield held
                held = ""
        if held:
            yield held

    def _said(self) -> Iterator[str | None]:
        """Give every line that was written, and None for one that says who writes."""
        lines = super().lines()
        yield from written_before(lines)
        for line in lines:
            yield None if talker_of(line) is not None else line.strip()


def written_before(lines: Iterator[str]) -> Iterator[str | None]:
    """Give what stands before the first talker's line, which is taken too: the blocks with a number or mailbox, each with None behind.

    A list is cut where somebody chose to: its first block has lost who wrote it. Blocks without numbers are a heading's.
    """
    held: list[str] = []
    for line in lines:
        is_talker = talker_of(line) is not None
        if not is_talker and line.strip():
            held.append(line.strip())
        if is_talker or not line.strip() or len(held) >= BEFORE_LINES:
            yield from block_of_people(held)
            held = []
        if is_talker:
            return
    yield from block_of_people(held)


def block_of_people(held: Sequence[str]) -> Iterator[str | None]:
    """Give the lines of a block without rules if a number or mailbox stands in it, and None behind."""
    if OF_PEOPLE.search("\n".join(held)):
        yield from (line for line in held if re.search(r"\w", line))
        yield None


def talker_of(line: str) -> str | None:
    """Give whose line this is where it only says who writes and when: a name and a time, no label, no number but an account's."""
    found = TALKER.match(line) if ":" in line else None
    if found is None:
        return None
    who = found["after"] or found["before"]
    bare = NUMBERED.sub("", who).strip()
    return None if LABELLED.search(bare) or OF_PEOPLE.search(bare) or not bare else bare


def talk_parts(head: str, *, text: Text, fields: OF_FIELDS) -> list[Part] | None:
    """Give the table of a chat's messages, by their labels or each as one cell; None of other text.

    Messages without labels are taken so only where talkers write again and again: a name that stands once beside a time
    may be of whom the next line tells, and is then nobody's to drop.
    """
    lines = head.split("\n")[:HEAD_LINES]
    talkers = [who for who in map(talker_of, lines) if who is not None]
    written = sum(bool(line.strip()) for line in lines) - len(talkers)
    if len(talkers) < TALKERS_LEAST or written < len(talkers) or written > len(talkers) * TALKERS_LEAST**3:
        return None
    talk = Talk(text)
    said = "\n".join("" if talker_of(line) is not None else line for line in after_first(lines))
    labelled = labelled_parts(said, text=talk, fields=fields)
    if labelled is not None:
        return labelled
    if len(set(talkers)) * 2 > len(talkers):
        return None
    part = Part(name="messages", names=None, rows=talk.messages)
    return [part] if scored(part, fields=fields) > 0 else None


def after_first(lines: Sequence[str]) -> Sequence[str]:
    """Give the lines from the first talker's on."""
    return lines[next(place for place, line in enumerate(lines) if talker_of(line) is not None) :]
