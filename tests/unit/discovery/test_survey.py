"""Columns judged by cells and names, and the draft of a register made of them."""

import tomllib
from collections.abc import Iterator
from functools import partial

import polars as pl
import pytest

from suyuan.collect.dictionary import items
from suyuan.discovery import Scanner, What
from suyuan.discovery.columns import ColumnFinding, ColumnTally
from suyuan.discovery.draft import draft
from suyuan.discovery.headers import Header, header, names_a_key
from suyuan.discovery.ports import Part, TablePart, TextPart, UnreadPart
from suyuan.discovery.survey import Survey
from suyuan.errors import RefusedError
from suyuan.simulation import invent_people
from suyuan.terms import KindName

SCANNER = Scanner()
PEOPLE = invent_people(400, seed=5, share_western=0.0)


def judged(name: str, cells: list[str]) -> list[ColumnFinding]:
    tally = ColumnTally(name=name)
    tally.add(pl.Series(cells, dtype=pl.String), scanner=SCANNER)
    return tally.findings()


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("phone", What.PHONE), ("id_number", What.RESIDENT_ID), ("email", What.EMAIL), ("address", What.POSTAL_ADDRESS),
        ("name", What.PERSON_NAME),
    ],
)  # fmt: skip
def test_content_tells_without_a_name(column: str, what: What) -> None:
    (found,) = judged("c7", PEOPLE[column].to_list())
    assert (found.what, found.by) == (what, "content")
    (named,) = judged(column, PEOPLE[column].to_list())
    assert (named.what, named.by) == (what, "content and name")
    assert named.confidence > found.confidence


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("order_no", [f"2026112205{n:08}" for n in range(300)]),
        ("trade", [f"62{n * 7919 % 10**14:014}" for n in range(300)]),
        ("amount", [f"{n}.50" for n in range(300)]),
        ("created_at", [f"2026-11-{1 + n % 28:02} 05:31:25" for n in range(300)]),
        ("ts", [str(1_732_256_789_123 + n) for n in range(300)]),
        ("status", ["已签收", "运输中", "方便面"] * 100),
        ("phone", ["", "-", "无"] * 100),
    ],
)
def test_hard_negatives_are_no_finding(name: str, cells: list[str]) -> None:
    assert judged(name, cells) == []


def test_a_date_is_of_birth_only_where_its_column_says_so() -> None:
    cells = PEOPLE["birth_date"].to_list()
    assert judged("updated", cells) == []
    assert [f.what for f in judged("生日", cells)] == [What.DATE_OF_BIRTH]


def test_values_inside_longer_text_are_counted_by_cell() -> None:
    cells = [
        f"回访 {row} 已联系，也可打 {row}"
        if n % 2
        else "客户说下周再来，暂无其他要求，先登记在案，等候通知，谢谢配合工作"
        for n, row in enumerate(PEOPLE["phone"])
    ]
    (found,) = judged("note", cells)
    assert (found.what, found.cells, found.by) == (What.PHONE, 200, "inside the text")


def test_a_name_alone_tells_what_has_no_shape() -> None:
    (found,) = judged("gender", ["f", "m"])
    assert (found.what, found.items, found.by) == (None, ("gender",), "name")


def test_headers() -> None:
    assert header("手机号1") == header("PHONE") == header("customer_phone")
    # This one says whose it is: no consignee's.
    assert header("user_phone") == Header(what=What.PHONE, items=("mobile_number",))
    assert header("qty") is None
    assert names_a_key("客户编号")
    assert not names_a_key("phone")


class World:
    def parts(self) -> Iterator[Part]:
        frame = PEOPLE.select(
            "customer", pl.col("phone").alias("phone_no"), pl.col("phone").alias("Phone 2"), "name"
        ).with_columns(gender=pl.lit("f"), memo=pl.lit("备注"))
        yield TablePart(
            place="public.customers",
            batches=partial(iter, [frame[:100], frame[100:]]),
            key=("customer",),
            relation='"public"."customers"',
        )
        yield TextPart(place="app.log", blocks=partial(iter, ["手机 16300001234\n".encode() * 3]))
        yield TablePart(place="broken", batches=broken)
        yield UnreadPart(place="x.bin", reason="neither")


def broken() -> Iterator[pl.DataFrame]:
    raise RefusedError("damaged", code="file.csv")


def surveyed() -> Survey:
    survey = Survey()
    survey.add(World(), rows=0, scanner=SCANNER)
    return survey


def test_a_survey_names_what_it_could_not_read() -> None:
    survey = surveyed()
    assert [(part.place, part.rows, part.key) for part in survey.parts] == [
        ("public.customers", 400, "customer"),
        ("app.log", 3, ""),
    ]
    assert [(unread.place, unread.reason) for unread in survey.unread] == [("broken", "damaged"), ("x.bin", "neither")]
    assert survey.totals["phone"] == 803


def test_no_more_rows_are_read_than_wanted() -> None:
    survey = Survey()
    survey.add(World(), rows=150, scanner=SCANNER)
    assert survey.parts[0].rows == 150


def test_the_draft_is_a_register_with_reasons() -> None:
    made = draft(surveyed(), database="postgresql://reader:secret@db.example.com/shop?password=secret")
    assert "secret" not in made.sources
    fields, sources = tomllib.loads(made.fields), tomllib.loads(made.sources)
    assert fields["customer"] == {"kind": "identifier", "item": "customer_number", "key": True}
    assert fields["phone"] == {"kind": "phone", "aliases": ["phone_no"]}
    assert fields["phone_2"] == {"kind": "phone", "aliases": ["Phone 2"]}
    assert fields["gender"] == {"kind": "text", "item": "gender"}
    assert all(entry["kind"] in set(KindName) and entry.get("item", "gender") in items() for entry in fields.values())
    assert "# public.customers, phone_no: 100% of its cells; by content and name" in made.fields
    query = 'SELECT customer, phone_no, "Phone 2", name, gender FROM "public"."customers"'
    assert sources == {
        "customers": {
            "database": "postgresql://reader@db.example.com/shop",
            "query": query,
            "key_query": f"{query} WHERE customer = :key",
            "columns": {"phone_no": "phone", "Phone 2": "phone_2"},
        }
    }


def test_every_table_has_a_source_of_its_own_name() -> None:
    class Named:
        def parts(self) -> Iterator[Part]:
            for place in ("public.\u5ba2\u6237", "old.\u5ba2\u6237", "public.t-1", "public.---"):
                relation = ".".join(f'"{piece}"' for piece in place.split("."))
                yield TablePart(place=place, batches=partial(iter, [PEOPLE[["customer", "phone"]]]), relation=relation)

    survey = Survey()
    survey.add(Named(), rows=0, scanner=SCANNER)
    sources = tomllib.loads(draft(survey, database="postgresql://db.example.com/shop").sources)
    assert list(sources) == ["\u5ba2\u6237", "\u5ba2\u6237_2", "t_1", "table"]
    assert 'FROM "old"."\u5ba2\u6237" WHERE customer = :key' in sources["\u5ba2\u6237_2"]["key_query"]


def test_nothing_of_anybody_is_in_a_draft() -> None:
    made = draft(surveyed(), database="postgresql://db.example.com/shop")
    text = made.fields + made.sources
    assert not any(
        value in text for column in ("phone", "name", "email", "id_number") for value in PEOPLE[column].drop_nulls()
    )
