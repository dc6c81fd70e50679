"""The characters of a dump: which codecs, tried in which order on each line, and UTF-8 from there on."""

import codecs as stdlib_codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from suyuan.crypto.compiled import pays
from suyuan.errors import RefusedError
from suyuan.trace.files.own_codecs import BIG5_LINES, PAIR, looks_like_big5

THREE_BYTES = re.compile(rb"[\xe2-\xf4][\x80-\xbf][\x80-\xbf]")
"""What UTF-8 text beyond Latin and Cyrillic always has, and GB18030 that passes for UTF-8 by chance hardly ever."""

BOMS = (
    (stdlib_codecs.BOM_UTF8, "utf-8"),
    (stdlib_codecs.BOM_UTF16_LE, "utf-16-le"),
    (stdlib_codecs.BOM_UTF16_BE, "utf-16-be"),
)


CHINESE = ("gb18030",)

BIG5_LEAST, BIG5_SHARE = 3, 0.02
"""How many lines, and which share of them, must look like Big5 to be read so, or told of; a line alone may by chance."""

BYTES_PER_LINE = 50
"""About as long as a line is: what tells whether a block is worth a kernel."""

UTF16_ZEROS = 0.08
"""The share of zero bytes on one side of every pair that tells UTF-16 without its mark."""

WESTERN_WORD = re.compile(
    rb"(?<![\x80-\xff])(?:(?<=[A-Za-z])|(?=[\xc0-\xd6\xd8-\xf6\xf8-\xff\x8a\x8c\x8e\x9a\x9c\x9e][a-z]))"
    rb"[\xc0-\xd6\xd8-\xf6\xf8-\xff\x8a\x8c\x8e\x9a\x9c\x9e\x9f](?![\x80-\xff])"
)
"""A letter of Windows-1252 within a Latin word, at its end or at its beginning."""

HIGH_RUN = re.compile(rb"[\x80-\xff]+")

CUT_LEAST = 4
"""Characters of GB2312 beside each broken one from which a line is rather that, cut, than another code."""

SCRIPTS = ((0, 0x250), (0x2000, 0x2070), (0x3000, 0x3020), (0x4E00, 0xA000), (0xFF00, 0xFFF0))
"""What text of people is written in: Latin, punctuation, Han and full-width characters."""


@dataclass(slots=True)
class LineCensus:
    """How the lines of a file with characters beyond ASCII decode."""

    multibyte: int = 0
    latin: int = 0
    chinese: int = 0
    broken: int = 0
    big5: int = 0

    def count(self, block: bytes) -> None:
        """Count the lines of a block."""
        if pays(len(block) // BYTES_PER_LINE):
            self.take(np.frombuffer(block, dtype=np.uint8), start=0, end=len(block))
        else:
            self._count(block.split(b"\n"))

    def take(self, data: npt.NDArray[np.uint8], *, start: int, end: int) -> bool:
        """Count the lines of `data[start:end]` by kernel, and say whether all beyond ASCII are for certain of two-byte GB18030.

        They are counted as a list of lines would be, at many times the speed.

        Test: tests/properties/test_line_census.py holds it to the plain way.
        """
        from suyuan.trace.files.census_kernel import CHINESE, LATIN, MULTIBYTE, count_lines
        from suyuan.trace.matching.blocks import double_bytes

        counts = np.zeros(3, dtype=np.int64)
        # A line in doubt has a byte beyond ASCII and its line feed; room that is not written to costs no memory.
        doubtful = np.empty(((end - start) // 2 + 1, 2), dtype=np.int64)
        found = count_lines(data, start, end, double_bytes(), counts, doubtful)
        self.multibyte += int(counts[MULTIBYTE])
        self.latin += int(counts[LATIN])
        self.chinese += int(counts[CHINESE])
        self._count(data[first:last].tobytes() for first, last in doubtful[:found].tolist())
        return not found and not counts[MULTIBYTE] and not counts[LATIN]

    def _count(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if line.isascii():
                continue
            if is_utf8(line):
                if THREE_BYTES.search(line):
                    self.multibyte += 1
                else:
                    self.latin += 1
            elif looks_like_big5(line):
                self.big5 += 1
            elif looks_western(line):
                self.broken += 1
            elif decodes(line, codec="gb18030") or is_cut_chinese(line):
                self.chinese += 1
            else:
                self.broken += 1

    def codecs(self) -> tuple[str, ...]:
        """Give the codecs to try on each line, in order.

        A short line of GB18030 can pass for UTF-8 by chance (about one name in fifty), so a file whose lines are
        nearly all GB18030 is read as that alone; UTF-8 is tried first only where its longer sequences are seen.
        """
        if not self.chinese + self.broken + self.big5:
            return ("utf-8",)
        if self.big5 > self.chinese + self.broken:
            return ("utf-8", "cp950", "big5hkscs") if self.multibyte * 50 >= self.big5 else ("cp950", "big5hkscs")
        chinese = self.chinese + self.big5
        if self.broken * 5 > chinese:
            return ("utf-8", "cp1252") if self.multibyte + self.latin else ("cp1252",)
        among = (BIG5_LINES,) if self.big5 >= max(BIG5_LEAST, BIG5_SHARE * chinese) else ()
        return ("utf-8", *among, *CHINESE) if self.multibyte * 50 >= chinese else (*among, *CHINESE)


def byte_order_mark(head: bytes) -> tuple[str | None, int]:
    """Give the codec that a byte order mark declares and its size in bytes, or (None, 0)."""
    for mark, codec in BOMS:
        if head.startswith(mark):
            return codec, len(mark)
    return None, 0


def unmarked_utf16(head: bytes) -> str | None:
    """Give the codec of UTF-16 that comes without its mark, or None.

    Digits, separators and line ends have a zero byte, all on the same side; the other side has hardly any. What it
    decodes to must be text of people, so that numbers in binary do not pass.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    codec = "utf-16-le" if odd > even else "utf-16-be"
    if max(even, odd) < UTF16_ZEROS * half or min(even, odd) * 50 > max(even, odd):
        return None
    text = head[: len(head) // 2 * 2].decode(codec, "replace")
    usual = sum(any(first <= ord(c) < last for first, last in SCRIPTS) and c not in "\0" for c in text)
    return codec if "\n" in text and usual >= 0.95 * len(text) else None


def looks_western(line: bytes) -> bool:
    """Say whether every byte beyond ASCII in a line is a letter of a Latin word, as Windows-1252 writes it.

    Most such letters make a character of GB18030 with the plain letter behind them, a rare one (`Stra遝`). Not of text
    with a Chinese character of two bytes beyond ASCII, as nearly all are.
    """
    return len(HIGH_RUN.findall(line)) == len(WESTERN_WORD.findall(line)) > 0


def big5_notes(head: bytes, *, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Tell of lines of a head that are Big5 where the file is read as GB18030, in which every one of them has some text."""
    if not set(CHINESE) <= set(codecs) or any("big5" in codec or codec == "cp950" for codec in codecs):
        return ()
    lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    count = sum(looks_like_big5(line) and not is_utf8(line) for line in lines)
    if count < max(BIG5_LEAST, BIG5_SHARE * len(lines)):
        return ()
    return (
        f"{count:,} of the first {len(lines):,} lines with Chinese look like Big5 among others: their names and addresses are "
        "read wrongly; put them into a file of their own",
    )


def is_cut_chinese(line: bytes) -> bool:
    """Say whether a line is text of GB2312 but for a few characters cut in halves, as fields of a fixed size leave them."""
    text = line.decode("gb18030", "replace")
    lost = text.count("\ufffd")
    pairs: list[bytes] = PAIR.findall(line)
    usual = sum(0xB0 <= pair[0] <= 0xF7 and pair[1] >= 0xA1 for pair in pairs)
    return usual >= CUT_LEAST * lost


def is_utf8(block: bytes) -> bool:
    """Say whether a block is valid UTF-8."""
    return decodes(block, codec="utf-8")


def decodes(block: bytes, *, codec: str) -> bool:
    """Say whether a codec decodes the block strictly."""
    try:
        block.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def is_utf8_block(block: bytes | npt.NDArray[np.uint8]) -> bool:
    """`is_utf8` for large blocks, without building the text or copying the block."""
    ends = pa.py_buffer(np.array((0, len(block)), dtype=np.int64))
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(block)])
    # Polars checks UTF-8 by vectors, at four times the speed of Arrow's cast.
    try:
        pl.Series(whole, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def decode_line(line: bytes, *, codecs: tuple[str, ...]) -> tuple[str, bool]:
    """Give the text of one line and whether a codec decoded it; else it carries as few replacement characters as may be."""
    for codec in codecs:
        try:
            return line.decode(codec), True
        except UnicodeDecodeError:
            continue
    return min((line.decode(codec, "replace") for codec in codecs), key=lambda text: text.count("\ufffd")), False


def utf8_block(block: bytes, *, codecs: tuple[str, ...]) -> tuple[bytes, int]:
    """Give a block of whole lines as UTF-8, and how many of its lines no codec decoded."""
    if codecs[0] == "utf-8" and is_utf8_block(block):
        return block, 0
    text, damaged = decode_block(block, codecs=codecs)
    return text.encode(), damaged


def decode_block(block: bytes, *, codecs: tuple[str, ...]) -> tuple[str, int]:
    """Give the text of a block of whole lines, and how many of its lines no codec decoded.

    A block that the first codec decodes whole decodes alike line by line: no multi-byte sequence of UTF-8 or
    GB18030 contains a line feed.
    """
    try:
        return block.decode(codecs[0]), 0
    except UnicodeDecodeError:
        damaged = 0
    texts: list[str] = []
    for line in block.split(b"\n"):
        text, is_whole = decode_line(line, codecs=codecs)
        damaged += not is_whole
        texts.append(text)
    return "\n".join(texts), damaged


def utf16_blocks(chunks: Iterator[bytes], *, codec: str) -> Iterator[bytes]:
    """Give chunks of UTF-16 as UTF-8.

    Raises: RefusedError: `trace.encoding`, naming the line.
    """
    decoder = stdlib_codecs.getincrementaldecoder(codec)("strict")
    lines = 0
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            lines += text.count("\n")
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        # Not chained: a UnicodeDecodeError carries the bytes it stumbled over.
        raise RefusedError(
            f"the file declares UTF-16 but breaks off or is damaged after line {lines}",
            code="trace.encoding",
            hint="fetch the file again, or convert it to UTF-8",
        ) from None
