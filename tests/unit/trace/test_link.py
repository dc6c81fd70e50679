"""Exact links: agreement, majority; and counts that add up."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from suyuan.crypto.token import Tokenizer
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.ingest import ingest
from suyuan.trace.link import BY_EVERYTHING, Links, link, link_rest, residual_table
from suyuan.trace.ports import Numbers, Tokens

FIELDS = {
    FieldName("customer"): KindName.IDENTIFIER,
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
}
PEOPLE = [
    ("C-1", "张伟", "13800000001", "a@example.com"),
    ("C-2", "李娜", "13800000002", "b@example.com"),
    ("C-3", "王芳", "13800000003", "c@example.com"),
    ("C-4", "赵强", "13800000003", "d@example.com"),
]
TOKENIZERS = {kind: Tokenizer(b"k" * 32, kind=kind) for kind in FIELDS.values()}


def canonical(value: str, *, kind: KindName) -> str:
    found = KINDS[kind].canonical(value)
    assert isinstance(found, str)
    return found


class Index:
    """The four persons by their tokens."""

    def __init__(self) -> None:
        self.tokens: dict[tuple[KindName, int], set[int]] = {}
        for number, person in enumerate(PEOPLE):
            for value, kind in zip(person, FIELDS.values(), strict=True):
                self.tokens.setdefault((kind, TOKENIZERS[kind].token(canonical(value, kind=kind))), set()).add(number)

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        found = [self.tokens.get((kind, int(token)), set()) for token in tokens]
        return np.array([next(iter(f)) if len(f) == 1 else -1 for f in found], dtype=np.int64)


def linked(folder: Path, *, rows: list[str]) -> Links:
    path = folder / "dump.csv"
    path.write_text("\n".join(["customer,name,phone,email", *rows]) + "\n")
    dump = ingest(path, fields=FIELDS)
    links = link(dump, people=Index(), tokenizers=TOKENIZERS)
    assert links.read == links.linked + links.strangers + links.unreadable
    return links


@pytest.mark.parametrize(
    ("row", "person", "field", "confidence"),
    [
        pytest.param("C-1,张伟,13800000001,a@example.com", 0, "customer", 1.0, id="all agree"),
        pytest.param(",,138 0000 0001,", 0, "phone", 1.0, id="one, in another spelling"),
        pytest.param("C-9,,13800000002,b@example.com", 1, "phone", 1.0, id="an unknown identifier is no vote"),
        pytest.param("C-1,,13800000002,b@example.com", 1, "phone", 2 / 3, id="two against one"),
        pytest.param(",,13800000003,c@example.com", 2, "email", 1.0, id="a shared phone is no vote"),
    ],
)
def test_a_row_goes_to_the_person_its_fields_name(
    tmp_path: Path, row: str, person: int, field: str, confidence: float
) -> None:
    links = linked(tmp_path, rows=[row])
    assert links.table.rows() == [(0, person, field, pytest.approx(confidence))]
    assert (links.linked, links.strangers, links.persons) == (1, 0, 1)


@pytest.mark.parametrize(
    "row", ["C-1,,13800000002,", ",张伟,13800000001,b@example.com", "C-1,,13800000002,c@example.com"]
)
def test_a_row_that_names_several_persons_is_contradicting(tmp_path: Path, row: str) -> None:
    links = linked(tmp_path, rows=[row])
    assert links.contradicting.to_list() == [0]
    assert links.residual.to_list() == []
    assert (links.linked, links.strangers) == (0, 1)


def test_rows_without_a_known_identifier_are_residual(tmp_path: Path) -> None:
    rows = [",张伟,,", "C-77,,13999999999,", "C-1,张伟,13800000001,a@example.com,surplus", "C-2,,,"]
    links = linked(tmp_path, rows=rows)
    assert links.residual.to_list() == [0, 1]
    assert (links.read, links.linked, links.strangers, links.unreadable) == (4, 1, 2, 1)


def test_a_dump_without_strong_fields_is_all_residual(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("name\n张伟\n李娜\n")
    links = link(ingest(path, fields=FIELDS), people=Index(), tokenizers=TOKENIZERS)
    assert links.residual.to_list() == [0, 1]
    assert links.table.height == 0


class Answer:
    """A matcher that gives a prepared answer."""

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows

    def match(self, residual: pl.DataFrame, *, people: pl.DataFrame) -> pl.DataFrame:
        schema = {"row": pl.UInt64, "person": pl.Int64, "probability": pl.Float64}
        return pl.DataFrame([(row, 0, 0.999) for row in self.rows], schema=schema, orient="row")


def test_the_rest_is_linked_by_everything_and_the_counts_follow(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("customer,name,phone\nC-1,,13800000001\n,张伟,\nC-1,张伟,13800000002\n,钱七,\n")
    dump = ingest(path, fields=FIELDS)
    links = link(dump, people=Index(), tokenizers=TOKENIZERS)
    residual = residual_table(dump, links=links)
    assert residual["row"].to_list() == [1, 2, 3]
    people = pl.DataFrame({"person": [0], "name": ["张伟"]})
    more = link_rest(links, residual=residual, people=people, matcher=Answer([1, 2]))
    assert more.table.rows() == [
        (0, 0, "customer", 1.0),
        (1, 0, BY_EVERYTHING, 0.999),
        (2, 0, BY_EVERYTHING, 0.999),
    ]
    assert (more.residual.to_list(), more.contradicting.to_list()) == ([3], [])
    assert (more.read, more.linked, more.strangers) == (4, 3, 1)
    assert link_rest(links, residual=residual.clear(), people=people, matcher=Answer([])) is links


@pytest.mark.parametrize("rows", [[1, 1], [0]])
def test_a_matcher_that_breaks_its_word_is_refused(tmp_path: Path, rows: list[int]) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("customer,name\nC-1,\n,张伟\n")
    dump = ingest(path, fields=FIELDS)
    links = link(dump, people=Index(), tokenizers=TOKENIZERS)
    with pytest.raises(RefusedError, match="matcher"):
        link_rest(
            links,
            residual=residual_table(dump, links=links),
            people=pl.DataFrame({"person": [0], "name": ["张伟"]}),
            matcher=Answer(rows),
        )
