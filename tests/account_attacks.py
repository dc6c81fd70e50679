"""Ways to cheat about an account of releases, and what its tests ask of one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from random import Random

from tests.account_world import (
    ORIGIN,
    HashedList,
    Person,
    World,
    alpha,
    secret,
)

from suyuan.crypto.vrf import VrfKey
from suyuan.evidence import ecvrf
from suyuan.evidence.account import Account, Checked
from suyuan.evidence.account.members import IndexProof, PersonKeys, RecipientKeys, leaf_of, opening_of
from suyuan.evidence.plain import encode
from suyuan.flows.account_proofs import prove_leaves

Who = Person | str
Attack = Callable[[World, Account, Random], Account | None]


@cache
def checked_once(public: bytes, proven: bytes, proof: bytes, _verify: Callable[..., bytes] = ecvrf.verify) -> bytes:
    return _verify(public, proven, proof)


def checked(world: World, account: Account) -> Checked:
    return world.verified(account).checked


def truth(world: World, who: Who) -> list[tuple[int, int | None]]:
    return world.truth.get(who, [])


def shown(found: Checked) -> list[tuple[int, int | None]]:
    return [(item.leaf, item.row) for item in found.shown]


def with_leaves(world: World, account: Account, kept: Iterable[int]) -> Account:
    """Give an account with other entries of the log, truly proved anew."""
    leaves, proof = prove_leaves(kept, log=world, tree=HashedList(world.entries))
    return replace(account, leaves=leaves, leaves_proof=proof)


def without_leaf(world: World, account: Account, index: int) -> Account:
    kept = with_leaves(world, account, [leaf.index for leaf in account.leaves if leaf.index != index])
    return replace(
        kept,
        rows=tuple(row for row in account.rows if row.leaf != index),
        openings=tuple(item for item in account.openings if item.leaf != index),
    )


def of_op(account: Account, *ops: str) -> list[int]:
    return [leaf.index for leaf in account.leaves if leaf.node.value["op"] in ops]  # type: ignore[index]


def items_of(account: Account, *ops: str) -> list[int]:
    """Give entries that are the label's own, not the registry's or a recipient's name."""
    mine = {item.leaf for item in account.openings if item.row is None}
    return [index for index in of_op(account, *ops) if index in mine]


# ---- attacks: each gives what the cheater would hand out, or nothing where the history has no occasion ------------


def omit_an_entry(world: World, account: Account, random: Random) -> Account | None:
    found = items_of(account, "release", "refuse", "account", "batch")
    if not found:
        return None
    return without_leaf(world, account, random.choice(found))


def omit_a_row(world: World, account: Account, random: Random) -> Account | None:
    rows = [row for row in account.rows if world.ops[row.leaf]["op"] == "batch"]
    if not rows:
        return None
    gone = random.choice(rows)
    return replace(
        account,
        rows=tuple(row for row in account.rows if row != gone),
        openings=tuple(item for item in account.openings if (item.leaf, item.row) != (gone.leaf, gone.row)),
    )


def leave_a_gap(world: World, account: Account, random: Random) -> Account | None:
    seals = of_op(account, "seal")
    if len(seals) < 3:
        return None
    at = random.randrange(1, len(seals) - 1)
    kept = with_leaves(world, account, [leaf.index for leaf in account.leaves if leaf.index != seals[at]])
    return replace(kept, seals=(*account.seals[:at], *account.seals[at + 1 :]))


def leave_a_gap_and_what_was_in_it(world: World, account: Account, random: Random) -> Account | None:
    seals = of_op(account, "seal")
    if len(seals) < 3:
        return None
    at = random.randrange(1, len(seals) - 1)
    gap = range(seals[at - 1] + 1, seals[at] + 1)
    gapped = with_leaves(world, account, [leaf.index for leaf in account.leaves if leaf.index not in gap])
    return replace(
        gapped,
        seals=(*account.seals[:at], *account.seals[at + 1 :]),
        rows=tuple(row for row in account.rows if row.leaf not in gap),
        openings=tuple(item for item in account.openings if item.leaf not in gap),
    )


def swap_two_seals(world: World, account: Account, random: Random) -> Account | None:
    seals = list(account.seals)
    pairs = [(i, j) for i in range(len(seals)) for j in range(i) if seals[i] != seals[j]]
    if not pairs:
        return None
    i, j = random.choice(pairs)
    seals[i], seals[j] = seals[j], seals[i]
    return replace(account, seals=tuple(seals))


def swap_two_entries(world: World, account: Account, random: Random) -> Account | None:
    leaves = list(account.leaves)
    i, j = random.sample(range(len(leaves)), 2)
    one, other = leaves[i], leaves[j]
    leaves[i], leaves[j] = leaf_of(one.index, entry=other.entry), leaf_of(other.index, entry=one.entry)
    return replace(account, leaves=tuple(leaves))


def reorder_entries(world: World, account: Account, random: Random) -> Account | None:
    leaves = list(account.leaves)
    i = random.randrange(len(leaves) - 1)
    leaves[i], leaves[i + 1] = leaves[i + 1], leaves[i]
    return replace(account, leaves=tuple(leaves))


def swap_two_openings(world: World, account: Account, random: Random) -> Account | None:
    openings = list(account.openings)
    if len(openings) < 2:
        return None
    i, j = random.sample(range(len(openings)), 2)
    one, other = openings[i], openings[j]
    openings[i] = replace(other, leaf=one.leaf, row=one.row)
    openings[j] = replace(one, leaf=other.leaf, row=other.row)
    return replace(account, openings=tuple(openings))


def show_absence_of_another_day(world: World, account: Account, random: Random) -> Account | None:
    """Where the index has the label, show the neighbours of another seal, and leave out what was in between."""
    seals = of_op(account, "seal")
    shown = {item.leaf for item in account.openings}
    present = [n for n, end in enumerate(seals) if any(world_first(world, end) <= leaf < end for leaf in shown)]
    absent = [n for n in range(len(seals)) if n not in present and account.seals[n].leaves]
    if not present or not absent:
        return None
    at, other = random.choice(present), random.choice(absent)
    gap = [leaf for leaf in shown if world_first(world, seals[at]) <= leaf < seals[at]]
    cheated = account
    for leaf in gap:
        cheated = without_leaf(world, cheated, leaf)
    proofs = list(account.seals)
    proofs[at] = account.seals[other]
    return replace(cheated, seals=tuple(proofs))


def show_distant_neighbours(world: World, account: Account, random: Random) -> Account | None:
    """Show absence by two leaves of the true index that are no neighbours, between which the label does stand."""
    seals = of_op(account, "seal")
    mine = {item.leaf for item in account.openings}
    for at in random.sample(range(len(seals)), len(seals)):
        index = world.indexes[seals[at]]
        gap = [leaf for leaf in mine if world_first(world, seals[at]) <= leaf < seals[at]]
        if len(index) < 3 or not gap or len(account.seals[at].leaves) != 1:
            continue
        position = account.seals[at].leaves[0][0]
        if not 0 < position < len(index) - 1:
            continue
        tree = HashedList(index)
        known = [position - 1, position + 1]
        from suyuan.crypto.multiproof import prove_many

        proof = b"".join(prove_many(known, size=tree.size, range_hash=tree.range_hash))
        cheated = account
        for leaf in gap:
            cheated = without_leaf(world, cheated, leaf)
        proofs = list(account.seals)
        proofs[at] = IndexProof(leaves=tuple((k, index[k]) for k in known), proof=proof)
        return replace(cheated, seals=tuple(proofs))
    return None


def world_first(world: World, end: int) -> int:
    return int(str(world.ops[end]["a"]))


def cut_the_tail(world: World, account: Account, random: Random) -> Account | None:
    """Leave out the last seal and what it covers, and still claim the whole."""
    seals = of_op(account, "seal")
    kept = with_leaves(world, account, [leaf.index for leaf in account.leaves if leaf.index <= seals[-2]])
    return replace(
        kept,
        seals=account.seals[:-1],
        rows=tuple(row for row in account.rows if row.leaf <= seals[-2]),
        openings=tuple(item for item in account.openings if item.leaf <= seals[-2]),
    )


def alter_an_entry(world: World, account: Account, random: Random) -> Account | None:
    leaves = list(account.leaves)
    at = random.randrange(len(leaves))
    members = dict(leaves[at].node.value)  # type: ignore[call-overload]
    members["t"] += 1
    leaves[at] = leaf_of(leaves[at].index, entry=encode(members))
    return replace(account, leaves=tuple(leaves))


def tell_another_payload(world: World, account: Account, random: Random) -> Account | None:
    at = random.randrange(len(account.openings)) if account.openings else None
    if at is None:
        return None
    one = account.openings[at]
    told = encode({"act": "lookup", "purpose": "nothing at all"})
    changed = (
        replace(one, sealed=bytes(12) + one.sealed[12:])
        if one.sealed is not None
        else opening_of(one.leaf, row=one.row, salt=one.salt, payload=told)
    )
    return replace(account, openings=(*account.openings[:at], changed, *account.openings[at + 1 :]))


def withhold_an_opening(world: World, account: Account, random: Random) -> Account | None:
    if account.kind == "recipient" or not account.openings:
        return None
    at = random.randrange(len(account.openings))
    return replace(account, openings=(*account.openings[:at], *account.openings[at + 1 :]))


def add_somebody_elses_entry(world: World, account: Account, random: Random) -> Account | None:
    held = {leaf.index for leaf in account.leaves}
    others = [i for i, members in enumerate(world.ops) if members["op"] in ("release", "refuse") and i not in held]
    return with_leaves(world, account, [*held, random.choice(others)]) if others else None


def claim_another_range(world: World, account: Account, random: Random) -> Account | None:
    seals = of_op(account, "seal")
    match random.randrange(4):
        case 0:
            return replace(account, first=seals[0] + 1)
        case 1:
            return replace(account, end=seals[-2])
        case 2:
            return replace(account, end=account.end + 1)
        case _:
            return replace(account, size=account.size + 1)


def keys_of(account: Account) -> PersonKeys | None:
    return account.keys if isinstance(account.keys, PersonKeys) else None


def use_another_secret(world: World, account: Account, random: Random) -> Account | None:
    """Give the era keys of a secret that was never enrolled: under its labels there is nothing."""
    keys = keys_of(account)
    if keys is None:
        return None
    stranger = Person(77)
    registries = tuple(
        replace(r, eras={era: stranger.era_key(1 + 32 * (era - 1)) for era in r.eras}) for r in keys.registries
    )
    return replace(account, keys=replace(keys, registries=registries, zero=stranger.zero))


def use_another_identifier(world: World, account: Account, random: Random) -> Account | None:
    return changed_enrolment(account, identifier="C-77")


def use_another_vrf_key(world: World, account: Account, random: Random) -> Account | None:
    keys = keys_of(account)
    if keys is None or keys.registries[0].enrolment is None:
        return None
    other = VrfKey(secret("another"))
    return changed_enrolment(account, proof=other.prove(alpha(keys.registries[0].enrolment.identifier)))


def break_the_vrf_proof(world: World, account: Account, random: Random) -> Account | None:
    keys = keys_of(account)
    if keys is None or keys.registries[0].enrolment is None:
        return None
    proof = bytearray(keys.registries[0].enrolment.proof)
    proof[random.randrange(80)] ^= 1 << random.randrange(8)
    return changed_enrolment(account, proof=bytes(proof))


def name_another_origin(world: World, account: Account, random: Random) -> Account | None:
    """Labels are made for an origin: under another one nothing would be found."""
    keys = keys_of(account)
    return None if keys is None else replace(account, keys=replace(keys, origin=ORIGIN + "/2"))


def say_nothing_of_the_registry(world: World, account: Account, random: Random) -> Account | None:
    keys = keys_of(account)
    return None if keys is None else replace(account, keys=replace(keys, registries=()))


def changed_enrolment(account: Account, **changes: object) -> Account | None:
    keys = keys_of(account)
    if keys is None or keys.registries[0].enrolment is None:
        return None
    enrolment = replace(keys.registries[0].enrolment, **changes)  # type: ignore[arg-type]
    registry = replace(keys.registries[0], enrolment=enrolment)
    return replace(account, keys=replace(keys, registries=(registry, *keys.registries[1:])))


def use_another_label(world: World, account: Account, random: Random) -> Account | None:
    """The same as another secret, for a recipient."""
    if account.kind == "person":
        return None
    return replace(account, keys=RecipientKeys(label=secret("nobody")))


ATTACKS: Sequence[Attack] = (
    omit_an_entry,
    omit_a_row,
    leave_a_gap,
    leave_a_gap_and_what_was_in_it,
    swap_two_seals,
    swap_two_entries,
    reorder_entries,
    swap_two_openings,
    show_absence_of_another_day,
    show_distant_neighbours,
    cut_the_tail,
    alter_an_entry,
    tell_another_payload,
    withhold_an_opening,
    add_somebody_elses_entry,
    claim_another_range,
    use_another_secret,
    use_another_identifier,
    use_another_vrf_key,
    break_the_vrf_proof,
    name_another_origin,
    say_nothing_of_the_registry,
    use_another_label,
)
