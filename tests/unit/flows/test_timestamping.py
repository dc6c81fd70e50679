"""RFC 3161 timestamps on checkpoints: kept only when they verify, and openssl verifies what is kept."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.ledger_world import KEY, MemoryFiles, MemoryStore, release, started
from tests.timestamp_server import Authority, serving

from suyuan.adapters.http.timestamp import HttpTimestamps, verify_timestamp
from suyuan.errors import RefusedError, VerificationError
from suyuan.flows.publication import Publication
from suyuan.flows.timestamping import Timestamping, timestamp_path
from suyuan.ledger.witnessing import log_signed


class ShiftedClock:
    def __init__(self, **by: float) -> None:
        self.by = timedelta(**by)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(folder=tmp_path_factory.mktemp("authority") / "one").found()


@pytest.fixture
def authority(founded: Authority) -> Iterator[Authority]:
    with serving(Authority(folder=founded.folder)) as one:
        yield one


class World:
    def __init__(self, authority: Authority, *, roots: Path | None = None, clock: ShiftedClock | None = None) -> None:
        seconds = 4.0 if authority.lie == "hangs" else 30.0
        self.files, self.store = MemoryFiles(), MemoryStore()
        self.told: list[str] = []
        pem = (roots or authority.roots).read_bytes()
        self.publication = Publication(
            files=self.files,
            warn=self.told.append,
            timestamping=Timestamping(
                authority=HttpTimestamps(authority.url, roots_pem=lambda: pem, seconds=seconds),
                clock=clock or ShiftedClock(),
                seconds=seconds,
            ),
        )

    def publish(self) -> bytes | None:
        ledger = started(self.store)
        ledger.append([release(ledger.size - 2)])
        signed = self.publication.publish(ledger)
        return self.files.read(timestamp_path(signed.size))


def signed_bytes(world: World) -> bytes:
    note = world.files.read("checkpoint")
    assert note is not None
    return log_signed(note, key=KEY.verify_key).encode()


def test_openssl_verifies_the_token_that_is_kept(authority: Authority, tmp_path: Path) -> None:
    world = World(authority)
    token = world.publish()
    assert token is not None
    assert world.told == []
    (tmp_path / "token.tsr").write_bytes(token)
    (tmp_path / "checkpoint").write_bytes(signed_bytes(world))
    asked = ["openssl", "ts", "-verify", "-data", "checkpoint", "-in", "token.tsr", "-CAfile", str(authority.roots)]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Verification: OK" in done.stdout) == (0, True), done.stderr
    (tmp_path / "checkpoint").write_bytes(signed_bytes(world) + b"\n")
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_what_is_kept_verifies_and_says_when(authority: Authority) -> None:
    world = World(authority)
    token = world.publish()
    assert token is not None
    roots = authority.roots.read_bytes()
    at = verify_timestamp(token, data=signed_bytes(world), roots_pem=roots)
    assert abs((at - datetime.now(UTC)).total_seconds()) < 60
    with pytest.raises(VerificationError, match="does not verify"):
        verify_timestamp(token, data=signed_bytes(world) + b" ", roots_pem=roots)
    for position in range(0, len(token), 41):
        forged = bytearray(token)
        forged[position] ^= 1
        with pytest.raises(VerificationError):
            # Bytes outside of the signed part, such as the certificate's own signature, are caught by the chain.
            verify_timestamp(bytes(forged), data=signed_bytes(world), roots_pem=roots)


def test_each_checkpoint_has_its_own_token_and_is_stamped_once(authority: Authority) -> None:
    world = World(authority)
    first, second = world.publish(), world.publish()
    assert first is not None
    assert second is not None
    assert first != second
    ledger = started(world.store)
    world.publication.publish(ledger)
    assert len(authority.asked) == 2


@pytest.mark.parametrize(
    ("lie", "line"),
    [
        ("error", "answers with the error 500"),
        ("page", "gives no timestamp (200, text/html)"),
        ("noise", "its answer is no timestamp"),
        ("huge", "answers with more than 65536 bytes"),
        ("other data", "does not verify"),
        ("flipped bit", "does not verify"),
        ("hangs", "did not answer in time"),
    ],
)
def test_a_token_that_does_not_hold_is_named_and_not_kept(authority: Authority, lie: str, line: str) -> None:
    authority.lie = lie
    world = World(authority)
    assert world.publish() is None
    (told,) = world.told
    assert told.startswith("timestamp authority: ")
    assert line in told
    assert "\n" not in told
    authority.lie = ""
    world.publication.publish(started(world.store))
    assert world.files.read(timestamp_path(3)) is not None


def test_an_old_token_is_not_taken_for_a_new_one(authority: Authority) -> None:
    world = World(authority)
    world.publish()
    authority.lie = "replays"
    assert world.publish() is None
    assert "does not verify" in world.told[0]


def test_an_authority_under_another_root_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    other = Authority(folder=tmp_path / "two").found()
    world = World(authority, roots=other.roots)
    assert world.publish() is None
    assert "does not verify" in world.told[0]


@pytest.mark.parametrize("by", [{"hours": 1}, {"hours": -1}])
def test_a_time_far_from_ours_is_not_kept(authority: Authority, by: dict[str, float]) -> None:
    world = World(authority, clock=ShiftedClock(**by))
    assert world.publish() is None
    assert "its clock and ours" in world.told[0]


def test_roots_that_are_no_certificates_are_refused(authority: Authority) -> None:
    world = World(authority)
    token = world.publish()
    assert token is not None
    with pytest.raises(RefusedError) as caught:
        verify_timestamp(token, data=signed_bytes(world), roots_pem=b"-----BEGIN NOTHING-----")
    assert caught.value.code == "ledger.timestamp_roots"
