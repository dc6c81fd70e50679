"""The scanner: text in, findings out. One pass for candidates, then exact readers where one begins."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from suyuan.discovery.engine import Engine, engine
from suyuan.discovery.finding import Finding
from suyuan.discovery.labelled import read_birth, read_device, read_document, read_name, read_place
from suyuan.discovery.numbers import read_number
from suyuan.discovery.other import read_address, read_mail, read_network, read_plate
from suyuan.discovery.patterns import Category

Reader = Callable[[bytes, int], Finding | None]

READERS: Final[Mapping[int, Reader]] = {
    Category.MAIL: read_mail,
    Category.NAME: read_name,
    Category.BIRTH: read_birth,
    Category.DEVICE: read_device,
    Category.DOCUMENT: read_document,
    Category.PLACE: read_place,
    Category.NUMBER: read_number,
    Category.PLATE: read_plate,
    Category.ADDRESS: read_address,
    Category.NETWORK: read_network,
}

SURE_ENOUGH: Final = 0.5
"""Below this confidence nothing is reported."""

_WIDE: Final = re.compile(rb"\xef\xbc[\x90-\x99\xa0]")
"""A full-width digit or at sign: the colon and comma of Chinese text begin alike and need no second reading."""
_NARROW: Final = {
    **{0xFF10 + i: 0x30 + i for i in range(10)},
    **{0xFF21 + i: 0x41 + i for i in range(26)},
    **{0xFF41 + i: 0x61 + i for i in range(26)},
    0xFF20: 0x40,
    0xFF0B: 0x2B,
    0xFF0D: 0x2D,
    0xFF0E: 0x2E,
}


class Scanner:
    """Finds personal information in text. Never raises on any text; knows nothing of whose it is.

    Args:
        engine: what finds candidates; the fastest one that is installed where None.
    """

    def __init__(self, *, using: Engine | None = None) -> None:
        self._engine = using if using is not None else engine()
        self.engine_name = self._engine.name

    def scan(self, text: str | bytes) -> tuple[Finding, ...]:
        """Give what the text holds, in order and without overlap; places in characters of a `str`, bytes of `bytes`.

        Bytes are read as UTF-8; what is not UTF-8 holds nothing. Full-width digits and letters count as plain ones.
        """
        data = text.encode("utf-8", errors="surrogatepass") if isinstance(text, str) else bytes(text)
        wide = _WIDE.search(data) is not None
        narrow = data
        if wide:
            decoded = data.decode("utf-8", errors="surrogateescape")
            narrow = decoded.translate(_NARROW).encode("utf-8", errors="surrogateescape")
        found = self._found(narrow)
        if not found or (isinstance(text, bytes) and not wide):
            return tuple(found)
        if narrow.isascii() and isinstance(text, str):
            return tuple(found)
        characters = _in_characters(found, data=narrow)
        return tuple(characters if isinstance(text, str) else _in_bytes(characters, data=data))

    def _found(self, data: bytes) -> list[Finding]:
        found: list[Finding] = []
        readers = READERS
        covered = 0
        for start, category in self._engine.candidates(data):
            if start < covered and category == Category.ADDRESS:
                continue
            finding = readers[category](data, start)
            if finding is None or finding.confidence < SURE_ENOUGH:
                continue
            if category == Category.ADDRESS:
                covered = finding.end
            # Candidates come in order of their beginning; a reader may reach back, so the last ones are compared.
            while found and finding.start < found[-1].end and _is_better(finding, than=found[-1]):
                found.pop()
            if not found or finding.start >= found[-1].end:
                found.append(finding)
        return found


def _is_better(finding: Finding, *, than: Finding) -> bool:
    return (finding.confidence, finding.end - finding.start) > (than.confidence, than.end - than.start)


def _in_characters(found: list[Finding], *, data: bytes) -> list[Finding]:
    """Give the findings with places in characters: one running count over the bytes that begin one."""
    begins = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    count = np.concatenate([[0], np.cumsum(begins, dtype=np.int64)])
    starts = count[[finding.start for finding in found]].tolist()
    ends = count[[finding.end for finding in found]].tolist()
    return [
        Finding(finding.what, start, end, finding.confidence)
        for finding, start, end in zip(found, starts, ends, strict=True)
    ]


def _in_bytes(found: list[Finding], *, data: bytes) -> list[Finding]:
    """Give findings in characters with places in the bytes they were written in."""
    place = np.flatnonzero((np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80)
    places = np.append(place, len(data))
    return [Finding(f.what, int(places[f.start]), int(places[f.end]), f.confidence) for f in found]
