"""What a cheating platform writes into the log itself shows in an account of releases; and what one never holds."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.account_attacks import (
    checked,
    checked_once,
    keys_of,
    of_op,
    shown,
    truth,
    without_leaf,
)
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
    begun,
    random_world,
    secret,
)

from suyuan.crypto.sign import SigningKey
from suyuan.crypto.vrf import VrfKey
from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf
from suyuan.evidence.account import check
from suyuan.evidence.account.members import Keys, PersonKeys
from suyuan.flows.account_assembly import Asked, assemble


@pytest.fixture(autouse=True)
def _each_vrf_proof_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few proofs come again and again; whatever differs is still computed."""
    monkeypatch.setattr(ecvrf, "verify", checked_once)


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
