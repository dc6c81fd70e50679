"""With the dump: the same bytes, the same rows, every shown cell as it stands there."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.evidence_world import Builder, World, with_bits

from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import report, statement, verify
from suyuan.evidence.dump import DumpChecked
from suyuan.evidence.opening import Column, Dialect, TraceOpen


def world_of(
    dump: Callable[[bytes], bytes] = lambda data: data, *, change: Callable[[TraceOpen], TraceOpen] = lambda o: o
) -> World:
    """Give a world whose leak was written down in another way."""

    class Rewritten(Builder):
        def leak(self) -> tuple[dict[int, dict[str, str]], bytes]:
            rows, data = super().leak()
            return rows, dump(data)

    world = Rewritten(change_open=change).build()
    return replace(world, bundle=with_bits(world.bundle))


def checked(world: World, folder: Path, *, dump: bytes | None = None) -> DumpChecked | None:
    path = folder / "dump"
    path.write_bytes(world.dump if dump is None else dump)
    return verify(world.write(), dump=path).dump


def dialect(**changes: object) -> Callable[[TraceOpen], TraceOpen]:
    return lambda o: replace(o, dump=replace(o.dump, dialect=replace(o.dump.dialect, **changes)))  # type: ignore[arg-type]


def as_lines(data: bytes) -> bytes:
    """Give the leak as JSON Lines, with a null and a number in columns that are not read."""
    import csv
    import io
    import json

    rows = list(csv.reader(io.StringIO(data.decode())))[1:]
    return "\n".join(json.dumps({"名": r[0], "tel": r[1], "n": 1, "x": None}) for r in rows).encode() + b"\n\n"


def as_json_columns(opened: TraceOpen) -> TraceOpen:
    return replace(
        opened,
        dump=replace(
            opened.dump,
            dialect=Dialect(format="jsonl", codecs=("utf-8",), bom=0, delimiter="", quote="", header=False, width=0),
            columns=(
                Column(at="名", field="name", kind="person_name"),
                Column(at="tel", field="phone", kind="phone"),
            ),
        ),
    )


WRITTEN = {
    "plain": (lambda d: d, lambda o: o),
    "bom": (lambda d: b"\xef\xbb\xbf" + d, dialect(bom=3)),
    "utf-16": (lambda d: b"\xff\xfe" + d.decode().encode("utf-16-le"), dialect(codecs=("utf-16-le",), bom=2)),
    "mixed codecs": (
        lambda d: d.replace(b",x", ",京".encode("gb18030"), 1).replace(b",x", ",京".encode(), 1),
        dialect(codecs=("utf-8", "gb18030")),
    ),
    "undecodable elsewhere": (lambda d: d.replace(b",x", b",\xff", 1), dialect(codecs=("utf-8",))),
    "blank lines": (lambda d: d.replace(b"\r\n", b"\r\n\r\n"), dialect()),
    "long separator": (
        lambda d: d.replace(b'"', b"").replace(b", ", b"\0").replace(b",", b"----").replace(b"\0", b", "),
        dialect(delimiter="----", quote=""),
    ),
    "no header": (lambda d: d.partition(b"\r\n")[2], dialect(header=False)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_rows_are_found_however_the_dump_is_written(name: str, tmp_path: Path) -> None:
    rewrite, change = WRITTEN[name]
    assert checked(world_of(rewrite, change=change), tmp_path) == DumpChecked(rows=7, reread=True)


def test_json_lines(tmp_path: Path) -> None:
    class Lines(Builder):
        def leak(self) -> tuple[dict[int, dict[str, str]], bytes]:
            rows, data = super().leak()
            return rows, as_lines(data)

        def found(self) -> list[object]:  # type: ignore[override]
            return [replace(found, at="tel") for found in super().found()]

    built = Lines(change_open=as_json_columns).build()
    world = replace(built, bundle=with_bits(built.bundle))
    assert checked(world, tmp_path) == DumpChecked(rows=7, reread=True)


def test_parquet_is_only_hashed(tmp_path: Path) -> None:
    world = world_of(lambda _: b"PAR1 whatever PAR1", change=dialect(format="parquet"))
    assert checked(world, tmp_path) == DumpChecked(rows=0, reread=False)
    verified = verify(world.write(), dump=tmp_path / "dump")
    assert "cannot be re-read" in statement(verified)
    assert report(verified)["dump"]["cells_reread"] is False  # type: ignore[index]


def test_another_file_is_refused(tmp_path: Path) -> None:
    world = world_of()
    for dump in (world.dump + b"x", world.dump.replace(b"STRANGER", b"strangeR").replace(b"any", b"ANY"), b""):
        with pytest.raises(VerificationError, match="not the file that was traced"):
            checked(world, tmp_path, dump=dump)


def test_a_missing_dump_is_one_clear_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(RefusedError) as caught:
            verify(world_of().write(), dump=path)
        assert caught.value.code == "evidence.dump"


def swapped(data: bytes) -> bytes:
    """Exchange the first two rows, under a digest that is nevertheless the committed one."""
    lines = data.split(b"\r\n")
    lines[1], lines[2] = lines[2], lines[1]
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    ("rewrite", "complaint"),
    [
        (swapped, "dump row 0: reads otherwise"),
        (lambda d: d.replace(b"170 ", b"171 "), "dump row 6: reads otherwise"),
        (lambda d: d.replace(b",x\r\n", b"\r\n", 1), "dump row 0: is shown in the bundle and cannot be read"),
        (lambda d: d + b"one more,+1,x\r\n", "not as many rows"),
        (lambda d: d.rsplit(b"\r\n", 2)[0] + b"\r\n", "not as many rows"),
        (lambda d: d + b'"open quote', "not as many rows"),
    ],
)
def test_rows_that_the_bundle_does_not_show_rightly_are_refused(
    rewrite: Callable[[bytes], bytes], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(VerificationError, match=complaint):
        checked(world_of(rewrite), tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"delimiter": ""}, {"delimiter": "\n"}, {"quote": "ab"}, {"codecs": ("klingon",)}, {"codecs": ("hex",)},
        {"codecs": ()}, {"codecs": ("utf-16-le",)}, {"format": "jsonl"}, {"width": 9},
    ],
)  # fmt: skip
def test_a_dialect_that_does_not_read_it_is_refused(changes: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match=r"^dump"):
        checked(world_of(change=dialect(**changes)), tmp_path)


def test_a_large_dump_is_streamed(tmp_path: Path) -> None:
    """Blocks end inside rows; strangers stand behind the rows that are shown."""
    more = 200_000

    def bigger(opened: TraceOpen) -> TraceOpen:
        return replace(opened, dump=replace(opened.dump, rows=opened.dump.rows + more))

    world = world_of(lambda d: d + b"some stranger,+8617099999999,y\r\n" * more, change=bigger)
    assert len(world.dump) > 4 << 20
    assert world.bundle.opened.dump.sha256 == sha256(world.dump).digest()
    assert checked(world, tmp_path) == DumpChecked(rows=7, reread=True)
