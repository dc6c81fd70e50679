"""An account of releases is the truth of the log, whole: over a thousand random histories, and against whoever cheats.

The cheater is the platform itself: it holds the log's key and signs whatever it makes. What it cannot do is find
another log, table or index under a root that stands.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from tests.account_world import (
    ORIGIN,
    PEOPLE,
    STAFF,
    VRF,
    HashedList,
    Person,
    PersonHolder,
    RecipientHolder,
    World,
    alpha,
    begun,
    forked,
    random_world,
    secret,
)

from suyuan.crypto.sign import SigningKey
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf
from suyuan.evidence.account import Account, Checked, check, require_consistent
from suyuan.evidence.account.members import IndexProof, Keys, PersonKeys, RecipientKeys, leaf_of, opening_of
from suyuan.evidence.plain import encode
from suyuan.flows.account_assembly import Asked, assemble
from suyuan.flows.account_proofs import prove_leaves

HISTORIES = 1_000
PARTS = 20
Who = Person | str
Attack = Callable[[World, Account, Random], Account | None]


@pytest.fixture(autouse=True)
def _each_vrf_proof_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few proofs come again and again; whatever differs is still computed."""
    monkeypatch.setattr(ecvrf, "verify", checked_once)


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


def live(world: World, random: Random) -> Who:
    """Give somebody to draw an account for: a person who is not erased, or a recipient."""
    person = random.choice(PEOPLE[:3])
    return random.choice((person, person, random.choice(STAFF)))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_histories(part: int) -> None:
    """The account is the truth, and every single attack on it is found out."""
    tried: dict[str, int] = {}
    for seed in range(part, HISTORIES, PARTS):
        random = Random(-seed)
        world = random_world(seed)
        who = live(world, random)
        account = world.account(who)
        found = checked(world, account)
        assert shown(found) == truth(world, who), seed
        assert (found.account.first, found.account.end) == (0, world.size - 1), seed
        assert all(item.payload is not None for item in found.shown), seed
        for attack in ATTACKS:
            forgery = attack(world, account, random)
            if forgery is None:
                continue
            tried[attack.__name__] = tried.get(attack.__name__, 0) + 1
            with pytest.raises(VerificationError) as refusal:
                world.verified(forgery)
            assert "\n" not in str(refusal.value), (seed, attack.__name__)
    assert tried.keys() == {attack.__name__ for attack in ATTACKS}


@pytest.mark.parametrize("part", range(4))
def test_whatever_is_written_anew_contradicts_what_was_given_out(part: int) -> None:
    """A log with one release less, signed by the same key: each account fits its own log, and the two convict it."""
    tried = closed = 0
    for seed in range(part, 100, 4):
        world = random_world(seed)
        person = next((p for p in PEOPLE[:3] if any(world.ops[i]["op"] == "release" for i, _ in truth(world, p))), None)
        if person is None:
            continue
        tried += 1
        gone = next(i for i, _ in truth(world, person) if world.ops[i]["op"] == "release")
        other = forked(world, instead=gone)
        one, two = checked(world, world.account(person)), checked(other, other.account(person))
        assert set(shown(one)) - set(shown(two)) == {(gone, None)}
        with pytest.raises(VerificationError, match="forked"):
            require_consistent(one, two)
        # Some more days hide it only where no closed epoch holds the change, and then nobody says that it is settled.
        epoch = world.ops[gone]["e"]
        was_closed = any(m["op"] == "seal" and m["z"] == 1 and m["e"] == epoch for m in world.ops)
        other.seal(closing=True)
        other.seal(closing=False)
        later = checked(other, other.account(person))
        if was_closed:
            closed += 1
            with pytest.raises(VerificationError, match="forked"):
                require_consistent(one, later)
        else:
            assert not settled(one, later)
    assert tried > closed > 0


def settled(one: Checked, other: Checked) -> bool:
    try:
        return require_consistent(one, other)
    except VerificationError:
        return False


def test_two_accounts_of_one_log_do_not_contradict_each_other() -> None:
    world = random_world(4)
    one, other = (checked(world, world.account(who)) for who in (PEOPLE[0], STAFF[0]))
    assert require_consistent(one, other)
    world.release(PEOPLE[0], STAFF[0])
    world.seal(closing=False)
    later = checked(world, world.account(PEOPLE[0]))
    assert not require_consistent(one, later)


def test_an_account_that_says_less_is_an_account_of_less() -> None:
    """A tail that is cut off with its claim is no lie: it says up to which entry it is complete."""
    world = begun(*PEOPLE)
    world.release(PEOPLE[0], STAFF[0])
    world.seal(closing=False)
    early = world.account(PEOPLE[0])
    end = world.size - 1
    world.release(PEOPLE[0], STAFF[1])
    world.seal(closing=False)
    assert len(shown(checked(world, world.account(PEOPLE[0])))) == 2
    found = checked(world, early)
    assert len(shown(found)) == 1
    assert found.account.end == end


# ---- aliases: what a cheating platform writes into the log itself ------------------------------------------------


def aliased() -> tuple[World, Person, Person]:
    """A log in which one identifier was enrolled twice, and released under the second, hidden secret."""
    person, alias = Person(0), Person(0, life=9)
    world = begun(person, Person(1))
    world.release(person, STAFF[0])
    first = dict(world.enrolled)
    world.enrol(alias)
    world.release(alias, STAFF[1])
    world.seal(closing=False)
    world.enrolled.update(first)
    return world, person, alias


def test_a_second_enrolment_is_found_out() -> None:
    world, person, alias = aliased()
    account = world.account(person)
    with pytest.raises(VerificationError, match="enrolled twice"):
        world.verified(account)
    hidden = without_leaf(world, account, of_op(account, "enrol")[0])
    with pytest.raises(VerificationError, match="counts other entries"):
        world.verified(hidden)
    world.enrolled[0, person.registry_label()] = (of_op(account, "enrol")[0], None)
    with pytest.raises(VerificationError, match="enrolled twice"):
        world.verified(world.account(alias))


def test_an_erasure_ends_an_enrolment_and_another_may_begin() -> None:
    person, again = Person(0), Person(0, life=1)
    world = begun(person, Person(1))
    world.release(person, STAFF[0])
    world.erase(person)
    world.enrol(again)
    world.release(again, STAFF[1])
    world.seal(closing=False)
    found = checked(world, world.account(again))
    assert shown(found) == truth(world, again)
    assert len(found.enrolled[0].erased) == 1
    with pytest.raises(VerificationError, match="commits to"):
        world.verified(world.account(person))


def test_an_erasure_without_an_enrolment_is_found_out() -> None:
    world = begun(Person(0))
    world.erase(Person(0))
    world.erase(Person(0))
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="erased without being enrolled"):
        world.verified(world.account(Person(0)))


def test_who_was_erased_has_no_account() -> None:
    world = begun(Person(0))
    world.erase(Person(0))
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="not the live one"):
        world.verified(world.account(Person(0)))


def test_a_secret_that_the_enrolment_does_not_commit_to_is_found_out() -> None:
    """The whole account is made for another secret: hashes, label zero and eras fit each other, not the entry."""
    person = Person(0)
    world = begun(person)
    world.release(person, STAFF[0])
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="commits to"):
        world.verified(world.account(Person(0, life=5)))


def test_without_a_registry_the_labels_are_the_platforms_word() -> None:
    person = Person(5)
    world = begun(Person(0))
    world.release(person, STAFF[0])
    world.seal(closing=False)
    found = checked(world, world.account(person, bound=False))
    assert shown(found) == truth(world, person)
    assert found.enrolled == ()


# ---- what is never handed out --------------------------------------------------------------------------------------


def test_no_secret_of_the_person_is_in_the_file() -> None:
    world = random_world(12)
    for person in PEOPLE[:3]:
        data = world.write(world.account(person))
        kept = (secret("person", person.number, 0), person.label_key, person.payload_key, VRF_SEED)
        for key in kept:
            assert key not in data
            assert b64encode(key) not in data
            assert key.hex().encode() not in data
        assert person.era_key(1) not in data
        assert b64encode(person.era_key(1)) in data


VRF_SEED = secret("unused")


def test_only_the_eras_that_are_needed_are_opened() -> None:
    person = Person(0)
    world = begun(person)
    for _ in range(40):
        world.release(person, STAFF[0])
        world.seal(closing=True)
    keys = world.account(person, since=world.t - 20).keys
    assert isinstance(keys, PersonKeys)
    assert set(keys.registries[0].eras) == {2}
    whole = world.account(person)
    assert isinstance(whole.keys, PersonKeys)
    registry = whole.keys.registries[0]
    more = replace(registry, eras={**registry.eras, 3: person.era_key(65)})
    with pytest.raises(VerificationError, match="does not need"):
        world.verified(replace(whole, keys=replace(whole.keys, registries=(more,))))


# ---- times, shards, recipients ------------------------------------------------------------------------------------


def days(person: Person, *, count: int = 6) -> tuple[World, list[int]]:
    """One release on every even day; give the times at which days end."""
    world, ends = begun(person), []
    for day in range(count):
        if day % 2 == 0:
            world.release(person, STAFF[0])
        world.t += 1_000
        world.seal(closing=True)
        ends.append(world.t)
    return world, ends


def test_nobody_looked_on_the_odd_days() -> None:
    from suyuan.evidence.account import statement
    from suyuan.evidence.account.statement import in_span

    person = Person(0)
    world, ends = days(person)
    for day in range(1, 6):
        verified = world.verified(world.account(person, since=ends[day - 1], until=ends[day]))
        found = in_span(verified)
        assert len(found) == (day % 2 == 0), day
        assert ("No release." in statement(verified)) == (day % 2 == 1)
        assert verified.checked.account.first > 0


def test_a_shortened_time_is_found_out() -> None:
    person = Person(0)
    world, ends = days(person)
    account = world.account(person, since=ends[0], until=ends[2])
    checked(world, account)
    for changed in (
        replace(account, since=None), replace(account, until=None), replace(account, since=ends[0] - 2_000),
        replace(account, until=ends[3] + 1), replace(account, since=ends[2], until=ends[2]),
    ):  # fmt: skip
        with pytest.raises(VerificationError):
            world.verified(changed)


def rotated() -> tuple[World, Person]:
    """A log that goes on in a second shard: new origin, new key, new registry, the same person."""
    person = Person(0)
    world = begun(person, Person(1))
    world.release(person, STAFF[0])
    world.seal(closing=True)
    key = SigningKey(secret("second"), name=ORIGIN + "/2027")
    world.anchors.append(world.append("close", k=key.verify_key.public, o=key.verify_key.name))
    old = world.key
    root = HashedList(world.entries).tree.root
    world.key = key
    world.anchors.append(world.append("open", k=old.verify_key.public, n=world.size, o=ORIGIN, r=root))
    world.open_registry(VrfKey(secret("vrf 2")), first_epoch=world.epoch)
    world.enrol(person, Person(1))
    world.release(person, STAFF[1])
    world.batch([person, Person(1)], STAFF[2])
    world.seal(closing=True)
    world.release(person, STAFF[1])
    world.seal(closing=False)
    return world, person


def test_an_account_goes_through_shards() -> None:
    world, person = rotated()
    account = world.account(person)
    found = checked(world, account)
    assert shown(found) == truth(world, person)
    assert len(found.enrolled) == 2
    for index in of_op(account, "close", "open", "registry"):
        with pytest.raises(VerificationError):
            world.verified(without_leaf(world, account, index))
    keys = keys_of(account)
    assert keys is not None
    for origin in (world.key.verify_key.name, "log.example.org"):
        with pytest.raises(VerificationError, match="origin"):
            world.verified(replace(account, keys=replace(keys, origin=origin)))
    first = replace(account, keys=replace(keys, registries=keys.registries[:1]))
    with pytest.raises(VerificationError):
        world.verified(first)


def test_a_recipient_sees_what_is_left_when_a_person_is_gone() -> None:
    person = Person(0)
    world = begun(person)
    gone, kept = world.release(person, STAFF[0]), world.release(person, STAFF[0])
    world.batch([person], STAFF[0])
    world.seal(closing=False)
    holder = RecipientHolder(world, STAFF[0], erased=frozenset({gone}))
    asked = Asked(since=None, until=None, vkey=str(world.key.verify_key), checkpoint=world.checkpoint())
    found = checked(world, assemble(asked, log=world, trees=world.trees(), holder=holder))
    assert shown(found) == truth(world, STAFF[0])
    assert [item.payload is None for item in found.shown] == [True, False, False]
    assert kept == found.shown[1].leaf


def test_a_release_under_anothers_name_is_found_out() -> None:
    """The payload names one recipient and the entry carries the label of another."""
    person = Person(0)
    world = begun(person)
    world.name(STAFF[1])
    payload = world.payload(STAFF[1], "delivery")
    world.payload = lambda recipient, purpose: payload  # type: ignore[method-assign, assignment]
    world.release(person, STAFF[0])
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="another recipient"):
        world.verified(world.account(person))


def test_a_seal_that_lies_is_found_out_by_whoever_it_lies_about() -> None:
    """An index that counts less, more, or other entries than the log has is no index of this account."""
    person = Person(0)
    for change in (
        lambda leaves, at: [
            *leaves[:at],
            leaves[at][:32] + (9).to_bytes(4, "big") + leaves[at][36:],
            *leaves[at + 1 :],
        ],
        lambda leaves, at: [*leaves[:at], leaves[at][:36] + bytes(32), *leaves[at + 1 :]],
    ):
        world = begun(person)
        world.release(person, STAFF[0])
        honest = world.index_of(world.epoch_start, world.size)
        at = [leaf[:32] for leaf in honest].index(world.label(person))
        world.seal(closing=False, index=change(honest, at))
        with pytest.raises(VerificationError, match="the index of seal"):
            world.verified(world.account(person))


def test_the_checks_need_no_signature_to_fail() -> None:
    """`check` alone refuses: nothing hangs on the container."""
    world = random_world(3)
    account = world.account(PEOPLE[0])
    check(account)
    with pytest.raises(VerificationError):
        check(replace(account, leaves_proof=account.leaves_proof[:-32]))
    with pytest.raises(VerificationError):
        check(replace(account, leaves_proof=account.leaves_proof + bytes(32)))
    with pytest.raises(VerificationError):
        check(replace(account, checkpoint=world.checkpoint(root=bytes(32))))


class _Liar(PersonHolder):
    """Hands out no enrolment, so that the person's identifier stays out of it."""

    def keys(self, epochs: Sequence[int]) -> Keys:
        keys = super().keys(epochs)
        assert isinstance(keys, PersonKeys)
        return replace(keys, registries=tuple(replace(r, enrolment=None) for r in keys.registries))


def test_an_enrolment_that_is_withheld_shows() -> None:
    """Whoever leaves the enrolment out says so: the labels are then the platform's word, and the statement says that."""
    from suyuan.evidence.account import statement

    world = begun(Person(0))
    world.seal(closing=False)
    asked = Asked(since=None, until=None, vkey=str(world.key.verify_key), checkpoint=world.checkpoint())
    account = assemble(asked, log=world, trees=world.trees(), holder=_Liar(world, Person(0), bound=False))
    assert "CAUTION" in statement(world.verified(account))
    assert VRF.public
