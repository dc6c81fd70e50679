"""A batch table made of columns is the one made row by row, and refuses what that one refuses."""

from hashlib import sha256

import pytest

from suyuan.errors import RefusedError
from suyuan.ledger.batch import batch_columns, batch_table


def digests(count: int, *, seed: str) -> list[bytes]:
    return [sha256(f"{seed} {i}".encode()).digest() for i in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_columns_are_rows(count: int) -> None:
    labels, commitments = digests(count, seed="label"), digests(count, seed="commitment")
    table, rows = (
        batch_columns(labels, commitments=commitments),
        batch_table(list(zip(labels, commitments, strict=True))),
    )
    assert (table.body, table.order, table.root, table.rows) == (rows.body, rows.order, rows.root, count)


def test_labels_that_begin_alike_are_sorted_whole() -> None:
    labels = [bytes(8) + one[8:] for one in digests(20, seed="label")]
    commitments = digests(20, seed="commitment")
    table = batch_columns(labels, commitments=commitments)
    assert table.body == b"".join(sorted(label + one for label, one in zip(labels, commitments, strict=True)))


def test_a_label_twice_and_a_short_one_are_refused() -> None:
    labels, commitments = digests(5, seed="label"), digests(5, seed="commitment")
    with pytest.raises(RefusedError, match="a label stands twice"):
        batch_columns([*labels[:4], labels[0]], commitments=commitments)
    with pytest.raises(RefusedError, match="have 32 bytes"):
        batch_columns([*labels[:4], b"short"], commitments=commitments)


def test_lengths_that_even_out_are_refused() -> None:
    labels, commitments = digests(4, seed="label"), digests(4, seed="commitment")
    for some, others in (
        ([*labels[:2], bytes(31), bytes(33)], commitments),
        (labels, [*commitments[:2], bytes(31), bytes(33)]),
    ):
        with pytest.raises(RefusedError, match="have 32 bytes"):
            batch_columns(some, commitments=others)
