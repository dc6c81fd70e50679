"""How far an account's word reaches: what a platform could hide behind it is refused, or told in so many words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hmac import digest as hmac_digest

import pytest
from tests.account_world import (
    ORIGIN,
    STAFF,
    HashedList,
    Person,
    PersonHolder,
    World,
    begun,
    recipient_label,
    secret,
)

from suyuan.crypto.canonical import encode, to_base64
from suyuan.crypto.merkle import leaf_hash
from suyuan.crypto.sign import SigningKey
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import VerificationError
from suyuan.evidence.account import Account, report, require_consistent, statement
from suyuan.evidence.account.members import Enrolment, Keys, PersonKeys, Registry, Row
from suyuan.evidence.hashes import sha256
from suyuan.flows.account_assembly import Asked, assemble

PERSON, OTHER, HIDDEN = Person(0), Person(1), Person(0, life=7)


def next_shard(world: World, *, between: Callable[[], object] | None = None) -> None:
    world.seal(closing=True)
    key = SigningKey(secret("second"), name=ORIGIN + "/2027")
    world.anchors.append(world.append("close", k=key.verify_key.public, o=key.verify_key.name))
    old, root = world.key, HashedList(world.entries).tree.root
    world.anchors.append(world.append("open", k=old.verify_key.public, n=world.size, o=ORIGIN, r=root))
    world.key = key
    if between is not None:
        between()
    world.open_registry(VrfKey(secret("vrf 2")), first_epoch=world.epoch)
    world.enrol(PERSON, OTHER)


def drawn(world: World, holder: PersonHolder) -> Account:
    asked = Asked(since=None, until=None, vkey=str(world.key.verify_key), checkpoint=world.checkpoint())
    return assemble(asked, log=world, trees=world.trees(), holder=holder)


class _Forgets(PersonHolder):
    """Binds the labels of one shard alone, and gives those of the other from a secret that nobody enrolled."""

    def forgotten(self, number: int) -> bool:
        return number == 1

    def label(self, epoch: int) -> bytes:
        first = max(f for _, f, _ in self.world.registries if f <= epoch) if epoch else 0
        number = [f for _, f, _ in self.world.registries].index(first) if epoch else 0
        return HIDDEN.label(epoch, first_epoch=first) if epoch and self.forgotten(number) else super().label(epoch)

    def registry_label(self, end: int) -> bytes | None:
        number = self.registry_at(end)
        return None if number is None or self.forgotten(number) else super().registry_label(end)

    def keys(self, epochs: Sequence[int]) -> Keys:
        keys = super().keys(epochs)
        assert isinstance(keys, PersonKeys)
        registries = []
        for number, registry in enumerate(keys.registries):
            first = self.world.registries[number][1]
            eras = {era: HIDDEN.era_key(first + 32 * (era - 1)) for era in registry.eras}
            hidden = Registry(leaf=registry.leaf, eras=eras, enrolment=None)
            registries.append(hidden if self.forgotten(number) else registry)
        return replace(keys, registries=tuple(registries))


class _ForgetsTheFirst(_Forgets):
    def forgotten(self, number: int) -> bool:
        return number == 0


@pytest.mark.parametrize("holder", [_Forgets, _ForgetsTheFirst])
def test_labels_that_are_bound_in_one_shard_alone_are_told(holder: type[_Forgets]) -> None:
    """An enrolment in one registry says nothing of the labels of another: there the platform may show any it likes."""
    world = begun(PERSON, OTHER)
    first = world.release(PERSON, STAFF[0])
    next_shard(world)
    second = world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    verified = world.verified(drawn(world, holder(world, PERSON)))
    assert {item.leaf for item in verified.checked.shown} == {first, second} - {second if holder is _Forgets else first}
    [(start, end)] = verified.checked.unbound
    assert start <= (second if holder is _Forgets else first) < end
    assert f"CAUTION: from entry {start} to entry {end - 1}" in statement(verified)
    assert f"自条目 {start} 至条目 {end - 1}" in statement(verified, lang="zh")
    assert report(verified)["bound"] is False


def test_an_account_bound_in_every_shard_has_no_caution() -> None:
    world = begun(PERSON, OTHER)
    world.release(PERSON, STAFF[0])
    next_shard(world)
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    verified = world.verified(world.account(PERSON))
    assert verified.checked.unbound == ()
    assert report(verified)["bound"] is True
    assert "CAUTION" not in statement(verified)


def test_neighbouring_seals_without_an_enrolment_are_told_as_one() -> None:
    world = begun(PERSON, OTHER)
    next_shard(world)
    for closing in (True, True, False):
        world.release(PERSON, STAFF[0])
        world.seal(closing=closing)
    assert len(world.verified(drawn(world, _Forgets(world, PERSON))).checked.unbound) == 1


class _Two(PersonHolder):
    def enrolment(self, number: int) -> Enrolment | None:
        return PersonHolder(self.world, (PERSON, OTHER)[number]).enrolment(number)

    def registry_label(self, end: int) -> bytes | None:
        number = self.registry_at(end)
        if number is None:
            return None
        return (PERSON, OTHER)[number].registry_label(self.world.registries[number][2])


def test_two_identifiers_are_not_one_person() -> None:
    world = begun(PERSON, OTHER)
    next_shard(world)
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="different identifiers"):
        world.verified(drawn(world, _Two(world, PERSON)))


def test_a_release_of_the_registrys_first_epoch_before_it_is_found_out() -> None:
    """Its label hangs on the registry before: the account would look for another one in that epoch."""
    world = begun(PERSON, OTHER)
    hidden: list[int] = []
    next_shard(
        world,
        between=lambda: hidden.append(world.release(PERSON, STAFF[0], label=PERSON.label(world.epoch, first_epoch=1))),
    )
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="stand before it"):
        world.verified(world.account(PERSON))


def test_an_entry_of_another_epoch_than_its_seal_is_found_out() -> None:
    world = begun(PERSON)
    world.epoch, label = world.epoch + 1, world.label(PERSON)
    world.release(PERSON, STAFF[0], label=label)
    world.epoch -= 1
    world.seal(closing=False)
    with pytest.raises(VerificationError, match="of another epoch"):
        world.verified(world.account(PERSON))


def test_a_time_after_the_last_seal_is_no_time_without_releases() -> None:
    world = begun(PERSON)
    world.seal(closing=False)
    sealed = world.t
    world.t += 1_000_000
    world.release(PERSON, STAFF[0])
    with pytest.raises(VerificationError, match="nothing is sealed of the time"):
        world.verified(world.account(PERSON, since=sealed, until=sealed + 2_000_000))


def test_of_a_time_before_the_log_nothing_is_said() -> None:
    world = begun(PERSON)
    start = world.t
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    before = world.verified(world.account(PERSON, since=0, until=10))
    assert "it says nothing of it" in statement(before)
    assert "No release" not in statement(before)
    assert "it says nothing of it" in statement(world.verified(world.account(PERSON, until=10)))
    across = statement(world.verified(world.account(PERSON, since=10)))
    assert "The log begins" in across
    assert "1 released" in across
    assert "The log begins" not in statement(world.verified(world.account(PERSON, since=start)))
    unknown = world.verified(world.account(STAFF[0], since=0, until=10))
    assert unknown.checked.began is None
    assert "is not shown" in statement(unknown)


def test_a_recipients_one_label_is_the_platforms_word() -> None:
    """Nothing in a log keeps a platform from giving one name two labels: the account of one does not show the other."""
    world = begun(PERSON)
    world.release(PERSON, STAFF[0])
    label = recipient_label("again")
    payload = encode({"id": STAFF[0], "kind": "account", "label": to_base64(label)})
    world.append("recipient", c=sha256(b"suyuan/recipient/v1\0" + bytes(32) + payload), l=label)
    world.name = lambda recipient: label  # type: ignore[method-assign]
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    verified = world.verified(world.account(STAFF[0]))
    assert len([item for item in verified.checked.shown if item.op == "release"]) == 1
    assert "no second label is the platform's word" in statement(verified)


def test_a_release_that_stays_closed_is_the_platforms_word() -> None:
    world = begun(PERSON)
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    account = world.account(STAFF[0])
    closed = tuple(item for item in account.openings if world.ops[item.leaf]["op"] != "release")
    told = statement(world.verified(replace(account, openings=closed)))
    assert "the platform says that the person was erased" in told


def test_a_row_number_that_no_item_can_hold_is_refused() -> None:
    """The table is a lie of the platform's: its row count and its siblings are made up."""
    world = begun(PERSON, OTHER)
    batch = world.batch([PERSON, OTHER], STAFF[0])
    world.seal(closing=False)
    account = world.account(PERSON)
    [row] = [row for row in account.rows if row.leaf == batch]
    at, size, siblings = 2**39 + 5, 2**40, []
    position, last, digest = at, size - 1, leaf_hash(row.body)
    while last:
        siblings.append(bytes(32))
        digest = sha256(b"\x01" + (bytes(32) + digest if position & 1 else digest + bytes(32)))
        position, last = position >> 1, last >> 1
    false = World(**{**vars(world), "entries": world.entries[:-1], "ops": world.ops[:-1]})
    false.tail_start, false.tables = false.epoch_start, dict(world.tables)
    false.ops[batch] = {**false.ops[batch], "n": size, "s": to_base64(digest)}
    false.entries[batch] = encode(false.ops[batch])
    false.seal(closing=False)
    shown = Row(leaf=batch, row=at, body=row.body, proof=tuple(siblings))
    account = false.account(PERSON)
    rows = tuple(shown if row.leaf == batch else row for row in account.rows)
    with pytest.raises(VerificationError, match="expected a whole number"):
        false.verified(replace(account, rows=rows))


def test_what_registries_and_shards_it_counts_on_is_told() -> None:
    """Where seals of an older version do not count them, a hidden one is seen by whoever replays the log and compares."""
    world = begun(PERSON, OTHER)
    next_shard(world)
    world.counts = False
    world.seal(closing=False)
    verified = world.verified(world.account(PERSON))
    told = statement(verified)
    assert (
        f"CAUTION: it counts on 2 registry and 1 open entries up to entry {world.size - 1}, and on {ORIGIN} as" in told
    )
    says = report(verified)
    assert (says["registries"], says["shards"]) == (world.anchors[::3], [world.anchors[2]])
    assert says["counted"] is False
    world.counts = True
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    assert "CAUTION" not in statement(world.verified(world.account(PERSON)))


class _HidesTheShard(PersonHolder):
    """Takes the shard in force for the first one: no label of hers is then the one that was used."""

    name = ORIGIN

    def label(self, epoch: int) -> bytes:
        if epoch == 0:
            return self.person.zero
        message = b"suyuan/label/v1\0" + self.name.encode() + b"\0" + epoch.to_bytes(4, "big")
        return hmac_digest(self.person.era_key(1), message, "sha256")

    def registry_label(self, end: int) -> bytes | None:
        return self.person.registry_label(self.world.registries[0][2])

    def keys(self, epochs: Sequence[int]) -> Keys:
        keys = super().keys(epochs)
        assert isinstance(keys, PersonKeys)
        first = replace(keys.registries[0], eras={1: self.person.era_key(1)})
        return PersonKeys(origin=self.name, zero=self.person.zero, registries=(first,))

    def anchors(self) -> Sequence[int]:
        return self.world.anchors[:1]


def test_a_hidden_shard_is_found_out() -> None:
    """Under the first shard's registry every label of the second is another, and none of hers is found there."""
    world = begun(PERSON, OTHER)
    world.release(PERSON, STAFF[0])
    next_shard(world)
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    holder = _HidesTheShard(world, PERSON)
    with pytest.raises(VerificationError, match="the origin of the labels"):
        world.verified(drawn(world, holder))


def test_a_shard_behind_the_last_seal_does_not_rename_the_log() -> None:
    """The seals count nothing yet, but the checkpoint is the next key's, whose name is not the one that labels hang on."""
    world = begun(PERSON, OTHER)
    world.release(PERSON, STAFF[0])
    next_shard(world)
    last = world.latest("close")
    assert last is not None
    holder = _HidesTheShard(world, PERSON)
    holder.name = world.key.verify_key.name
    with pytest.raises(VerificationError, match="not the one that the seals name"):
        world.verified(drawn(world, holder))


def test_a_hidden_registry_is_found_out_by_what_the_seals_count() -> None:
    world = begun(PERSON, OTHER)
    world.seal(closing=True)
    world.open_registry(VrfKey(secret("vrf 2")), first_epoch=world.epoch)
    world.enrol(HIDDEN)
    world.release(HIDDEN, STAFF[0])
    world.seal(closing=False)
    world.registries, world.anchors = world.registries[:1], world.anchors[:1]
    with pytest.raises(VerificationError, match="counts other registries and shards"):
        world.verified(world.account(PERSON))


def test_an_account_that_hides_a_registry_contradicts_one_that_shows_it() -> None:
    world = begun(PERSON, OTHER)
    next_shard(world)
    world.release(PERSON, STAFF[0])
    world.seal(closing=False)
    one, other = (world.verified(world.account(person)).checked for person in (PERSON, OTHER))
    assert require_consistent(one, other)
    hidden = replace(one, account=replace(one.account, leaves=one.account.leaves[1:]))
    assert hidden.account.leaves[0].index > 0
    with pytest.raises(VerificationError, match="hides entry 0"):
        require_consistent(hidden, other)
