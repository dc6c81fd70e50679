"""The rows of a list: their plan and entry, and what the account is shown of them. Twin of `bulk` for short pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical, merkle, side_by_side
from suyuan.hold.group import Group
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.ledger.batch import SIDE as TABLE_SIDE
from suyuan.ledger.batch import batch_columns
from suyuan.ledger.entry import BatchEntry, KeySpan
from suyuan.ledger.log import Draft
from suyuan.ledger.receipt import Receipt
from suyuan.release import sides
from suyuan.release.admission import Admission
from suyuan.release.door import Door
from suyuan.release.drawing import draws_of
from suyuan.release.manifest import fresh_nonce, person_columns
from suyuan.release.plan import Plan
from suyuan.release.reasons import payload_of, why_of
from suyuan.release.rendering import steps_of
from suyuan.release.sides import draft
from suyuan.release.writing import write_rows
from suyuan.terms import FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgered:
    """A page that is in the ledger: what may be shown of it now.

    Args:
        lanes: the lane keys of each row of the page, in the page's order.
    """

    admission: Admission
    receipt: Receipt
    group: Group
    marked: tuple[FieldName, ...]
    lanes: npt.NDArray[np.uint8]


def ledger_rows(
    door: Door, *, admission: Admission, records: SealedColumns, group: Group, marked: tuple[FieldName, ...]
) -> Ledgered:
    """Steps 2 and 3: one entry that names every person of the page, durably. A person may have several rows.

    The order in the manifest is drawn afresh, as in every bulk release.

    Args:
        records: row by row, with the commitments of the fields that are marked.
        group: the secrets of the records' persons, row by row.
    """
    asked, count = admission.asked, len(records)
    payload = payload_of(
        asked,
        marked=marked,
        law=canonical.to_base64(door.law_digest),
        policy=canonical.to_base64(door.policy_digest),
    )
    order = np.argsort(np.frombuffer(door.entropy.draw(8 * count), dtype="<u8"), kind="stable")
    behind = _Behind(records=records.take(order), group=group.part(order.tolist()))
    # Each person once, by her first row.
    persons = behind.records.persons.tolist()
    once = sorted(dict(zip(reversed(persons), reversed(range(count)), strict=True)).values())
    row_keys = door.list_keys(lanes=max(1, len(marked)))
    with door.lock:
        span = row_keys.together(count)

        def plan(counted: Admission, epoch: int) -> Draft:
            return _plan(
                door,
                admission=counted,
                behind=behind,
                once=once,
                marked=marked,
                span=span,
                payload=payload,
                epoch=epoch,
            )

        whom = behind.group if len(once) == count else behind.group.part(once)
        admission, receipt = door.ledger_bulk(admission, persons=whom.persons, plan=plan, group=whom)
        row_keys.use_up((span,))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    lanes = row_keys.lanes_of(span)[place]
    return Ledgered(admission=admission, receipt=receipt, group=group, marked=marked, lanes=lanes)


def show_rows(door: Door, *, ledgered: Ledgered, records: SealedColumns) -> tuple[list[dict[str, str]], bytes]:
    """Steps 4 and 5: open against the receipt, minimise, mask, mark; in the page's order, and the page's digest."""
    opened = door.unseal_rows(ledgered.group, receipt=ledgered.receipt, records=records)
    steps = steps_of(ledgered.admission.asked, marked=ledgered.marked)
    return write_rows(opened, steps=steps, draws=draws_of(ledgered.lanes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """The records behind the rows of the manifest, in its order, and the secrets of their persons."""

    records: SealedColumns
    group: Group


def _plan(
    door: Door,
    *,
    admission: Admission,
    behind: _Behind,
    once: Sequence[int],
    marked: tuple[FieldName, ...],
    span: KeySpan,
    payload: bytes,
    epoch: int,
) -> Draft:
    request, broker = admission.asked.request, door.broker
    records, group, rows = behind.records, behind.group, len(behind.records)
    labels, commitments = broker.name_rows(group, payload=payload, pool=span.pool, first=span.first, epoch=epoch)
    tables = broker.tables_of_rows(group, records=records)
    manifest = person_columns(first=span.first, labels=labels, nonces=_nonces(records, span=span), tables=tables)
    leaves, sealed_rows = broker.seal_columns(group, pool=span.pool, first=span.first, rows=manifest)
    if len(once) < rows:
        table = batch_columns([labels[i] for i in once], commitments=[commitments[i] for i in once])
    else:
        table = batch_columns(labels, commitments=commitments)
    broker.expect_batch([group.persons[i] for i in once], table_root=table.root)
    committed, sealed = broker.seal_payload(payload)
    plan = Plan(
        act=request.act, recipient=request.recipient, purpose=request.purpose, marked=marked, omitted_per_65536=0,
        rows=rows, planted=0, overlay=False, why=why_of(admission.asked),
    )  # fmt: skip
    body = BatchEntry(
        commitment=committed,
        keys=span,
        manifest=merkle.Tree(leaves).root,
        rows=len(once),
        law=door.law_digest,
        recipient=broker.recipient_label(request.recipient),
        table=table.root,
    )
    kept = {
        sides.PLAN_SIDE: plan.encode(),
        sides.LABELS_SIDE: side_by_side.joined(labels),
        sides.ROWS_SIDE: sealed_rows,
        sides.OMITTED_SIDE: bytes((rows + 7) // 8),
        sides.TOKENS_SIDE: admission.tokens,
    }
    public = {sides.PAYLOAD_SIDE: sealed, TABLE_SIDE: table.body}
    return draft(body, broker=broker, sealed=kept, public=public, epoch=epoch)


def _nonces(records: SealedColumns, *, span: KeySpan) -> npt.NDArray[np.uint64]:
    """Give each row's nonce: her record's version, under which the commitments were made; a fresh one where there are none."""
    if records.tables:
        return records.versions.astype(np.uint64)
    fresh_nonce(pool=span.pool, ordinal=span.end)
    base = np.uint64(fresh_nonce(pool=span.pool, ordinal=span.first))
    return base + np.arange(len(records), dtype=np.uint64)
