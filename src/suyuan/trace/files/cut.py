"""The text of a packed file of which only the beginning is there: what stands behind its last line, and what is told."""

from collections.abc import Callable, Iterator
from typing import Final

from suyuan.trace.files.containers import damaged
from suyuan.trace.files.encoding import byte_order_mark, unmarked_utf16

CUT: Final = "\0\0\x1a"
"""What is put behind a text that breaks off within a line: no row in any format, and told from a hole."""

CUT_OFF: Final = "the packed file is cut off: what stands before is read, and the row in which it breaks off is not"

CUT_LEAST: Final = 4 << 10
"""A text of one line, such as JSON, is read where it breaks off if so much of it is there."""


def marked(blocks: Iterator[bytes], *, is_cut: Callable[[], bool]) -> Iterator[bytes]:
    """Give blocks, and where the stream broke off within a line a mark behind it.

    Args:
        is_cut: says after the last one whether the stream broke off.
    Raises: RefusedError: `trace.archive`, neither a whole line nor much else stands before the cut.
    """
    size, last, codec, has_line = 0, b"", "utf-8", False
    for block in blocks:
        codec = codec if size else byte_order_mark(block)[0] or unmarked_utf16(block) or codec
        size += len(block)
        last, has_line = (last + block[-2:])[-2:], has_line or b"\n" in block or b"\r" in block
        yield block
    if not is_cut():
        return
    if not has_line and size < CUT_LEAST:
        raise damaged()
    if not last.strip(b"\0").endswith((b"\n", b"\r")):
        is_wide = codec.startswith("utf-16")
        yield (b"\0" if is_wide and size % 2 else b"") + CUT.encode(codec if is_wide else "utf-8")
