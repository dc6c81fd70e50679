"""Plain rows of SQL by the kernel and by the reader of values: the same rows, wherever a statement is cut."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.columns.crowded import crowded
from suyuan.trace.columns.nobody import OF_SOMEBODY
from suyuan.trace.doubts.identifiers import identifiers
from suyuan.trace.files import source
from suyuan.trace.files.damage import cleaned
from suyuan.trace.files.source import Source
from suyuan.trace.formats import sql_blocks, sql_copy, sql_dump
from suyuan.trace.formats.rows import Block, Odd, Row, Text, one_by_one
from suyuan.trace.formats.sql_blocks import viewed
from suyuan.trace.formats.sql_dump import sql_rows
from suyuan.trace.formats.sql_values import Backslash
from suyuan.trace.matching.glancing import CLASSES, CLEAN, HOLED, MAIL, MOBILE, SINGLE, SOMEBODY, TELLING, glance

VALUES = (
    "'张伟'", "'x'", "''", "NULL", "null", "NuLL", "0", "-1", "+5", "13800000000", "1.50", "-0.5", "007", "true", "FALSE", "DEFAULT", "'it''s'",
    r"'it\'s'", r"'back\\slash'", r"'C:\'", r"'line\nfeed'", "'two\nlines'", "'a,b'", "'a),(b'", "'a;b'", "N'国'", "n'x'", "b'101'",
    "0xE5BCA0", "0x4", "0xZZ", "X'E5BCA0'", "_utf8mb4'x'", "_binary 'x'", "E'a\\nb'", "CONCAT('a','b')", "CAST('1' AS CHAR)", "'x'::text", "\"y\"",
    "'a' 'b'", "1e5", ".5", "1.", "-", "5 -- five\n", "/* c */ 6", "'it''''s'", "''''", r"'\0'", "'\0'", "'" + "长" * 9 + "'", "'long " + "y" * 40 + "'",
    " 'x' ", "\t7\n", "nullable", "current_timestamp", "now()", "'\u3000'", "13800000000 ", "'乗' ", "'\\", "'",
)  # fmt: skip
"""Values that are plain, and every way in which one is not."""

HEADS = (
    "INSERT INTO `t` VALUES ",
    "  INSERT INTO `t` (`a`,`b`,`c`) VALUES\n",
    "INSERT INTO t (a,b,c) VALUES ",
    "REPLACE INTO u VALUES ",
)
ENDS = (";\n", " ;\n\n", ";\r\n", ";\r", "; ", "\n", ";\n  ", ";\n-- note\n", ";\n/* x */\n", ")\n;\n")
CELLS = (
    "张伟",
    "",
    "\\N",
    "\\n",
    "a\\tb",
    "back\\\\slash",
    "\\x41",
    "\\N\\N",
    "13800000000",
    "x\r",
    "\r",
    "\\.",
    "a\\.b",
    "y" * 40,
    "\0",
    "\\",
    "'",
)


class Spelled(Text):
    """A text in pieces of so many bytes, in its own codec."""

    def __init__(self, body: bytes, *, piece: int, codecs: tuple[str, ...]) -> None:
        super().__init__(Source(Path("nowhere")), codecs=codecs, bom=0)
        self.body, self.piece = body, piece

    def _chunks(self) -> Iterator[bytes]:
        for at in range(0, len(self.body), self.piece):
            yield self.body[at : at + self.piece]


def rows_of(text: Text, *, backslash: Backslash, wanted: str | None = None) -> list[tuple[object, ...]]:
    """Give rows with their tables and columns, those of blocks one by one."""
    found: list[tuple[object, ...]] = []
    rows = sql_rows(text, backslash=backslash, tables={}, wanted=lambda name: wanted in (None, name))
    for row in rows:
        pieces: Sequence[Row | Block] = (row.row,)
        if wanted is None or row.table == wanted:
            found += [
                (row.table, row.columns, one.text if isinstance(one, Odd) else tuple(one)) for one in one_by_one(pieces)
            ]
    return found


def require_same(
    body: str, *, backslash: Backslash, monkeypatch: pytest.MonkeyPatch, piece: int = 1 << 20, codec: str = "utf-8"
) -> None:
    """Require that the kernel finds what the reader of values does, of all tables and of one."""
    text = Spelled(body.encode(codec, "replace"), piece=piece, codecs=(codec,))
    for wanted in (None, "t"):
        monkeypatch.setattr(sql_blocks, "LEAST_BYTES", 0)
        fast = rows_of(text, backslash=backslash, wanted=wanted)
        monkeypatch.setattr(sql_blocks, "LEAST_BYTES", 1 << 60)
        assert fast == rows_of(text, backslash=backslash, wanted=wanted)


def small_steps(monkeypatch: pytest.MonkeyPatch, *, stretch_bytes: int) -> None:
    """Let a short text come to the reader in many steps, within a statement as well."""
    monkeypatch.setattr(sql_copy, "STRETCH_BYTES", stretch_bytes)
    monkeypatch.setattr(sql_dump, "HEAD_CHARACTERS", 100)


def dump(draw: random.Random, *, share: float) -> str:
    """Give a dump of some statements, of whose values about this share is not plain."""
    parts = ["-- MySQL dump\n"]
    plain = [value for value in VALUES[:17] if "\\" not in value]
    for _ in range(draw.randint(1, 5)):
        if draw.random() < 0.2:
            lines = [
                "\t".join(draw.choice(CELLS if draw.random() < share else CELLS[:1]) for _ in range(3))
                for _ in range(9)
            ]
            # Its end may be missing: then the statement that follows ends it.
            end = draw.choice(("\\.\n", "\\.\n", "", "--\n-- x\n\n"))
            parts.append("COPY t (a, b, c) FROM stdin;\n" + "\n".join(lines) + f"\n{end}")
            continue
        tuples = []
        for _ in range(draw.randint(1, 12)):
            values = [
                draw.choice(VALUES if draw.random() < share else plain)
                for _ in range(3 if draw.random() > share else 2)
            ]
            tuples.append(f"({','.join(values)})")
        mark = (
            draw.choice((",", ",\n", " , ", ","))
            if draw.random() > share
            else draw.choice((" ", ",-- x\n", ",/* y */"))
        )
        parts.append(draw.choice(HEADS) + mark.join(tuples) + draw.choice(ENDS if draw.random() < share else ENDS[:3]))
    return "".join(parts)


@pytest.mark.parametrize("backslash", list(Backslash))
def test_every_kind_of_value(backslash: Backslash, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in VALUES:
        row = f"(1,{value},'z')"
        for body in (
            f"(1,'x','y'),{row},(2,'a','b');\n",
            f"(1,'x','y');\nINSERT INTO `t` VALUES {row};\nINSERT INTO `t` VALUES (3,'c','d');",
        ):
            require_same(HEADS[0] + body, backslash=backslash, monkeypatch=monkeypatch)
    for cell in CELLS:
        body = f"COPY t FROM stdin;\na\tb\n{cell}\tx\nx\t{cell}\n{cell}\n\nc\td\n\\.\nINSERT INTO t VALUES (1);\n"
        require_same(body, backslash=backslash, monkeypatch=monkeypatch)
        require_same(body.replace("\n", "\r\n"), backslash=backslash, monkeypatch=monkeypatch)


def test_cut_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    small_steps(monkeypatch, stretch_bytes=16)
    rows = "(1,'张\\'伟','a),(b'),(2,NULL,'x;y'),(3,N'z',CONCAT('p','q')),(4,'','w')"
    body = f"{HEADS[0]}{rows};\n{HEADS[0]}{rows};\nCOPY t FROM stdin;\na\\tb\t张\nc\td\n\\.\n{HEADS[0]}{rows};"
    for piece in range(1, 60):
        require_same(body, backslash=Backslash.ESCAPES, monkeypatch=monkeypatch, piece=piece)


@pytest.mark.parametrize("codec", ["gb18030", "big5", "utf-16-le"])
def test_bytes_that_look_like_marks(codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The second bytes of these are a backslash, a bar and a quote's neighbours.
    tricky = "乗誠僜許功蓋" if codec != "big5" else "功許蓋育"
    rows = ",".join(f"({n},'{character}','x{character}')" for n, character in enumerate(tricky * 3))
    body = f"{HEADS[0]}{rows};\nCOPY t FROM stdin;\n" + "".join(f"{c}\t{c}\n" for c in tricky) + "\\.\n"
    for backslash in Backslash:
        for piece in (2, 50, 1_000):
            require_same(body, backslash=backslash, monkeypatch=monkeypatch, codec=codec, piece=piece)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 40), piece=st.sampled_from((7, 64, 1 << 20)), share=st.sampled_from((0.0, 0.05, 0.5)))
def test_what_programs_write(seed: int, piece: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(sql_blocks, "FIRST_CELLS", 3)
    small_steps(monkeypatch, stretch_bytes=32)
    require_same(dump(draw, share=share), backslash=draw.choice(list(Backslash)), monkeypatch=monkeypatch, piece=piece)


CERTAIN = st.text("0123456789eExX-._@ aNnul张伟室\u3000１\0\\'+(,、", max_size=24) | st.sampled_from(
    ("13800000000", "somebody@example.com", "a.b_c@d.e.cn", "NULL", "nan", "1e10", "12345.00", "110101199003070070", "张伟 李娜", "2019-01-01 12:00:00")
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(CERTAIN, min_size=1, max_size=60))
def test_what_is_certain_of_a_cell_holds(cells: Sequence[str]) -> None:
    column = pl.Series(cells, dtype=pl.String)
    seen = [
        (raw := cell.encode(), glance(np.frombuffer(raw + bytes(16), dtype=np.uint8), 0, len(raw), CLASSES))[1]
        for cell in cells
    ]
    flags = np.array(seen, dtype=np.uint8)
    found = identifiers(column, kinds=(KindName.PHONE, KindName.EMAIL, KindName.RESIDENT_ID))
    is_telling = np.isin(np.arange(len(cells)), found["place"].to_numpy())
    assert not (is_telling & ((flags & TELLING) == 0)).any()
    assert (column == cleaned(column)).to_numpy()[(flags & CLEAN) > 0].all()
    assert not crowded([column], rows=len(cells)).to_numpy()[(flags & SINGLE) > 0].any()
    assert all(OF_SOMEBODY.search(cell) for cell, flag in zip(cells, seen, strict=True) if flag & SOMEBODY)
    assert [flag & HOLED > 0 for flag in seen] == ["\0" in cell for cell in cells]
    for flag, kind, before in ((MOBILE, KindName.PHONE, "+86"), (MAIL, KindName.EMAIL, "")):
        places = np.flatnonzero(flags & flag)
        plain = column.gather(places)
        assert KINDS[kind].canonical_column(plain).to_list() == [before + cell for cell in plain]
        once = identifiers(plain, kinds=(KindName.PHONE, KindName.EMAIL, KindName.RESIDENT_ID))
        assert once["place"].to_list() == list(range(len(plain)))
        assert set(once["kind"]) <= {kind.value}
        assert once["key"].to_list() == plain.hash().to_list()


def test_names_where_a_telephone_is_shared_are_looked_at_twice() -> None:
    cells = [pl.Series(["13800000000 / 13900000000"]), pl.Series(["张伟、李娜"])]
    assert crowded(cells, rows=1)[0]
    for cell in (one[0].encode() for one in cells):
        assert not glance(np.frombuffer(cell + bytes(16), dtype=np.uint8), 0, len(cell), CLASSES) & SINGLE


def test_every_mobile_number_of_eleven_digits_is_one() -> None:
    cells = pl.Series([f"1{block}{rest:08}" for block in range(30, 100) for rest in (0, 7_654_321, 99_999_999)])
    assert (KINDS[KindName.PHONE].canonical_column(cells) == "+86" + cells).all()


def test_views_are_the_texts() -> None:
    texts = ["", "x", "twelve bytes", "thirteen byte", "长" * 9, "y" * 300]
    padded = "".join(texts).encode() + bytes(16)
    ends = np.cumsum([len(text.encode()) for text in texts])
    assert viewed(padded, starts=np.append(0, ends[:-1]), stops=ends).to_list() == texts


def test_a_window_knows_its_place_in_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_copy, "STRETCH_BYTES", 16)
    body = "".join(f"张{n},x" for n in range(4_000)).encode()
    window, draw, most = sql_copy.Window(Spelled(body, piece=256, codecs=("utf-8",))), random.Random(0), 0
    while window.more():
        window.at = draw.randint(window.at, len(window.text))
        most = max(most, len(window.padded))
        if draw.random() < 0.5:
            continue
        start, size = window.raw()
        assert window.padded[start:size].decode().startswith(window.text[window.at :])
    # What was gone past is let go.
    assert most < sql_copy.PADDING + 1_000


def test_what_stands_before_a_table_is_none_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    small_steps(monkeypatch, stretch_bytes=64)
    before = "-- one of many lines before the table\n" * 40
    for body in (f"COPY t (a) FROM stdin;\n{'张伟' * 80}\nb\nc\n\\.\n", "INSERT INTO t VALUES (1),(2),(3);\n"):
        require_same(before + body, backslash=Backslash.STANDS, monkeypatch=monkeypatch)


def test_pieces_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    assert source.BLOCK_BYTES <= 8 << 20
    monkeypatch.setattr(sql_blocks, "LEAST_BYTES", 0)
    line = (HEADS[0] + ",".join(f"({n},'somebody{n}','x')" for n in range(60_000))).encode()
    text = Spelled(line, piece=1 << 16, codecs=("utf-8",))
    blocks = [row.row for row in sql_rows(text, backslash=Backslash.ESCAPES, tables={}) if isinstance(row.row, Block)]
    assert sum(map(len, blocks)) > 59_000
    assert max(block.size_bytes for block in blocks) <= 1 << 18
