"""An account of releases is the truth of the log, whole: over a thousand random histories, and against whoever cheats.

The cheater is the platform itself: it holds the log's key and signs whatever it makes. What it cannot do is find
another log, table or index under a root that stands.
"""

from random import Random

import pytest
from tests.account_attacks import ATTACKS, Who, checked, checked_once, shown, truth
from tests.account_world import (
    PEOPLE,
    STAFF,
    World,
    begun,
    forked,
    random_world,
)

from suyuan.errors import VerificationError
from suyuan.evidence import ecvrf
from suyuan.evidence.account import Checked, require_consistent

HISTORIES = 1_000
PARTS = 20


@pytest.fixture(autouse=True)
def _each_vrf_proof_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few proofs come again and again; whatever differs is still computed."""
    monkeypatch.setattr(ecvrf, "verify", checked_once)


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
