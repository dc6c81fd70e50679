"""Bulk release: one leaf for a whole file, columnar from end to end; the same six steps as a look-up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.collect.field import FieldPolicy
from suyuan.crypto import aead_table, canonical, merkle, side_by_side
from suyuan.crypto.compiled import pays
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.ledger.batch import SIDE as TABLE_SIDE
from suyuan.ledger.batch import batch_table
from suyuan.ledger.entry import BatchEntry, KeySpan
from suyuan.ledger.log import Draft
from suyuan.mark.law import omission
from suyuan.mark.pool import Pool
from suyuan.release import sides
from suyuan.release.acts import Showing, Shown
from suyuan.release.admission import Admission
from suyuan.release.bulk_rows import ROWS_PER_STEP, Cells, Work, biases_of, write_file
from suyuan.release.checks.asked import Asked
from suyuan.release.checks.contract import contract_of
from suyuan.release.door import Door
from suyuan.release.manifest import DIGEST, fresh_nonce, person_rows
from suyuan.release.marking import omitted_rows
from suyuan.release.ordering import partners_in, partners_of
from suyuan.release.plan import Plan, lanes_of
from suyuan.release.planting import plant
from suyuan.release.ports import Progress, RowSource, Sink, silent
from suyuan.release.reasons import payload_of, why_of
from suyuan.release.released import ReleasedFile
from suyuan.release.request import BulkRequest
from suyuan.release.sharing import NONE, fields_of_identifiers, share
from suyuan.release.sides import draft
from suyuan.terms import FieldName, KindName, PersonNumber


def export(
    door: Door,
    *,
    request: BulkRequest,
    source: RowSource,
    sink: Sink,
    progress: Progress = silent,
    admission: Admission | None = None,
) -> ReleasedFile:
    """Let a partner, or an account that brings its own rows, receive a file.

    Args:
        admission: what `door.admit` gave for this very request; without it the checks are asked here.
    Raises: RefusedError: a check said no; the refusal is in the ledger and the sink is abandoned.
        UnavailableError: the ledger or the sink cannot be written; nothing was handed over.
    """
    try:
        admission = _admitted(door, request=request, source=source, admission=admission)
        if not len(source.persons):
            raise RefusedError("there are no rows to release", code="release.empty")
        admission, keep = door.sort_out(admission, persons=source.persons)
        kept = source if keep.all() else source.only(keep)
        return _export(door, request=request, admission=admission, source=kept, sink=sink, progress=progress)
    except BaseException:
        sink.abandon()
        raise


def _admitted(door: Door, *, request: BulkRequest, source: RowSource, admission: Admission | None) -> Admission:
    fields = tuple(field.name for field in source.fields.values())
    if admission is None:
        return door.admit(request, fields=fields, rows=len(source.persons))
    asked = admission.asked
    if asked.request is not request or not set(fields) <= set(asked.shown):
        raise RefusedError("this file is not the one that the checks were asked about", code="release.fields")
    return admission


def _export(
    door: Door, *, request: BulkRequest, admission: Admission, source: RowSource, sink: Sink, progress: Progress
) -> ReleasedFile:
    if pays(len(source.persons)):
        side_by_side.load()
        aead_table.load()
    work = _prepare(door, request=request, asked=admission.asked, source=source)
    payload = payload_of(
        admission.asked,
        marked=tuple(work.marked),
        law=canonical.to_base64(door.law_digest),
        policy=canonical.to_base64(door.policy_digest),
        fields=tuple(work.showing),
    )
    planned = _described(door, work=work, progress=progress)
    handed = planned.persons[work.keep[planned.order]]
    _, first = np.unique(handed, return_index=True)
    admission, receipt = door.ledger_bulk(
        admission,
        persons=[PersonNumber(int(person)) for person in handed[np.sort(first)]],
        plan=lambda counted, epoch: _plan(
            door, work=work, described=planned, payload=payload, admission=counted, epoch=epoch
        ),
    )
    digest, state, cells = bytes(32), "failed", Cells()
    try:
        unseal = door.unsealer(receipt, sealed=not source.overlay)
        cells = write_file(door, work=work, sink=sink, unseal=unseal, progress=progress)
        digest, state = sink.finish(), "handed"
    finally:
        door.conclude(receipt, digest=digest, state=state)
    return ReleasedFile(
        receipt=receipt,
        rows=int(work.keep.sum()),
        omitted=int((~work.keep).sum()),
        decoys=len(work.planting.decoys) + len(work.sharing.shown),
        aliases=len(work.planting.aliases),
        unmarked_cells=cells.unmarked,
        bits_per_row=cells.bits / max(1, int(work.keep.sum())),
        withheld=admission.withheld,
    )


def _prepare(door: Door, *, request: BulkRequest, asked: Asked, source: RowSource) -> Work:
    """Draw the row keys ahead, ledger their root, and let them decide what is left out and planted."""
    shown = asked.shown
    contract = contract_of(request, policy=door.policy)
    columns = {field.name: column for column, field in source.fields.items()}
    marked = {
        name: columns[name]
        for name, how in shown.items()
        if name in columns
        and how.showing is Showing.CLEAR
        and name not in contract.aliases
        and KINDS[door.policy.fields[name].kind].slot_names
    }
    aliased = {name: pool for name, pool in contract.aliases.items() if name in columns}
    rows = len(source.persons)
    fields = _fields_of_shared(door, source=source, shown=shown, aliased=aliased) if contract.shared_decoys else {}
    shared = contract.shared_decoys if fields else 0
    family = family_of(request, year=door.now().year) if marked or shared else ""
    ties = source.ties
    lanes = lanes_of(len(marked), omitted=bool(contract.omitted_per_65536), ordered=ties is not None)
    decoy_pools = _decoy_pools(door, clear=_clear_fields(source, shown=shown), aliased=aliased)
    own = rows + (rows + shared) * len(aliased) + contract.decoys * len(decoy_pools)
    span = KeySpan(pool=door.row_keys.draw(rows=own + shared, lanes=lanes), first=0, count=own + shared)
    keys = door.row_keys.lanes_of(span)
    order = np.argsort(np.frombuffer(door.entropy.draw(8 * rows), dtype="<u8"), kind="stable")
    place = np.empty(rows, dtype=np.int64)
    place[order] = np.arange(rows)
    keep = np.ones(rows, dtype=np.bool_)
    if contract.omitted_per_65536:
        law = omission(omitted_per_65536=contract.omitted_per_65536)
        keep = ~omitted_rows(keys[:rows, len(marked)], law=law)[place]
    planting = plant(
        keys[rows:own],
        first_row=rows,
        aliases={name: door.policy.alias_pools[pool_name] for name, pool_name in aliased.items()},
        rows=rows,
        shared=shared,
        decoys=contract.decoys,
        pools=decoy_pools,
        taken=door.taken(),
        entropy=door.entropy,
    )
    behind = KeySpan(pool=span.pool, first=own, count=shared)
    return Work(
        request=request,
        contract=contract,
        source=source,
        showing={name: how for name, how in shown.items() if name in columns},
        masks=door.policy.masks,
        marked=marked,
        span=span,
        place=place,
        keys=keys,
        keep=keep,
        partner=None if ties is None else partners_of(source.persons, runs=ties, rows_per_step=ROWS_PER_STEP),
        planting=planting,
        sharing=share(door, family=family, fields=fields, span=behind, lanes=keys[own:]) if shared else NONE,
        family=family,
        biases=biases_of(door, family=family, marked=tuple(marked), persons=source.persons),
    )


def _fields_of_shared(
    door: Door, *, source: RowSource, shown: Mapping[FieldName, Shown], aliased: Mapping[FieldName, str]
) -> dict[KindName, FieldName]:
    """Give the fields by which a shared decoy is found again: shown in clear, and the same in every copy."""
    own = [field for field in _clear_fields(source, shown=shown) if field.name not in aliased]
    return fields_of_identifiers(door.policy.shared_pools, fields=own)


def family_of(request: BulkRequest, *, year: int) -> str:
    """Give the export family whose recipients share their biases: the purpose, for a year."""
    return f"{request.purpose}/{year}"


def _clear_fields(source: RowSource, *, shown: Mapping[FieldName, Shown]) -> list[FieldPolicy]:
    """Give the fields of a file that are not masked: a masked identifier cannot be found again."""
    return [field for field in source.fields.values() if shown[field.name].showing is Showing.CLEAR]


def _decoy_pools(
    door: Door, *, clear: Sequence[FieldPolicy], aliased: Mapping[FieldName, str]
) -> Mapping[FieldName, Pool]:
    """Give, for each pool whose kind the file shows a field of, the first such field that is still free.

    Where a field shows aliases, a decoy's comes from the same pool as everybody's: it must not stand out.
    """
    found: dict[FieldName, Pool] = {name: door.policy.alias_pools[pool] for name, pool in aliased.items()}
    for pool in door.policy.decoy_pools:
        name = next((f.name for f in clear if f.kind is pool.kind and f.name not in found), None)
        if name is not None:
            found[name] = pool
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """The file's rows as the manifest has them, in its order: what does not hang on the epoch.

    `order` is the row of the file behind each row of the manifest; `tables` has a list for each marked field.
    """

    order: npt.NDArray[np.int64]
    persons: npt.NDArray[np.int64]
    nonces: list[int]
    tables: list[list[bytes]]


def _described(door: Door, *, work: Work, progress: Progress) -> _Described:
    """Step 2: commit to the form tables of every row; no value is kept."""
    source, first, rows = work.source, work.span.first, work.rows
    order = np.argsort(work.place)
    behind = order.tolist()
    if work.marked:
        nonces = source.nonces(pool=work.span.pool, ordinals=(first + work.place).tolist())
    else:
        nonces = [fresh_nonce(pool=work.span.pool, ordinal=ordinal) for ordinal in (first + work.place).tolist()]
    tables: list[list[bytes]] = [[] for _ in work.marked]
    for start in range(0, rows, ROWS_PER_STEP):
        stop = min(rows, start + ROWS_PER_STEP)
        by_field = source.commitments(tuple(work.marked), start=start, stop=stop, nonces=nonces[start:stop])
        for lane, name in enumerate(work.marked):
            tables[lane] += by_field[name]
        progress("plan", stop, rows)
    return _Described(
        order=order,
        persons=source.persons[order],
        nonces=[nonces[row] for row in behind],
        tables=[[column[row] for row in behind] for column in tables],
    )


def _plan(door: Door, *, work: Work, described: _Described, payload: bytes, admission: Admission, epoch: int) -> Draft:
    """Step 2: everything the leaf commits to, and the private sides that open it, for the labels of an epoch."""
    first, pool, persons = work.span.first, work.span.pool, described.persons.tolist()
    prepared = door.broker.prepare_rows(persons, payload=payload, pool=pool, first=first, epoch=epoch)
    manifest = person_rows(
        first=first,
        labels=prepared.labels,
        nonces=described.nonces,
        tables=described.tables,
        biases=work.biases[described.order].tobytes() if work.family else b"",
        partners=None if work.partner is None else partners_in(work.partner, place=work.place),
    )
    sealed_rows = door.broker.seal_rows(persons, pool=pool, first=first, rows=manifest)
    leaves = [row[:DIGEST] for row in sealed_rows]
    leaves += merkle.leaf_hashes(planted.manifest_row() for planted in work.planting.all)
    leaves += merkle.leaf_hashes(work.sharing.rows)
    keep = work.keep[described.order]
    kept = np.flatnonzero(keep)
    once = kept[np.sort(np.unique(described.persons[kept], return_index=True)[1])].tolist()
    table = batch_table([(prepared.labels[i], prepared.commitments[i]) for i in once])
    door.broker.expect_batch([persons[i] for i in once], table_root=table.root)
    committed, sealed = door.broker.seal_payload(payload)
    plan = Plan(
        act=work.request.act, recipient=work.request.recipient, purpose=work.request.purpose,
        marked=tuple(work.marked), omitted_per_65536=work.contract.omitted_per_65536, rows=work.rows,
        planted=len(work.planting.all), overlay=work.source.overlay, why=why_of(admission.asked),
        family=work.family, shared=len(work.sharing.decoys), ordered=work.partner is not None,
    )  # fmt: skip
    body = BatchEntry(
        commitment=committed,
        keys=work.span,
        manifest=merkle.root(leaves),
        rows=len(once),
        law=door.law_digest,
        recipient=door.broker.recipient_label(work.request.recipient),
        table=table.root,
    )
    kept_sides = {
        sides.PLAN_SIDE: plan.encode(),
        sides.LABELS_SIDE: b"".join(prepared.labels),
        sides.ROWS_SIDE: b"".join(sealed_rows),
        sides.OMITTED_SIDE: np.packbits(~keep).tobytes(),
        sides.PLANTED_SIDE: canonical.encode([planted.document() for planted in work.planting.all]),
    }
    if admission.tokens:
        kept_sides[sides.TOKENS_SIDE] = admission.tokens
    public = {sides.PAYLOAD_SIDE: sealed, TABLE_SIDE: table.body}
    return draft(body, broker=door.broker, sealed=kept_sides, public=public, epoch=epoch)
