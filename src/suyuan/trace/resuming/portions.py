"""Portions of a dump (`engines.portion`) as parts that are kept."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from suyuan.crypto.canonical import Json
from suyuan.terms import Digest
from suyuan.trace.doubts.straying import Seen
from suyuan.trace.dump import DumpColumn
from suyuan.trace.engines.portion import Portion
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.resuming.unfinished import Part


def part_of(portion: Portion, **more: Json) -> Part:
    """Give a portion as a part, with more plain values beside it."""
    assert portion.digest is not None
    header: dict[str, Any] = {
        "number": portion.number, "verdict": portion.verdict, "rows": portion.rows, "unreadable": portion.unreadable,
        "damaged_lines": portion.damaged_lines, "digest": portion.digest.hex(), "odd": portion.odd,
        "seen": {name: asdict(one) for name, one in portion.seen.items()}, "late": portion.late,
        "bits": {name: b64encode(bits).decode() for name, bits in portion.bits.items()}, **more,
    }  # fmt: skip
    return Part(header=header, bodies=(portion.table, portion.standing))


def portion_of(part: Part) -> Portion:
    """Give the portion that `part_of` made a part of."""
    said, (table, standing, *_) = part.header, part.bodies
    return Portion(
        number=said["number"], verdict=said["verdict"], rows=said["rows"], unreadable=said["unreadable"],
        damaged_lines=said["damaged_lines"], digest=Digest(bytes.fromhex(said["digest"])), table=table,
        standing=standing, odd=tuple((row, reason, text) for row, reason, text in said["odd"]),
        seen={name: Seen(**one) for name, one in said["seen"].items()}, late=tuple(said["late"]),
        bits={name: b64decode(bits) for name, bits in said["bits"].items()},
    )  # fmt: skip


def reading_facts(
    dialect: Dialect, *, columns: tuple[DumpColumn, ...], size: int, keeps_text: bool, index: str
) -> Mapping[str, Json]:
    """Give what the rows and links of a dump are made from, beside its bytes."""
    return {
        "dialect": dialect.document(), "size": size, "keeps_text": keeps_text, "index": index,
        "columns": [[c.index, c.name, c.field, c.kind] for c in columns if c.field is not None],
    }  # fmt: skip
