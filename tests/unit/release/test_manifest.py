"""Manifest rows, planted identifiers and plans read back as they were written, and nothing else reads."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import canonical
from suyuan.errors import VerificationError
from suyuan.release.manifest import (
    PLANTED_BYTES,
    PersonRow,
    Planted,
    parse_person_row,
    person_columns,
    person_row,
    person_rows,
    read_planted,
    row_bytes,
)
from suyuan.release.plan import OnePerson, Plan, parse_plan
from suyuan.terms import FieldName, Recipient, RecipientKind

DIGESTS = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(0, 2**53 - 1)
PLANS = st.builds(
    Plan,
    act=st.sampled_from(["lookup", "export"]),
    recipient=st.builds(Recipient, kind=st.sampled_from(RecipientKind), id=st.text("ab-张", min_size=1)),
    purpose=st.text("ab"),
    marked=st.lists(st.sampled_from([FieldName("name"), FieldName("phone")]), unique=True).map(tuple),
    omitted_per_65536=st.integers(0, 32_768),
    rows=NUMBERS,
    planted=NUMBERS,
    overlay=st.booleans(),
    one=st.none() | st.binary(max_size=99),
    family=st.sampled_from(["", "delivery/2026"]),
    shared=NUMBERS,
    ordered=st.booleans(),
)
PLAIN = Plan(
    act="lookup", recipient=Recipient(kind=RecipientKind.ACCOUNT, id="a"), purpose="p", marked=(),
    omitted_per_65536=0, rows=1, planted=0, overlay=False,
)  # fmt: skip
PLANTED = st.builds(
    Planted, row=NUMBERS, ordinal=NUMBERS, pool=st.text("ab"), index=NUMBERS, attempt=st.integers(0, 3),
    identifier=st.text("+19a@.", min_size=1), use=st.sampled_from(["decoy", "alias"]), at=st.integers(-1, 99),
    salt=DIGESTS,
)  # fmt: skip


@given(ordinal=NUMBERS, label=DIGESTS, nonce=NUMBERS, tables=st.lists(DIGESTS, max_size=8), biased=st.booleans())
def test_a_persons_row_reads_back(ordinal: int, label: bytes, nonce: int, tables: list[bytes], biased: bool) -> None:
    biases = bytes(i % 3 for i in range(len(tables))) if biased else b""
    row = person_row(ordinal=ordinal, label=label, nonce=nonce, tables=tables, biases=biases)
    assert parse_person_row(row) == PersonRow(
        ordinal=ordinal, label=label, nonce=nonce, tables=tuple(tables), biases=tuple(biases)
    )
    assert len(row) == row_bytes(marked=len(tables), biased=biased)
    for bad in (row[:-1], row + b"\x00", b"\x02" + row[1:], b""):
        with pytest.raises(VerificationError):
            parse_person_row(bad)


@given(labels=st.lists(DIGESTS, min_size=1, max_size=5), fields=st.integers(0, 3), first=st.integers(0, 2**40))
def test_rows_as_columns_are_rows_alone(labels: list[bytes], fields: int, first: int) -> None:
    nonces = np.arange(len(labels), dtype=np.uint64) + np.uint64(1 << 63)
    tables = np.arange(len(labels) * 32 * fields, dtype=np.uint32).astype(np.uint8).reshape(len(labels), -1)
    rows = person_columns(first=first, labels=labels, nonces=nonces, tables=tables)
    cut = [[row.tobytes()[at : at + 32] for at in range(0, 32 * fields, 32)] for row in tables]
    assert [row.tobytes() for row in rows] == [
        person_row(ordinal=first + i, label=label, nonce=(1 << 63) + i, tables=cut[i]) for i, label in enumerate(labels)
    ]


@given(labels=st.lists(DIGESTS, max_size=5), fields=st.integers(0, 3), first=NUMBERS)
def test_rows_together_are_as_rows_alone(labels: list[bytes], fields: int, first: int) -> None:
    tables = [[bytes([field]) * 32 for _ in labels] for field in range(fields)]
    nonces = range(7, 7 + len(labels))
    biases = bytes(i % 3 for i in range(fields * len(labels)))
    rows = person_rows(first=first, labels=labels, nonces=nonces, tables=tables, biases=biases)
    assert rows == [
        person_row(
            ordinal=first + i,
            label=label,
            nonce=7 + i,
            tables=[column[i] for column in tables],
            biases=biases[i * fields : (i + 1) * fields],
        )
        for i, label in enumerate(labels)
    ]


@given(labels=st.lists(DIGESTS, min_size=1, max_size=5), fields=st.integers(0, 3), first=NUMBERS, data=st.data())
def test_a_row_of_an_ordered_release_names_its_partner(
    labels: list[bytes], fields: int, first: int, data: st.DataObject
) -> None:
    tables = [[bytes([field]) * 32 for _ in labels] for field in range(fields)]
    biases = bytes(i % 3 for i in range(fields * len(labels)))
    numbers = st.lists(st.integers(-1, 2**32 - 2), min_size=len(labels), max_size=len(labels))
    partners = np.array(data.draw(numbers), dtype=np.int64)
    nonces = [7] * len(labels)
    rows = person_rows(first=first, labels=labels, nonces=nonces, tables=tables, biases=biases, partners=partners)
    for i, row in enumerate(rows):
        read = parse_person_row(row)
        assert (read.partner, read.label, read.ordinal) == (int(partners[i]), labels[i], first + i)
        assert read.biases == tuple(biases[i * fields : (i + 1) * fields])
        assert len(row) == row_bytes(marked=fields, biased=True, ordered=True)
        for bad in (row[:-1], row + b"\x00", b"\x03" + row[1:]):
            with pytest.raises(VerificationError):
                parse_person_row(bad)


@given(plan=PLANS)
def test_a_plan_reads_back(plan: Plan) -> None:
    assert parse_plan(plan.encode()) == plan
    fields = len(plan.marked)
    assert plan.lanes == (fields + 2 if plan.ordered else max(1, fields + (plan.omitted_per_65536 > 0)))
    with pytest.raises(VerificationError):
        parse_plan(plan.encode().replace(b'"v":5', b'"v":6'))


def test_a_plan_of_the_first_version_still_reads() -> None:
    one = {"manifest": canonical.to_base64(b"row"), "person": 7}
    document = canonical.decode_object(PLAIN.encode())
    old = parse_plan(canonical.encode({**document, "one": one, "v": 1}))
    assert old.one == OnePerson(person=7, manifest=b"row")
    assert replace(old, one=None) == PLAIN
    with pytest.raises(VerificationError):
        old.encode()  # Nothing that names a person is written any more.
    with pytest.raises(VerificationError):
        parse_plan(canonical.encode({**document, "one": one, "v": 2}))


@given(planted=st.lists(PLANTED, max_size=4))
def test_planted_identifiers_read_back(planted: list[Planted]) -> None:
    raw = canonical.encode([item.document() for item in planted])
    assert read_planted(raw) == tuple(planted)
    assert all(len(item.manifest_row()) == PLANTED_BYTES for item in planted)


def test_what_is_no_side_is_refused() -> None:
    assert read_planted(None) == ()
    for raw in (b"{}", b"[1]", b'[{"row":1}]'):
        with pytest.raises(VerificationError):
            read_planted(raw)
    with pytest.raises(VerificationError):
        parse_plan(b"{}")
