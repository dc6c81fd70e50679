"""Who signed an account, and by when: the policy's word; and what two accounts say of each other."""

import base64
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.account_world import PEOPLE, STAFF, World, begun, forked, random_world

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account import Account, report, require_consistent, statement
from suyuan.evidence.account.fork import comparison
from suyuan.ledger.seal import SealIndex, index_items

AT = 1_800_000_000
WITNESS = Ed25519PrivateKey.from_private_bytes(sha256(b"witness").digest())
NAME = "witness.example.net"
RAW = b"\x04" + WITNESS.public_key().public_bytes_raw()
ID = sha256(NAME.encode() + b"\n" + RAW).digest()[:4]


def cosignature(checkpoint: bytes) -> bytes:
    text = checkpoint.decode().rpartition("\n\n")[0] + "\n"
    signature = WITNESS.sign(f"cosignature/v1\ntime {AT}\n{text}".encode())
    return f"— {NAME} {base64.b64encode(ID + AT.to_bytes(8, 'big') + signature).decode()}\n".encode()


def policy(world: World, *, key: SigningKey | None = None) -> str:
    log = (key or world.key).verify_key
    return f"log {log}\nwitness w {NAME}+{ID.hex()}+{base64.b64encode(RAW).decode()}\nquorum w\n"


def witnessed(account: Account, *, word: bytes) -> Account:
    return replace(account, checkpoint=account.checkpoint + word)


def test_the_witness_says_by_when() -> None:
    world = random_world(6)
    account = world.account(PEOPLE[0])
    signed = witnessed(account, word=cosignature(account.checkpoint))
    verified = world.verified(signed, policy=policy(world))
    assert verified.witnessed is not None
    assert verified.witnessed.at == AT
    assert "Witnessed" in statement(verified)
    assert report(verified)["outside_time"] == AT
    assert "已见证" in statement(verified, lang="zh")
    with pytest.raises(VerificationError, match="too few"):
        world.verified(account, policy=policy(world))
    with pytest.raises(VerificationError, match="does not name"):
        world.verified(signed, policy=policy(world, key=SigningKey(bytes(32), name="log.example.org/courier")))


def test_what_a_witness_signed_cannot_be_replaced() -> None:
    """The platform writes its log anew without a release, and puts the witness's word on the old one beside it."""
    world = begun(*PEOPLE)
    gone = world.release(PEOPLE[0], STAFF[0])
    world.seal(closing=False)
    word = cosignature(world.account(PEOPLE[0]).checkpoint)
    other = forked(world, instead=gone)
    account = other.account(PEOPLE[0])
    assert not other.verified(account).checked.shown
    with pytest.raises(VerificationError, match="signature"):
        other.verified(witnessed(account, word=word), policy=policy(world))


def test_two_roots_at_one_size_convict_the_log() -> None:
    world = begun(*PEOPLE)
    gone = world.release(PEOPLE[0], STAFF[0])
    world.seal(closing=False)
    one = world.verified(world.account(PEOPLE[1])).checked
    other = forked(world, instead=gone)
    two = other.verified(other.account(PEOPLE[1])).checked
    with pytest.raises(VerificationError, match="two roots"):
        require_consistent(one, two)
    assert require_consistent(one, one)
    assert "one history" in comparison(one, one, settled=True)
    with pytest.raises(RefusedError):
        comparison(one, one, settled=True, lang="fr")


def test_accounts_of_two_logs_are_not_compared() -> None:
    one, two = begun(*PEOPLE), begun(*PEOPLE)
    two.key = SigningKey(bytes(32), name=one.key.verify_key.name + "x")
    for world in (one, two):
        world.name(STAFF[0])
        world.seal(closing=False)
    checked = [world.verified(world.account(STAFF[0])).checked for world in (one, two)]
    with pytest.raises(VerificationError, match="not of one log"):
        require_consistent(*checked)


def test_an_epoch_that_ends_twice_convicts_the_log() -> None:
    one, two = begun(*PEOPLE), begun(*PEOPLE)
    two.append("outcome", c=bytes(32), i=0)
    for world in (one, two):
        world.seal(closing=True)
        world.seal(closing=False)
    two.append("outcome", c=bytes(32), i=0)
    two.seal(closing=False)
    checked = [world.verified(world.account(PEOPLE[0])).checked for world in (one, two)]
    with pytest.raises(VerificationError, match="forked"):
        require_consistent(*checked)


def test_a_timestamp_is_of_this_checkpoint() -> None:
    world = random_world(6)
    account = world.account(PEOPLE[0])
    token = b"a token holds " + sha256(account.checkpoint).digest() + b" somewhere"
    stamped = replace(witnessed(account, word=cosignature(account.checkpoint)), timestamp=token)
    assert "openssl ts" in statement(world.verified(stamped))
    with pytest.raises(VerificationError, match="timestamp"):
        world.verified(replace(stamped, timestamp=token[:-20]))


def test_a_loss_is_told() -> None:
    """A log that went on after a loss says so in its own entries, and so does every account of it."""
    world = begun(PEOPLE[0])
    world.release(PEOPLE[0], STAFF[0])
    old = world.key
    world.key = SigningKey(sha256(b"recovered").digest(), name="log.example.org/courier/b")
    opened = world.append(
        "open", k=old.verify_key.public, n=world.size + 7, o=old.verify_key.name, r=sha256(b"lost").digest()
    )
    world.anchors.append(opened)
    world.seal(closing=True)
    world.open_registry(first_epoch=world.epoch)
    world.enrol(PEOPLE[0])
    world.seal(closing=False)
    verified = world.verified(world.account(PEOPLE[0]))
    assert [lost.count for lost in verified.checked.lost] == [7]
    assert "that had been signed and are gone: 7." in statement(verified)
    assert report(verified)["lost"]


def test_languages() -> None:
    world = random_world(2)
    with pytest.raises(RefusedError) as refused:
        statement(world.verified(world.account(PEOPLE[0])), lang="fr")  # type: ignore[arg-type]
    assert refused.value.code == "evidence.language"


def test_the_index_of_the_ledger_is_the_one_made_by_hand() -> None:
    """What the verifier is tested with is what the platform builds, byte for byte."""
    for seed in range(30):
        world = random_world(seed)
        for end, leaves in world.indexes.items():
            first = int(str(world.ops[end]["a"]))
            tables = {index: b"".join(rows) for index, rows in world.tables.items()}
            built = SealIndex(index_items(world.entries[first:end], first=first, table_of=tables.get))
            assert built.leaves == leaves, (seed, end)
            assert to_base64(built.root) == world.ops[end]["r"]
