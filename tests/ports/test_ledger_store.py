"""What every `LedgerStore` does, run on each adapter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from tests.ledger_world import MemoryStore
from tests.postgres_server import PostgresServer

from suyuan.adapters.ledger_reading import CHUNK_BYTES
from suyuan.adapters.postgres.address import parse_address
from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger.entry import KeySpan
from suyuan.ledger.ports import LedgerStore, Pool, Row, SideStore
from suyuan.terms import LeafIndex

POOL = Row(leaf=b"pool", at_ms=5, opens=Pool(index=LeafIndex(0), rows=10, lanes=2), name=("keys", b"k"))


def draw(first: int, *, count: int = 1, pool: int = 0) -> Row:
    return Row(leaf=b"draw", at_ms=6, draws=KeySpan(pool=LeafIndex(pool), first=first, count=count))


def in_memory(request: pytest.FixtureRequest) -> LedgerStore:
    return MemoryStore()


def in_sqlite(request: pytest.FixtureRequest) -> LedgerStore:
    folder: Path = request.getfixturevalue("tmp_path")
    return SqliteLedgerStore.open_writer(folder / "ledger.db")


def in_postgres(request: pytest.FixtureRequest) -> LedgerStore:
    server: PostgresServer = request.getfixturevalue("postgres")
    address = parse_address(server.url("postgres"), schema=server.new_schema())
    PostgresLedgerStore.create(address)
    return PostgresLedgerStore.open_writer(address)


@pytest.fixture(params=[in_memory, in_sqlite, in_postgres])
def store(request: pytest.FixtureRequest) -> Iterator[LedgerStore]:
    make: Callable[[pytest.FixtureRequest], LedgerStore] = request.param
    made = make(request)
    yield made
    if isinstance(made, SqliteLedgerStore | PostgresLedgerStore):
        made.close()


def test_an_empty_store_answers(store: LedgerStore) -> None:
    assert (store.size(), store.last_at_ms(), list(store.leaves(0, end=5)), store.pools()) == (0, 0, [], ())
    assert (store.find("law", key=b""), store.latest("law"), store.side(0, name="x"), store.side_names(0)) == (
        None, None, None, (),
    )  # fmt: skip


def test_entries_come_back_as_stored_and_in_order(store: LedgerStore) -> None:
    store.append(0, rows=[Row(leaf=bytes((i,)) * i, at_ms=i) for i in range(6)])
    store.append(6, rows=[Row(leaf=b"last", at_ms=9)])
    assert (store.size(), store.last_at_ms()) == (7, 9)
    assert list(store.leaves(2, end=4)) == [b"\x02\x02", b"\x03\x03\x03"]
    assert list(store.leaves(5, end=99)) == [b"\x05" * 5, b"last"]
    store.append(7, rows=[])
    assert store.size() == 7


def test_an_append_anywhere_else_is_refused(store: LedgerStore) -> None:
    store.append(0, rows=[POOL])
    for first in (0, 2, 5):
        with pytest.raises(RefusedError):
            store.append(first, rows=[Row(leaf=b"x", at_ms=0)])
    assert store.size() == 1


def test_row_keys_are_drawn_in_order_or_nothing_is_stored(store: LedgerStore) -> None:
    store.append(0, rows=[POOL, draw(0), draw(1, count=3)])
    for rows in (
        [draw(3)], [draw(5)], [draw(4), draw(4)], [draw(4, count=7)], [draw(0, pool=9)], [draw(4), Row(leaf=b"x", at_ms=0), draw(6)],
    ):  # fmt: skip
        with pytest.raises(RefusedError, match="row keys"):
            store.append(3, rows=rows)
        assert (store.size(), store.pools()[0].next) == (3, 4)
    store.append(3, rows=[draw(4, count=6), draw(10, count=0)])
    assert store.pools() == (Pool(index=LeafIndex(0), rows=10, lanes=2, next=10),)


def test_draws_from_several_pools_may_take_turns_in_one_append(store: LedgerStore) -> None:
    other = POOL._replace(opens=Pool(index=LeafIndex(1), rows=10, lanes=2), name=("keys", b"l"))
    store.append(0, rows=[POOL, other, draw(0), draw(0, pool=1, count=2), draw(1), draw(2, pool=1), draw(2, count=8)])
    assert [pool.next for pool in store.pools()] == [10, 3]
    size = store.size()
    late = POOL._replace(opens=Pool(index=LeafIndex(size + 1), rows=10, lanes=2), name=("keys", b"m"))
    for wrong, rows in (
        (1, [draw(3, pool=1), draw(5, pool=1), draw(6, pool=1)]),
        (1, [draw(3, pool=1), draw(10), draw(4, pool=1)]),
        (2, [draw(3, pool=1, count=3), draw(6, pool=1, count=4), draw(10, pool=1), draw(11, pool=1)]),
        (0, [draw(4, pool=1), draw(3, pool=1)]),
        (0, [draw(0, pool=size + 1), late]),  # Keys that are drawn before their pool stands there.
    ):
        with pytest.raises(RefusedError, match=f"entry {size + wrong}: its row keys"):
            store.append(size, rows=rows)
        assert (store.size(), [pool.next for pool in store.pools()]) == (size, [10, 3])
    store.append(size, rows=[draw(3, pool=1), late, draw(0, pool=size + 1), draw(4, pool=1)])
    assert [pool.next for pool in store.pools()] == [10, 5, 1]


@pytest.mark.parametrize("count", [1, 63, 64, 65, 127, 200, 256, 257, 300])
def test_every_entry_and_side_of_a_large_append_comes_back(store: LedgerStore, count: int) -> None:
    """However many rows a store inserts at once, none is lost, doubled or given to another."""
    sides = [{name: f"{i} {name}".encode() for name in ("plan", "rows", "z")[: i % 4]} for i in range(count)]
    store.append(0, rows=[Row(leaf=b"leaf %d" % i, at_ms=i, sides=sides[i]) for i in range(count)])
    assert list(store.leaves(0, end=count + 1)) == [b"leaf %d" % i for i in range(count)]
    assert [{name: store.side(i, name=name) for name in store.side_names(i)} for i in range(count)] == sides
    assert store.last_at_ms() == count - 1


def test_sides_come_back_whole_and_in_parts(store: LedgerStore) -> None:
    large = bytes(range(256)) * 3 * (CHUNK_BYTES // 512) + b"end"
    store.append(0, rows=[Row(leaf=b"a", at_ms=0, sides={"manifest": large, "empty": b"", "b": b"x"})])
    assert store.side_names(0) == ("b", "empty", "manifest")
    assert (store.side(0, name="manifest"), store.side(0, name="empty"), store.side(0, name="none")) == (
        large,
        b"",
        None,
    )
    for start, size in (
        (0, 1),
        (CHUNK_BYTES - 1, 2),
        (CHUNK_BYTES, 5),
        (len(large) - 3, 99),
        (len(large) + 5, 1),
        (7, None),
        (5, 0),
    ):
        expected = large[start:] if size is None else large[start : start + size]
        assert store.side(0, name="manifest", start=start, size=size) == expected
    assert store.side(1, name="manifest") is None


def test_names_find_the_first_and_the_latest(store: LedgerStore) -> None:
    store.append(0, rows=[Row(leaf=b"a", at_ms=0, name=("law", b"1")), Row(leaf=b"b", at_ms=0, name=("law", b"2"))])
    store.append(2, rows=[Row(leaf=b"c", at_ms=0, name=("law", b"1")), Row(leaf=b"d", at_ms=0, name=("policy", b"2"))])
    assert (store.find("law", key=b"1"), store.find("law", key=b"2"), store.find("law", key=b"3")) == (0, 1, None)
    assert (store.latest("law"), store.latest("policy"), store.latest("keys")) == (2, 3, None)


@dataclass(frozen=True)
class Place:
    """Where a ledger can be opened more than once."""

    make: Callable[[], object]
    write: Callable[..., SqliteLedgerStore | PostgresLedgerStore]
    read: Callable[[], SqliteLedgerStore | PostgresLedgerStore]


def a_file(request: pytest.FixtureRequest) -> Place:
    path = request.getfixturevalue("tmp_path") / "ledger.db"
    return Place(
        lambda: SqliteLedgerStore.open_writer(path).close(),
        partial(SqliteLedgerStore.open_writer, path),
        partial(SqliteLedgerStore.open_reader, path),
    )


def a_schema(request: pytest.FixtureRequest) -> Place:
    server: PostgresServer = request.getfixturevalue("postgres")
    address = parse_address(server.url("postgres"), schema=server.new_schema())
    return Place(
        partial(PostgresLedgerStore.create, address),
        partial(PostgresLedgerStore.open_writer, address),
        partial(PostgresLedgerStore.open_reader, address),
    )


@pytest.fixture(params=[a_file, a_schema])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.param(request)
    return found


def test_a_reader_sees_what_a_writer_committed_and_may_not_append(place: Place) -> None:
    with pytest.raises(UnavailableError, match="no ledger here"):
        place.read()
    place.make()
    with place.write() as writer, place.read() as reader:
        writer.append(0, rows=[POOL])
        assert (reader.size(), list(reader.leaves(0, end=1))) == (1, [b"pool"])
        with pytest.raises(UnavailableError, match="reading only"):
            reader.append(1, rows=[draw(0)])
    with place.write() as again:
        assert (again.size(), again.pools()[0].next) == (1, 0)


def test_a_second_writer_waits_and_then_gives_up(place: Place) -> None:
    place.make()
    with place.write():
        with pytest.raises(UnavailableError, match="is writing this") as told:
            place.write(wait_seconds=0.1)
        assert told.value.code == "store.locked"
    place.write(wait_seconds=0.1).close()


def test_many_entries_and_labels_in_one_append(store: LedgerStore) -> None:
    """More of everything than one statement takes."""
    labels = [number.to_bytes(32, "big") for number in range(20_001)]
    rows = [Row(leaf=b"%d" % i, at_ms=i, sides={"a": b"x" * (i % 7), "b": b"y"}) for i in range(9_000)]
    store.append(0, rows=[*rows, enrolling(*labels)])
    assert store.size() == 9_001
    assert [len(leaf) for leaf in store.leaves(8_998, end=9_001)] == [4, 4, 5]
    assert (store.side(8_999, name="a"), store.side(8_995, name="a")) == (b"x" * 4, b"")
    assert len(store.registered([*labels, b"other"])) == 20_001
    with pytest.raises(RefusedError):
        store.append(9_001, rows=[enrolling(b"new", labels[-1])])
    assert store.registered([b"new"]) == {}


def enrolling(*labels: bytes, erases: bytes | None = None) -> Row:
    return Row(leaf=b"enrol", at_ms=7, enrols=labels, erases=erases)


def test_a_registry_label_is_live_once_and_comes_back_after_its_erasure(store: LedgerStore) -> None:
    store.append(0, rows=[enrolling(b"a", b"b"), enrolling(b"c")])
    assert store.registered([b"a", b"b", b"c", b"d"]) == {b"a": 0, b"b": 0, b"c": 1}
    for rows, code in (
        ([enrolling(b"a")], "ledger.enrolled"),
        ([enrolling(b"d", b"d")], "ledger.enrolled"),
        ([enrolling(b"d"), enrolling(b"d")], "ledger.enrolled"),
        ([enrolling(erases=b"a"), enrolling(erases=b"a")], "ledger.not_enrolled"),
    ):
        with pytest.raises(RefusedError) as told:
            store.append(2, rows=rows)
        assert told.value.code == code
        assert (store.size(), store.registered([b"a", b"d"])) == (2, {b"a": 0})
    store.append(2, rows=[enrolling(erases=b"a"), enrolling(erases=b"of nobody"), enrolling(erases=b"of nobody")])
    assert store.registered([b"a", b"b", b"of nobody"]) == {b"b": 0}
    with pytest.raises(RefusedError):
        store.append(5, rows=[enrolling(erases=b"a")])
    store.append(5, rows=[enrolling(b"a")])
    assert (store.registered([b"a"]), store.registered([])) == ({b"a": 5}, {})


def test_the_latest_of_further_names_and_all_keys_of_a_name(store: LedgerStore) -> None:
    store.append(
        0,
        rows=[
            Row(leaf=b"a", at_ms=0, latest=("seal", "seal-close")),
            Row(leaf=b"b", at_ms=0, name=("registry", b"z")),
            Row(leaf=b"c", at_ms=0, name=("registry", b"a"), latest=("seal",)),
            Row(leaf=b"d", at_ms=0, name=("registry", b"z")),
        ],
    )
    assert (store.latest("seal"), store.latest("seal-close"), store.latest("registry")) == (2, 0, 3)
    assert (store.named("registry"), store.named("seal"), store.find("seal", key=b"")) == ((1, 2), (), None)


def test_what_is_derived_is_replaced_as_a_whole(store: LedgerStore) -> None:
    store.append(0, rows=[POOL, draw(0), enrolling(b"a", b"b"), enrolling(erases=b"b")])
    store.append(4, rows=[Row(leaf=b"s", at_ms=8, latest=("seal",))])
    derived = store.derived()
    assert (dict(derived.named), dict(derived.latest)) == ({("keys", b"k"): 0}, {"keys": 0, "seal": 4})
    assert (derived.pools, dict(derived.registered)) == (store.pools(), {b"a": (2, True), b"b": (2, False)})
    store.replace_derived(replace(derived, pools=(), registered={b"c": (LeafIndex(1), True)}))
    assert (store.pools(), store.registered([b"a", b"c"])) == ((), {b"c": 1})
    store.replace_derived(derived)
    assert (store.derived(), store.size()) == (derived, 5)
    store.append(5, rows=[draw(1)])
    assert store.pools()[0].next == 2


def test_sides_are_replaced_all_or_none_and_entries_stay(place: Place) -> None:
    place.make()
    with place.write() as store:
        assert isinstance(store, SideStore)
        old = {"plan": b"old plan", "large": b"o" * (2 * CHUNK_BYTES + 5)}
        store.append(0, rows=[Row(leaf=b"%d" % i, at_ms=i, sides=old) for i in range(3)])
        store.replace_sides({0: {"plan": b"new plan"}, 2: {"rows": b"n" * (CHUNK_BYTES + 1), "empty": b""}})
        store.forget()
    with place.write() as store:
        assert [store.side_names(index) for index in range(3)] == [("plan",), ("large", "plan"), ("empty", "rows")]
        assert (store.side(0, name="plan"), store.side(1, name="plan")) == (b"new plan", b"old plan")
        assert (store.side(2, name="rows"), store.side(2, name="empty")) == (b"n" * (CHUNK_BYTES + 1), b"")
        assert list(store.leaves(0, end=9)) == [b"0", b"1", b"2"]
        store.append(3, rows=[Row(leaf=b"3", at_ms=3, sides=old)])
