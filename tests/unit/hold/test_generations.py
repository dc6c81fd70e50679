"""Generations: every envelope says its own, a store from before keeps opening, and nothing comes under an ended one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.app import SystemEntropy
from suyuan.crypto import aead
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.keyring import PERSON, bound_name
from suyuan.hold.ports import MARK

ENTROPY = SystemEntropy()
SUITES = pytest.mark.parametrize("suite", list(Suite))


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], SqliteKeyStore]]:
    opened: list[SqliteKeyStore] = []

    def reopen() -> SqliteKeyStore:
        path = tmp_path / "keys.db"
        opened.append(SqliteKeyStore(path, access=Access.WRITE if path.exists() else Access.CREATE))
        return opened[-1]

    yield reopen
    for each in opened:
        each.close()


def broker(keys: SqliteKeyStore, *, key: bytes = b"k" * 32, suite: Suite = Suite.AES) -> KeyBroker:
    kek = SecretKek(key, entropy=ENTROPY, suite=suite)
    return KeyBroker(keys, kek=kek, origin="log.example/x", entropy=ENTROPY, suite=suite)


def from_before(keys: SqliteKeyStore, *, persons: int = 3) -> tuple[list[bytes], bytes]:
    """Fill a key store as a version from before the generations did; give the secrets and the log's seed."""
    secrets, seed = [ENTROPY.draw(32) for _ in range(persons)], ENTROPY.draw(32)

    def bare(secret: bytes, bound: bytes) -> bytes:
        return aead.wrap(secret, kek=b"k" * 32, nonce=ENTROPY.draw(12), associated=bound)

    keys.add_persons([bare(secret, PERSON) for secret in secrets])
    keys.put("log-key", bare(seed, bound_name("log-key")))
    return secrets, seed


@SUITES
def test_a_new_store_begins_with_generation_one(reopen: Callable[[], SqliteKeyStore], suite: Suite) -> None:
    keys = reopen()
    first = broker(keys, suite=suite)
    secret = first.named("log-key")
    person = first.enrol(2)
    assert first.generations.held() == (1,)
    assert keys.get(MARK) == b"syk" + bytes((suite.code,)) + b"\x00\x00\x00\x01"
    assert all(envelope.startswith(first.generations.mark) for envelope in keys.persons([0, 1]))
    again = broker(reopen(), suite=suite)
    assert again.named("log-key") == secret
    assert again._secret(person) == first._secret(person)


def test_a_store_from_before_opens_and_takes_new_secrets(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    secrets, seed = from_before(keys)
    old = broker(keys)
    assert old.named("log-key") == seed
    assert old._secrets((2, 0)) == [secrets[2], secrets[0]]
    # Reading alone changes nothing: who may not write can still open it.
    assert keys.get(MARK) is None
    added = old.enrol(1)
    assert old.generations.held() == (0, 1)
    assert old._secrets((0, 1, 2)) == secrets
    again = broker(reopen())
    assert again._secrets((2, added, 0)) == [secrets[2], old._secret(added), secrets[0]]


def test_an_envelope_without_head_that_looks_as_if_it_had_one_opens(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    from_before(keys)
    nonce = b"syk\x01\x00\x00\x00\x01abcd"
    keys.put("pool", aead.wrap(b"p" * 32, kek=b"k" * 32, nonce=nonce, associated=bound_name("pool")))
    person = keys.add_persons([aead.wrap(b"q" * 32, kek=b"k" * 32, nonce=nonce, associated=PERSON)])
    old = broker(keys)
    old.enrol(1)
    assert old.named("pool") == b"p" * 32
    assert old._secret(person) == b"q" * 32


def test_a_reader_learns_of_a_generation_that_another_process_began(reopen: Callable[[], SqliteKeyStore]) -> None:
    reader, writer = broker(reopen()), broker(reopen())
    person = writer.enrol(1)
    assert reader._secret(person) == writer._secret(person)
    for number in (2, 3):
        assert writer.generations.begin(recovery=None) == number
        later = writer.enrol(1)
        assert reader._secrets((person, later)) == writer._secrets((person, later))
    assert reader.generations.held() == (1, 2, 3)


def test_a_writer_never_wraps_under_a_generation_that_has_ended(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    one, other = broker(keys), broker(reopen())
    one.enrol(1)
    other.generations.begin(recovery=None)
    added = one.enrol(1)
    one.named("recipient/account/a")
    assert keys.persons([added])[0].startswith(other.generations.mark)
    assert (keys.get("recipient/account/a") or b"").startswith(other.generations.mark)
    assert other._secret(added) == one._secret(added)


def test_a_generation_that_is_lost_is_named(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    ring = broker(keys)
    person = ring.enrol(1)
    ring.generations.begin(recovery=None)
    ring.generations.destroy(1)
    with pytest.raises(VerificationError, match="generation 1") as told:
        ring._secret(person)
    assert told.value.code == "hold.generation"
    with pytest.raises(RefusedError):
        ring.generations.destroy(2)


@SUITES
def test_envelopes_are_bound_to_name_and_generation(reopen: Callable[[], SqliteKeyStore], suite: Suite) -> None:
    keys = reopen()
    ring = broker(keys, suite=suite)
    ring.named("a")
    ring.generations.begin(recovery=None)
    envelope = keys.get("a") or b""
    for forged in (envelope[:7] + b"\x02" + envelope[8:], envelope[:-1] + bytes((envelope[-1] ^ 1,)), envelope[:20]):
        with pytest.raises(VerificationError):
            ring.generations.unwrap(forged, associated=bound_name("a"))
    with pytest.raises(VerificationError):
        ring.generations.unwrap(envelope, associated=bound_name("b"))


def test_another_passphrase_and_another_profile_are_told_apart(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    broker(keys, suite=Suite.SM).require_kek()
    with pytest.raises(RefusedError) as told:
        broker(keys, key=b"x" * 32, suite=Suite.SM).require_kek()
    assert told.value.code == "hold.passphrase"
    with pytest.raises(RefusedError) as told:
        broker(keys).require_kek()
    assert told.value.code == "hold.profile"


def test_a_store_from_before_is_not_of_the_national_profile(reopen: Callable[[], SqliteKeyStore]) -> None:
    keys = reopen()
    from_before(keys)
    with pytest.raises(RefusedError) as told:
        broker(keys, suite=Suite.SM).require_kek()
    assert told.value.code == "hold.profile"


@SUITES
def test_what_an_earlier_side_key_sealed_stays_readable(reopen: Callable[[], SqliteKeyStore], suite: Suite) -> None:
    ring = broker(reopen(), suite=suite)
    first = ring.seal_side(b"one", name="outcome", bound=b"c")
    running = broker(reopen(), suite=suite)
    assert running.open_side(first, name="outcome", bound=b"c") == b"one"
    running.seal_side(b"begun", name="outcome", bound=b"c")
    assert ring.renew_side_keys() == {"side-key": 2, "batch-payload-key": 2}
    second = ring.seal_side(b"two", name="outcome", bound=b"c")
    still = running.seal_side(b"still", name="outcome", bound=b"c")
    for each in (ring, running, broker(reopen(), suite=suite)):
        sides = [each.open_side(sealed, name="outcome", bound=b"c") for sealed in (first, second, still)]
        assert sides == [b"one", b"two", b"still"]
    assert (second[:8], still[:4] == b"sys\x00") == (b"sys\x00\x00\x00\x00\x02", False)
    with pytest.raises(VerificationError):
        ring.open_side(second[:7] + b"\x01" + second[8:], name="outcome", bound=b"c")
    _, sealed = ring.seal_payload(b"payload")
    assert running.open_payload(sealed)[1] == b"payload"
