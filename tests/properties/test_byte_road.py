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
from suyuan.terms import FieldName, KindName
from suyuan.trace.aside import Aside
from suyuan.trace.delimited import read_delimited
from suyuan.trace.dialect import Dialect, DumpFormat
from suyuan.trace.dump import DumpColumn
from suyuan.trace.ingest import ingest
from suyuan.trace.link import Links, link
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.matching.road import ByteRoad, PlainRows
from suyuan.trace.ports import Numbers, Tokens
from suyuan.trace.source import Source

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
        name = draw.choice(("张伟", "李娜", f'"王{comma}芳"', '"赵""强"', ""))
        cells = [name, spelled, email, customer]
        lines.append(comma.join(cells[: draw.choice((4,) * 20 + (2, 3))]))
        if draw.random() < 0.01:
            lines.append("")
    return "\n".join(lines) + draw.choice(("", "\n"))


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
