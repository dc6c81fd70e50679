"""Bulk release: no canonical value changes, rows keep their order, and the batch names exactly the persons who are in."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.courier import Courier, courier

from suyuan.adapters.files import open_sink
from suyuan.crypto import merkle
from suyuan.errors import RefusedError, UnavailableError
from suyuan.kinds import KINDS
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry
from suyuan.release.bulk import export
from suyuan.release.manifest import parse_person_row, read_planted, sealed_row_bytes
from suyuan.release.plan import parse_plan
from suyuan.release.released import ReleasedFile
from suyuan.release.request import ExportRequest
from suyuan.release.sides import (
    LABELS_SIDE,
    MANIFEST_SIDE,
    OMITTED_SIDE,
    PERSONS_SIDE,
    PLAN_SIDE,
    PLANTED_SIDE,
    ROWS_SIDE,
    require_side,
)
from suyuan.release.sources import StoredRows, SuppliedRows
from suyuan.simulation import invent_people
from suyuan.terms import ContractId, FieldName, PartnerId, PurposeName

FIELDS = ("customer", "name", "phone", "email", "address")


def planted_side(here: Courier, *, index: int) -> bytes:
    return require_side(here.store.ledger, index=index, name=PLANTED_SIDE, broker=here.store.broker)


def request(contract: str, *, partner: str) -> ExportRequest:
    return ExportRequest(partner=PartnerId(partner), purpose=PurposeName("fulfilment"), contract=ContractId(contract))


def supplied(
    here: Courier, frame: pl.DataFrame, *, contract: str, partner: str, name: str
) -> tuple[ReleasedFile, pl.DataFrame]:
    with here.store.door() as door:
        done = here.export(door, partner=partner, contract=contract, name=name, frame=frame)
    return done, pl.read_csv(here.folder / name, infer_schema=False)


def stored(here: Courier, *, contract: str, partner: str, name: str) -> tuple[ReleasedFile, pl.DataFrame]:
    with here.store.door() as door:
        source = StoredRows(
            here.store.people.all_persons(),
            people=here.store.people,
            fields=[here.store.policy.fields[FieldName(field)] for field in FIELDS],
            broker=here.store.broker,
        )
        done = export(
            door, request=request(contract, partner=partner), source=source, sink=open_sink(here.folder / name)
        )
    return done, pl.read_parquet(here.folder / name)


def canonical(frame: pl.DataFrame, *, here: Courier) -> pl.DataFrame:
    fields = here.store.policy.fields
    return pl.DataFrame([KINDS[fields[FieldName(name)].kind].canonical_column(frame[name]) for name in FIELDS])


def test_overlay_and_sealed_change_no_canonical_value_and_keep_the_order(tmp_path: Path) -> None:
    with courier(tmp_path, people=80) as here:
        given_frame = here.people.select(FIELDS)
        for done, shown in (
            supplied(here, given_frame, contract="C-1", partner="p", name="overlay.csv"),
            stored(here, contract="C-1", partner="p", name="sealed.parquet"),
        ):
            assert (done.rows, done.omitted, done.decoys, done.unmarked_cells) == (80, 0, 0, 0)
            assert canonical(shown, here=here).equals(canonical(given_frame, here=here))
            assert not shown.equals(given_frame)
            assert 4 < done.bits_per_row < 12


@settings(max_examples=12)
@given(data=st.data())
def test_nothing_but_spelling_changes_in_any_rows(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows with holes, cells of no kind, persons twice, columns outside the register."""
    rows = data.draw(st.lists(st.integers(0, 39), min_size=1, max_size=30))
    holes = data.draw(st.lists(st.sampled_from([*FIELDS[1:], None]), min_size=len(rows), max_size=len(rows)))
    strange = data.draw(st.sampled_from(["n/a", "", "??", "see note", "=1+1", 'quo"te, and comma', "many\nlines"]))
    base = invent_people(40, seed=9).select(FIELDS)[rows]
    frame = base.with_row_index("at").with_columns(
        *(
            pl.when(pl.Series([hole == name for hole in holes])).then(pl.lit(strange or None)).otherwise(name).alias(name)
            for name in FIELDS[1:]
        ),
        pl.Series("batch", [f"b{i}" for i in range(len(rows))]),
    ).drop("at")  # fmt: skip
    with courier(tmp_path_factory.mktemp("any"), people=5) as here:
        done, shown = supplied(here, frame, contract="C-1", partner="p", name="out.csv")
        assert shown.columns == frame.columns
        assert shown["batch"].equals(frame["batch"])
        assert canonical(shown, here=here).equals(canonical(frame, here=here))
        # What is not of its field's kind is handed over as it was.
        bad = canonical(frame, here=here).select(pl.all().is_null())
        for name in FIELDS:
            kept = frame[name].filter(bad[name]).fill_null("")
            assert shown[name].filter(bad[name]).fill_null("").equals(kept)
        body = here.store.ledger.entry(done.receipt.index).body
        assert isinstance(body, BatchEntry)
        assert body.rows == len(set(rows))  # A person of several rows stands in the table once.


def test_omission_decoys_and_the_table_agree_with_the_file(tmp_path: Path) -> None:
    with courier(tmp_path, people=120) as here:
        given_frame = here.people.select(FIELDS)
        for number, (done, shown) in enumerate(
            (
                supplied(here, given_frame, contract="C-decoys", partner="acme", name="overlay.csv"),
                stored(here, contract="C-decoys", partner="acme", name="sealed.parquet"),
            )
        ):
            assert done.rows + done.omitted == 120
            assert 0 < done.omitted < 40
            assert done.decoys == 4
            assert shown.height == done.rows + 4
            ledger, index = here.store.ledger, done.receipt.index
            body = ledger.entry(index).body
            assert isinstance(body, BatchEntry)
            plan = parse_plan(require_side(ledger, index=index, name=PLAN_SIDE, broker=here.store.broker))
            assert (plan.rows, plan.planted, plan.overlay) == (120, 8, number == 0)
            assert plan.marked == ("name", "phone", "address")
            # The manifest's rows are the file's in an order of its own; the sides name no person but by her label.
            assert not {PERSONS_SIDE, MANIFEST_SIDE} & set(ledger.side_names(index))
            everybody = here.store.people.all_persons()
            epoch = ledger.entry(index).epoch
            person_of = dict(zip(here.store.broker.labels(everybody.tolist(), epoch=epoch), everybody, strict=True))
            listed = require_side(ledger, index=index, name=LABELS_SIDE, broker=here.store.broker)
            persons = np.array([person_of[listed[i : i + 32]] for i in range(0, len(listed), 32)])
            assert len(persons) == 120
            assert persons.tolist() != sorted(persons)
            left_out = (
                np.unpackbits(
                    np.frombuffer(
                        require_side(ledger, index=index, name=OMITTED_SIDE, broker=here.store.broker), np.uint8
                    )
                )[:120]
                == 1
            )
            # The customers in the file are those of the persons whose bit is not set, in order, decoys between.
            known = [here.numbers[customer] for customer in given_frame["customer"].to_list()]
            gone = set(persons[left_out].tolist())
            rows = given_frame.filter(pl.Series([person not in gone for person in known]))
            kept = rows["customer"].to_list()
            decoys = set(shown["customer"].to_list()) - set(given_frame["customer"].to_list())
            assert [c for c in shown["customer"].to_list() if c not in decoys] == kept
            # The batch's table has exactly the kept persons.
            labels = sorted(here.store.broker.labels(persons[~left_out].tolist(), epoch=epoch))
            assert [row[:32] for row in split_rows(ledger.side(index, name=SIDE) or b"")] == labels
            # Planted identifiers are in the file, and in the manifest after the people.
            planted = read_planted(require_side(ledger, index=index, name=PLANTED_SIDE, broker=here.store.broker))
            cells = Counter(cell for name in ("phone", "email") for cell in canonical(shown, here=here)[name].to_list())
            assert all(cells[item.identifier] == 1 for item in planted)
            sealed = require_side(ledger, index=index, name=ROWS_SIDE, broker=here.store.broker)
            width = sealed_row_bytes(marked=3, biased=True)
            assert len(sealed) == 120 * width
            cut = [sealed[i : i + width] for i in range(0, len(sealed), width)]
            opened = here.store.broker.linked(everybody.tolist()).open_rows(
                persons,
                pools=np.full(120, body.keys.pool),
                ordinals=np.arange(120),
                kept=np.frombuffer(sealed, dtype=np.uint8).reshape(120, width),
            )
            manifest = [parse_person_row(row.tobytes()) for row in opened]
            assert [row.ordinal for row in manifest] == list(range(120))
            assert [row.label for row in manifest] == [listed[i : i + 32] for i in range(0, len(listed), 32)]
            leaves = [*(row[:32] for row in cut), *(merkle.leaf_hash(item.manifest_row()) for item in planted)]
            assert merkle.root(leaves) == body.manifest


def test_two_exports_share_no_planted_identifier_and_no_spelling_throughout(tmp_path: Path) -> None:
    with courier(tmp_path, people=60) as here:
        frame = here.people.select(FIELDS)
        first, one = supplied(here, frame, contract="C-decoys", partner="acme", name="1.csv")
        second, two = supplied(here, frame, contract="C-decoys", partner="acme", name="2.csv")
        found = [
            {item.identifier for item in read_planted(planted_side(here, index=done.receipt.index))}
            for done in (first, second)
        ]
        assert not found[0] & found[1]
        both = one.join(two, on="customer", suffix="_2")
        assert (both["phone"] != both["phone_2"]).sum() > 10


def test_aliases_stand_for_the_partners_copy_of_a_field(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        frame = here.people.select(FIELDS)
        done, shown = supplied(here, frame, contract="C-alias", partner="relay-user", name="out.csv")
        assert done.aliases == 30
        assert shown["email"].str.ends_with("@relay.example").all()
        assert shown["email"].is_unique().all()


def test_what_cannot_be_released_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here:
        fields, broker = here.store.policy.fields, here.store.broker
        frame = here.people.select(FIELDS)
        for bad, code in (
            (frame.with_columns(contact=pl.lit("+8616300000001")), "release.column"),
            (frame.select("name", "address"), "release.person"),
            (frame.select(pl.col("customer").alias("unknown")), "release.column"),
        ):
            with pytest.raises(RefusedError) as caught:
                SuppliedRows(bad, fields=fields, broker=broker)
            assert caught.value.code == code
            assert "+8616300000001" not in f"{caught.value} {caught.value.hint}"
        size = here.store.ledger.size
        with pytest.raises(RefusedError) as caught:
            supplied(here, frame.clear(), contract="C-1", partner="p", name="none.csv")
        assert caught.value.code == "release.empty"
        with pytest.raises(RefusedError) as caught:
            supplied(here, here.people.select(*FIELDS, "birth_date"), contract="C-1", partner="p", name="none.csv")
        assert caught.value.code == "release.fields"
        with pytest.raises(RefusedError) as caught:
            StoredRows(np.array([10_000]), people=here.store.people, fields=[], broker=here.store.broker)
        assert caught.value.code == "release.record"
        ops = {entry.body.op for _, entry in here.store.ledger.entries(size)}
        assert "batch" not in ops
        assert not [path for path in tmp_path.iterdir() if path.suffix == ".csv"]


class FullSink:
    """A sink whose disk is full at the end."""

    abandoned = False

    def write(self, frame: pl.DataFrame) -> None:
        """Take rows."""

    def finish(self) -> bytes:
        """Fail."""
        raise UnavailableError("out.csv: cannot be written: No space left on device")

    def abandon(self) -> None:
        """Note it."""
        self.abandoned = True


def test_a_file_that_cannot_be_finished_is_a_failed_release(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here, here.store.door() as door:
        source = SuppliedRows(here.people.select(FIELDS), fields=here.store.policy.fields, broker=here.store.broker)
        source.enrol(here.store.vault, people=here.store.people, clock=here.store.clock)
        sink = FullSink()
        with pytest.raises(UnavailableError):
            export(door, request=request("C-1", partner="p"), source=source, sink=sink)
        assert sink.abandoned
        door.settle()
        ops = [entry.body.op for _, entry in here.store.ledger.entries()]
        assert ops[-2:] == ["batch", "outcome"]


def test_rows_that_share_the_strongest_identifier_are_one_person(tmp_path: Path) -> None:
    with courier(tmp_path, people=5) as here:
        frame = invent_people(6, seed=77).select("phone", "email", "name")
        frame = frame.with_columns(
            phone=pl.Series([frame["phone"][0], frame["phone"][0], None, None, None, frame["phone"][5]]),
            email=pl.Series([None, frame["email"][1], frame["email"][2], frame["email"][2], None, None]),
        )
        source = SuppliedRows(frame, fields=here.store.policy.fields, broker=here.store.broker)
        assert source.enrol(here.store.vault, people=here.store.people, clock=here.store.clock) == 4
        assert len(set(source.persons[:2].tolist())) == len(set(source.persons[2:4].tolist())) == 1
        again = SuppliedRows(frame.drop_nulls("phone"), fields=here.store.policy.fields, broker=here.store.broker)
        assert again.enrol(here.store.vault, people=here.store.people, clock=here.store.clock) == 0


def test_decoys_never_get_a_real_customers_number(tmp_path: Path) -> None:
    with courier(tmp_path, people=9) as here, here.store.door() as door:
        # Nine single-digit customer numbers leave a decoy one free digit, or none.
        frame = here.people.select("name", "phone", "email").with_columns(
            customer=pl.Series([f"K{i}" for i in range(1, 10)])
        )
        here.export(door, partner="acme", contract="C-decoys", name="out.csv", frame=frame)
    out = pl.read_csv(here.folder / "out.csv", infer_schema=False)
    real = out.filter(pl.col("customer").is_in(frame["customer"].to_list()))
    assert not real["customer"].is_duplicated().any()
    assert out.height > real.height
