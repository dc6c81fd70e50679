"""The rows of a list: their plan and entry, and what the account is shown of them. Twin of `bulk` for short pages.

A page is too short for columns: at two hundred rows their overhead would be most of the work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical, merkle
from suyuan.hold.ports import SealedRecord
from suyuan.ledger.batch import SIDE as TABLE_SIDE
from suyuan.ledger.batch import batch_table
from suyuan.ledger.entry import BatchEntry, KeySpan
from suyuan.ledger.log import Draft
from suyuan.ledger.receipt import Receipt
from suyuan.release import sides
from suyuan.release.admission import Admission
from suyuan.release.door import Door
from suyuan.release.group import markable
from suyuan.release.manifest import DIGEST, fresh_nonce, person_rows
from suyuan.release.plan import Plan
from suyuan.release.reasons import payload_of, why_of
from suyuan.release.rendering import render
from suyuan.release.sides import draft
from suyuan.terms import Clear, FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgered:
    """A page that is in the ledger: what may be shown of it now.

    Args:
        lanes: the lane keys of each row of the page, in the page's order.
    """

    admission: Admission
    receipt: Receipt
    marked: tuple[FieldName, ...]
    lanes: npt.NDArray[np.uint8]


def ledger_rows(door: Door, *, admission: Admission, records: Sequence[SealedRecord]) -> Ledgered:
    """Steps 2 and 3: one entry that names every person of the page, durably. A person may have several rows.

    The order in the manifest is drawn afresh, as in every bulk release.
    """
    asked, count = admission.asked, len(records)
    marked = markable(asked)
    payload = payload_of(
        asked,
        marked=marked,
        law=canonical.to_base64(door.law_digest),
        policy=canonical.to_base64(door.policy_digest),
    )
    order = np.argsort(np.frombuffer(door.entropy.draw(8 * count), dtype="<u8"), kind="stable").tolist()
    behind = [records[row] for row in order]
    numbers = [record.person for record in behind]
    once = sorted({person: place for place, person in reversed(list(enumerate(numbers)))}.values())
    with door.lock:
        span = door.list_keys.together(count)

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

        admission, receipt = door.ledger_bulk(admission, persons=[numbers[place] for place in once], plan=plan)
        door.list_keys.use_up((span,))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return Ledgered(admission=admission, receipt=receipt, marked=marked, lanes=door.row_keys.lanes_of(span)[place])


def show_rows(door: Door, *, ledgered: Ledgered, records: Sequence[SealedRecord]) -> list[dict[FieldName, Clear]]:
    """Steps 4 and 5: open against the receipt, minimise, mask, mark; row by row in the page's order."""
    unseal = door.unsealer(ledgered.receipt, sealed=True)
    asked, marked = ledgered.admission.asked, ledgered.marked
    return [
        render(unseal(record), asked=asked, marked=marked, lanes=lanes)
        for record, lanes in zip(records, ledgered.lanes, strict=True)
    ]


def _plan(
    door: Door,
    *,
    admission: Admission,
    behind: Sequence[SealedRecord],
    once: Sequence[int],
    marked: tuple[FieldName, ...],
    span: KeySpan,
    payload: bytes,
    epoch: int,
) -> Draft:
    request, broker = admission.asked.request, door.broker
    persons = [int(record.person) for record in behind]
    prepared = broker.prepare_rows(persons, payload=payload, pool=span.pool, first=span.first, epoch=epoch)
    tables: Mapping[FieldName, Sequence[bytes]] = broker.tables_of(behind, fields=marked)
    nonces = (
        [record.version for record in behind]
        if marked
        else [fresh_nonce(pool=span.pool, ordinal=span.first + i) for i in range(len(behind))]
    )
    manifest = person_rows(
        first=span.first, labels=prepared.labels, nonces=nonces, tables=[tables[name] for name in marked]
    )
    sealed_rows = broker.seal_rows(persons, pool=span.pool, first=span.first, rows=manifest)
    table = batch_table([(prepared.labels[i], prepared.commitments[i]) for i in once])
    broker.expect_batch([persons[i] for i in once], table_root=table.root)
    committed, sealed = broker.seal_payload(payload)
    plan = Plan(
        act=request.act, recipient=request.recipient, purpose=request.purpose, marked=marked, omitted_per_65536=0,
        rows=len(behind), planted=0, overlay=False, why=why_of(admission.asked),
    )  # fmt: skip
    body = BatchEntry(
        commitment=committed,
        keys=span,
        manifest=merkle.root([row[:DIGEST] for row in sealed_rows]),
        rows=len(once),
        law=door.law_digest,
        recipient=broker.recipient_label(request.recipient),
        table=table.root,
    )
    kept = {
        sides.PLAN_SIDE: plan.encode(),
        sides.LABELS_SIDE: b"".join(prepared.labels),
        sides.ROWS_SIDE: b"".join(sealed_rows),
        sides.OMITTED_SIDE: bytes((len(behind) + 7) // 8),
        sides.TOKENS_SIDE: admission.tokens,
    }
    public = {sides.PAYLOAD_SIDE: sealed, TABLE_SIDE: table.body}
    return draft(body, broker=broker, sealed=kept, public=public, epoch=epoch)
