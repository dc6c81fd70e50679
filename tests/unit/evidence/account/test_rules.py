"""The rules that only a platform which writes its log against them could break: each broken once, each found out."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.account_world import ORIGIN, PEOPLE, STAFF, VRF, HashedList, World, begun, secret

from suyuan.crypto.merkle import inclusion_ranges
from suyuan.crypto.multiproof import prove_many
from suyuan.crypto.sign import SigningKey
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import VerificationError
from suyuan.evidence.account.chain import read_chain
from suyuan.evidence.account.entries import read_entry
from suyuan.evidence.account.members import IndexProof, Row, leaf_of
from suyuan.evidence.hashes import EMPTY_ROOT

PERSON = PEOPLE[0]


def refused(world: World, *, match: str) -> None:
    with pytest.raises(VerificationError, match=match):
        world.verified(world.account(PERSON))


def test_an_index_leaf_that_nobody_asked_for() -> None:
    world = begun(*PEOPLE)
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    account = world.account(PERSON)
    index = HashedList(world.indexes[world.size - 1])
    held = [position for position, _ in account.seals[-1].leaves]
    more = sorted({*held, next(i for i in range(index.size) if i not in held)})
    proof = b"".join(prove_many(more, size=index.size, range_hash=index.range_hash))
    shown = IndexProof(leaves=tuple((i, index.leaf(i)) for i in more), proof=proof)
    with pytest.raises(VerificationError, match="more is shown"):
        world.verified(replace(account, seals=(*account.seals[:-1], shown)))


def test_a_row_of_somebody_else() -> None:
    world = begun(*PEOPLE)
    batch = world.batch(PEOPLE[:3], STAFF[0])
    world.seal(closing=False)
    account = world.account(PERSON)
    table = HashedList(world.tables[batch])
    mine = [row.row for row in account.rows if row.leaf == batch]
    other = next(row for row in range(table.size) if row not in mine)
    proof = tuple(table.range_hash(start, end) for start, end in inclusion_ranges(other, size=table.size))
    rows = [*account.rows, Row(leaf=batch, row=other, body=table.leaf(other), proof=proof)]
    with pytest.raises(VerificationError, match="row that the account does not need"):
        world.verified(replace(account, rows=tuple(sorted(rows, key=lambda row: (row.leaf, row.row)))))


@pytest.mark.parametrize("short", [1, -1])
def test_a_seal_that_ends_elsewhere(short: int) -> None:
    """What it leaves out at its end would stand under no seal at all."""
    world = begun(PERSON)
    world.release(PERSON, STAFF[0])
    world.append("seal", a=world.tail_start, b=world.size - short, n=0, r=EMPTY_ROOT, z=0)
    seals = [i for i, members in enumerate(world.ops) if members["op"] == "seal"]
    entries = [read_entry(leaf_of(i, entry=world.leaf(i))) for i in seals]
    assert read_chain(entries[:-1])
    with pytest.raises(VerificationError, match="at its own end"):
        read_chain(entries)


@pytest.mark.parametrize("step", [1, 2])
def test_an_epoch_that_does_not_follow(step: int) -> None:
    """Under the labels of an epoch that was left out, anything may have been entered."""
    world = begun(PERSON)
    world.epoch += step
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    refused(world, match="epoch of this seal does not follow")


def test_a_closing_seal_over_a_part_of_its_epoch() -> None:
    world = begun(PERSON)
    world.seal(closing=False)
    world.epoch_start = world.tail_start
    world.seal(closing=True)
    world.seal(closing=False)
    refused(world, match="whole epoch")


def test_a_clock_that_runs_backwards() -> None:
    world = begun(PERSON)
    world.t -= 1_000
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    refused(world, match="clock runs backwards")


def next_shard(world: World, *, named: SigningKey, signs: SigningKey, registry: Callable[[World], object]) -> None:
    """Go on in another shard; `named` is the key that the last one names, `signs` the one that signs."""
    world.seal(closing=True)
    world.anchors.append(world.append("close", k=named.verify_key.public, o=named.verify_key.name))
    old, root = world.key, HashedList(world.entries).tree.root
    world.anchors.append(world.append("open", k=old.verify_key.public, n=world.size, o=ORIGIN, r=root))
    world.key = signs
    registry(world)
    world.enrol(PERSON, PEOPLE[1])
    world.seal(closing=False)


NEXT = SigningKey(secret("next"), name=ORIGIN + "/2027")
OTHER = SigningKey(secret("other"), name=ORIGIN + "/2027")


def begin(world: World) -> object:
    return world.open_registry(VrfKey(secret("vrf 2")), first_epoch=world.epoch)


def test_a_shard_that_follows_is_accepted() -> None:
    world = begun(PERSON, PEOPLE[1])
    next_shard(world, named=NEXT, signs=NEXT, registry=begin)
    assert len(world.verified(world.account(PERSON)).checked.enrolled) == 2


def test_a_shard_signed_by_another_key_than_was_named() -> None:
    world = begun(PERSON, PEOPLE[1])
    next_shard(world, named=NEXT, signs=OTHER, registry=begin)
    refused(world, match="another key than the one that followed")


def test_a_registry_that_begins_in_another_epoch() -> None:
    world = begun(PERSON, PEOPLE[1])
    next_shard(
        world, named=NEXT, signs=NEXT,
        registry=lambda w: w.open_registry(VrfKey(secret("vrf 2")), first_epoch=w.epoch + 1),
    )  # fmt: skip
    refused(world, match="registry")


def test_a_second_registry_in_one_shard() -> None:
    """Under its own labels, a hidden registry could hold another life of hers."""
    world = begun(PERSON, PEOPLE[1])
    world.seal(closing=True)
    world.open_registry(VrfKey(secret("vrf 2")), first_epoch=world.epoch)
    world.enrol(PERSON, PEOPLE[1])
    world.seal(closing=False)
    refused(world, match="one registry in each shard")
    assert VRF.public
