"""The fast road gives the rows, counts and links of the general one, or declines."""

import random
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import Dump, DumpColumn
from suyuan.trace.files import source
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.delimited import read_delimited
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.source import Source
from suyuan.trace.ingest import ingest
from suyuan.trace.intake import prepare
from suyuan.trace.link import Links, link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.road import ByteRoad, PlainRows
from suyuan.trace.ports import Numbers, Tokens

KINDS: Final = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("customer"): KindName.IDENTIFIER,
}
TOKENIZERS: Final = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in KINDS.values()}
PERSONS: Final = 3_000


class People:
    """Invented persons by their tokens; some numbers are two persons'."""

    def __init__(self) -> None:
        self.indexes: dict[KindName, PersonIndex] = {}
        for kind, column in (
            (KindName.PHONE, [f"+861400000{person % (PERSONS - 50):04}" for person in range(PERSONS)]),
            (KindName.EMAIL, [f"somebody{person}@example.com" for person in range(PERSONS)]),
            (KindName.IDENTIFIER, [f"C-{person}" for person in range(PERSONS)]),
        ):
            tokens = TOKENIZERS[kind].column(pl.Series(column)).to_numpy()
            self.indexes[kind] = PersonIndex.of(tokens, persons=np.arange(PERSONS))

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        return self.indexes[kind].find(tokens)


PEOPLE: Final = People()


def columns_of(width: int) -> tuple[DumpColumn, ...]:
    named = list(KINDS.items())[:width]
    return tuple(
        DumpColumn(index=index, name="", field=field, kind=kind, share=1.0) for index, (field, kind) in enumerate(named)
    )


@given(
    text=st.text('a1,"\n\r|€', max_size=60),
    header=st.booleans(),
    quote=st.sampled_from(['"', ""]),
    width=st.integers(2, 3),
)
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_cut_alike(tmp_path: Path, text: str, header: bool, quote: str, width: int) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(text.encode())
    dialect = Dialect(
        format=DumpFormat.DELIMITED, codecs=("utf-8",), delimiter=",", quote=quote, header=header, width=width
    )
    columns = columns_of(width)
    fields = {column.index: column.field for column in columns if column.field is not None}
    asides = Aside(), Aside()
    fast = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0).read(
        Source(path), dialect=dialect, columns=columns, aside=asides[0]
    )
    if fast is None:
        return
    plain = read_delimited(Source(path), dialect=dialect, fields=fields, aside=asides[1])
    assert (fast.batches.rows, fast.unreadable) == (plain.batches.rows, plain.unreadable)
    assert asides[0].counts == asides[1].counts
    assert pl.concat(fast.batches).equals(pl.concat(plain.batches))


def dump_text(draw: random.Random, *, rows: int, comma: str) -> str:
    """A dump of invented persons and strangers, with quoted and ragged rows."""
    lines = []
    for _ in range(rows):
        person = draw.randrange(2 * PERSONS)
        phone = f"1400000{person:04}"
        spelled = draw.choice(
            (
                phone,
                f"+86{phone}",
                f"{phone}.0",
                f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
                "NULL",
                "",
                "12",
                "０" + phone,
            )
        )
        email = draw.choice((f"somebody{person}@example.com", f"SOMEBODY{person}@Example.com", "", "x@y"))
        customer = draw.choice((f"C-{person}", f"C-{draw.randrange(PERSONS)}", "", f'"C-{person}"'))
        name = draw.choice(("张伟", "李娜", f'"王{comma}芳"', '"赵""强"', "", "亅乗乣", "王𐀀"))
        cells = [name, spelled, email, customer]
        lines.append(comma.join(cells[: draw.choice((4,) * 20 + (1, 1))]))
        if draw.random() < 0.01:
            lines.append("")
    return "\n".join(lines) + draw.choice(("", "\n"))


def test_a_stretch_without_what_all_others_show_is_read_by_content(tmp_path: Path) -> None:
    """Late in the file an order's number stands where the phones were: no head and no probe tells."""
    path = tmp_path / "dump.csv"
    lines = [f"张伟,1400000{n % PERSONS:04},somebody{n % PERSONS}@example.com,C-{n % PERSONS}" for n in range(6_000)]
    lines[4_100:4_700] = [f"张伟,{8_000_000 + n},1400000{n % PERSONS:04},C-{n % PERSONS}" for n in range(600)]
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    answers = []
    for text in ("\n".join(lines[:4_000]), "\n".join(lines)):
        path.write_text(text)
        fast, plain = ingest(path, fields=KINDS, road=road), ingest(path, fields=KINDS)
        assert (fast.rows, fast.unreadable) == (plain.rows, plain.unreadable)
        assert pl.concat(fast.batches).equals(pl.concat(plain.batches))
        answers.append(isinstance(fast.batches, PlainRows))
    assert answers == [True, False]


def both(path: Path, *, header: bool) -> tuple[Links, Links]:
    columns = {index: (field, kind) for index, (field, kind) in enumerate(KINDS.items())}
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    asides = Aside(), Aside()
    fast = ingest(path, fields=KINDS, columns=columns, road=road, aside=asides[0])
    assert isinstance(fast.batches, PlainRows)
    plain = ingest(path, fields=KINDS, columns=columns, aside=asides[1])
    assert (fast.sha256, fast.rows, fast.unreadable) == (plain.sha256, plain.rows, plain.unreadable)
    assert asides[0].counts == asides[1].counts
    assert fast.table().equals(plain.table())
    assert fast.table().equals(plain.table()), "a second time"
    found = link(fast, people=PEOPLE, tokenizers=TOKENIZERS, road=road)
    assert road.standings_of(fast.batches) is None
    return found, link(plain, people=PEOPLE, tokenizers=TOKENIZERS)


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("comma", [",", "\t"])
def test_a_dump_is_linked_alike(tmp_path: Path, codec: str, comma: str) -> None:
    path = tmp_path / "dump.csv"
    text = dump_text(random.Random(11), rows=20_000, comma=comma)
    path.write_bytes((comma.join(KINDS) + "\n" + text).encode(codec))
    fast, plain = both(path, header=True)
    assert fast.linked > 5_000
    assert fast.contradicting.len() > 100
    assert fast.keyless.len() > 100
    assert fast.table.equals(plain.table)
    assert (fast.standing == plain.standing).all()


def test_a_dump_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("name,phone\n张伟,14000000001\n李娜,14000000002\n")
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    dump = ingest(path, fields=KINDS, road=road)
    path.write_text("name,phone\n张伟,14000000001\n李娜,14000000003\n")
    with pytest.raises(Exception, match="changed while it was traced"):
        dump.table()


def test_a_damaged_line_far_from_the_head_goes_the_general_road(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    lines = ["name,phone", *(f"张伟,1400000{person % PERSONS:04}" for person in range(20_000))]
    path.write_bytes("\n".join(lines).encode() + "\n李娜".encode() + b"\xff,14000000002\n")
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    dump = ingest(path, fields=KINDS, road=road)
    assert not isinstance(dump.batches, PlainRows)
    assert (dump.rows, dump.unreadable, dump.damaged_lines) == (20_001, 0, 1)


def test_a_chinese_dump_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(dump_text(random.Random(3), rows=60_000, comma=",").encode("gb18030"))
    places: list[int] = []
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    columns = {index: (field, kind) for index, (field, kind) in enumerate(KINDS.items())}
    dump = ingest(path, fields=KINDS, columns=columns, road=road, progress=places.append)
    assert dump.dialect.codecs == ("gb18030",)
    assert isinstance(dump.batches, PlainRows)
    assert places == sorted(set(places))
    assert places[-1] == path.stat().st_size


LINES: Final = {
    "ascii": b"John Smith,14000000001,somebody1@example.com",
    "bar": "亅乗,14000000002,somebody2@example.com".encode("gb18030"),
    "four bytes": "王𐀀,１４０００００００３,somebody3@example.com".encode("gb18030"),
    "utf-8": "王芳,14000000004,somebody4@example.com".encode(),
    "latin": "Zoé,14000000005,somebody5@example.com".encode(),
    "big5": "臺灣陳國憲,14000000006,somebody6@example.com".encode("cp950"),
    "cut": "张伟".encode("gb18030")[:-1] + b",14000000007,somebody7@example.com",
    "cut at the end": b"x,14000000008,\xb0",
    "broken": b"\xff\xff,14000000009,somebody9@example.com",
    "open quote": '"张伟,14000000010,somebody10@example.com'.encode("gb18030"),
    "wide": "张伟,14000000011,somebody11@example.com,".encode("gb18030"),
}
HEAD_BYTES: Final = 2_048


def told(path: Path, *, road: ByteRoad | None) -> tuple[object, ...]:
    """What is told of a dump, and its links; of one that is refused, why."""
    aside = Aside()
    columns = {index: (field, kind) for index, (field, kind) in enumerate([*KINDS.items()][:3])}
    try:
        dump: Dump = ingest(path, fields=KINDS, columns=columns, road=road, aside=aside)
    except RefusedError as refusal:
        return (refusal.code,)
    links = link(dump, people=PEOPLE, tokenizers=TOKENIZERS, road=road)
    return (
        dump.dialect, dump.sha256, dump.rows, dump.unreadable, dump.damaged_lines, aside.counts,
        dump.table().rows(), links.table.rows(), links.standing.tolist(),
    )  # fmt: skip


ODD: Final = st.lists(
    st.tuples(st.sampled_from(sorted(LINES)), st.sampled_from((1, 7, 12, 90, 500)), st.floats(0, 1)), max_size=3
)


@given(odd=ODD, ends=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_chinese_head_binds_nobody(tmp_path: Path, odd: list[tuple[str, int, float]], ends: bool) -> None:
    """Whatever comes after a head of clean GB18030, the file is read as by a road that looks at all lines first."""
    after_a_chinese_head(tmp_path / "dump.csv", odd=odd, ends=ends)


@pytest.mark.slow
@given(odd=ODD, ends=st.booleans())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_chinese_head_binds_nobody_at_length(tmp_path: Path, odd: list[tuple[str, int, float]], ends: bool) -> None:
    """`test_a_chinese_head_binds_nobody` over fifty times as many; minutes."""
    after_a_chinese_head(tmp_path / "dump.csv", odd=odd, ends=ends)


def after_a_chinese_head(path: Path, *, odd: list[tuple[str, int, float]], ends: bool) -> None:
    lines = [f"张伟,1400000{person:04},somebody{person}@example.com".encode("gb18030") for person in range(400)]
    heads = HEAD_BYTES // len(lines[-1]) + 1
    for which, count, place in odd:
        at = heads + int(place * (len(lines) - heads))
        lines[at:at] = [LINES[which]] * count
    path.write_bytes(b"\n".join(lines) + b"\n" * ends)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "HEAD_BYTES", HEAD_BYTES)
        patch.setattr(prepare, "HEAD_BYTES", HEAD_BYTES)
        road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
        assert told(path, road=road) == told(path, road=None)


def test_lines_at_the_very_end_decide_against_a_chinese_head(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    chinese = [f"张伟,1400000{person % PERSONS:04}".encode("gb18030") for person in range(30_000)]
    path.write_bytes(b"\n".join(chinese + ["李娜,14000000001".encode()] * 1_000))
    road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
    dump = ingest(path, fields=KINDS, road=road)
    assert dump.dialect.codecs == ("utf-8", "gb18030")
    assert dump.table()["name"].value_counts(sort=True).rows() == [("张伟", 30_000), ("李娜", 1_000)]


def test_a_line_over_the_limit_is_left_to_the_general_road(tmp_path: Path) -> None:
    """Short cells alone would let the cutter pass it."""
    path = tmp_path / "dump.csv"
    rows = [f"张伟,1400000{person % PERSONS:04}" for person in range(120_000)]
    for size in (source.LINE_BYTES, source.LINE_BYTES + 1):
        long = "1," * (size // 2) + "1" * (size % 2)
        path.write_text("\n".join((*rows, long, *rows)))
        road = ByteRoad(people=PEOPLE, tokenizers=TOKENIZERS, least_bytes=0)
        dump = ingest(path, fields=KINDS, road=road)
        assert isinstance(dump.batches, PlainRows) == (size == source.LINE_BYTES)
        assert (dump.rows, dump.unreadable) == (240_000, 1)
