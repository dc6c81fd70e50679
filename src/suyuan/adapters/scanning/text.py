"""Bytes of a file as UTF-8 in blocks that end with a line, whatever of the usual encodings it is in; unpacked as it is read."""

import codecs
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

BLOCK_BYTES: Final = 4 << 20
PROBE_BYTES: Final = 64 << 10


def opened(path: Path) -> IO[bytes]:
    """Open a file, unpacking gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def probe(path: Path) -> bytes:
    """Give the beginning of what a file holds."""
    with opened(path) as file:
        return file.read(PROBE_BYTES)


def encoding_of(head: bytes) -> str:
    """Give the encoding of a text by its beginning; empty where it is no text."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        return ""
    for name in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            decoder.decode(head)
        except UnicodeDecodeError:
            continue
        return name
    return "utf-8" if sum(byte < 0x20 and byte not in b"\t\r\n\x1b" for byte in head) * 50 < len(head) else ""


def blocks(path: Path, *, encoding: str) -> Iterator[bytes]:
    """Give the text in blocks of a few megabytes."""
    decode = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = b""
    with opened(path) as file:
        while raw := file.read(BLOCK_BYTES):
            block = rest + (raw if decode is None else decode.decode(raw).encode("utf-8", errors="replace"))
            cut = block.rfind(b"\n") + 1 or len(block)
            yield block[:cut]
            rest = block[cut:]
    if rest:
        yield rest
