"""Write the log that foreign tools read: 70,000 entries by suyuan's own ledger, cosigned by two kinds of witness.

    python tests/interop/log_under_test.py FOLDER AICS_WITNESS

runs inside `offline.py`'s network, where nothing but this machine's loopback is: there it starts a real `aics-witness`
server, lets suyuan's witness client show it every checkpoint, then shows it a rollback and two forks. What it answered
stands in `FOLDER/story.json`.
"""

import base64
import json
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.interop.aics_server import running_witness
from tests.ledger_world import KEY, batch, outcome, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.http.witness import HttpWitnesses
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.errors import VerificationError
from suyuan.evidence.note import VerifyKey
from suyuan.evidence.policy import read_policy
from suyuan.flows.witnessing import Witnessing
from suyuan.ledger import Checkpoint, Ledger, TileReader, open_checkpoint, prove_consistency, prove_inclusion, publish
from suyuan.ledger.proof import write_proof
from suyuan.ledger.witnessing import WitnessAnswer, add_checkpoint, log_signed

SIZE = 70_000
OLD_SIZE = 35_001
PROVEN = (0, 1, 255, 256, 2_048, 20_001, 35_000, 41_234, 65_535, 65_536, 69_631, 69_887, 69_888, 69_999)
"""The entries that proofs are written for: edges of tiles and levels, a seal, and some between."""

EXTRA = 41_234
"""Its proof carries `extra` bytes, which the format leaves unauthenticated."""

BATCH = 4_096


class RealClock:
    def now(self) -> datetime:
        return datetime.now(tz=UTC)


class LocalWitness:
    """A cosigner of type 4 that signs whatever it is shown, written from c2sp.org/tlog-cosignature."""

    URL = "https://local.witness.example"

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(b"\x0c" * 32)
        self.key = VerifyKey(name="local.witness.example/w", type=4, public=self._key.public_key().public_bytes_raw())

    def answer(self, body: bytes) -> WitnessAnswer:
        note = body.decode().partition("\n\n")[2]
        text = note[: note.rindex("\n\n") + 1]
        time = int(datetime.now(tz=UTC).timestamp())
        signed = self._key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        raw = base64.b64encode(self.key.key_id + time.to_bytes(8, "big") + signed).decode()
        return WitnessAnswer(status=200, body=f"— {self.key.name} {raw}\n".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Speaks HTTP to every witness but the local one."""

    local: LocalWitness
    http: HttpWitnesses

    def submit(self, prefix: str, *, body: bytes) -> WitnessAnswer:
        return self.local.answer(body) if prefix == LocalWitness.URL else self.http.submit(prefix, body=body)

    def view(self, prefix: str, *, path: str) -> WitnessAnswer:
        if prefix == LocalWitness.URL:
            return WitnessAnswer(status=404, body=b"")
        return self.http.view(prefix, path=path)


@dataclass(slots=True, kw_only=True)
class Writing:
    """One copy of the log: its store, its public files, and the releases it makes."""

    folder: Path
    store: SqliteLedgerStore
    ledger: Ledger
    files: TileDirectory
    next: int = 0

    @classmethod
    def open(cls, folder: Path) -> "Writing":
        folder.mkdir(exist_ok=True)
        store = SqliteLedgerStore.open_writer(folder / "ledger.db")
        pools = store.pools()
        used = pools[0].next if pools else 0
        return cls(folder=folder, store=store, ledger=started(store), files=TileDirectory(folder / "ledger"), next=used)

    def grow(self, size: int) -> Checkpoint:
        """Append releases with their outcomes, a batch and seals until the log has `size` entries; publish it."""
        while (room := size - self.ledger.size) > 0:
            count = min(room, BATCH)
            drafts = [release(self.next + i) for i in range(count)]
            self.next += count
            if count == BATCH:
                drafts[-3] = batch(self.next - 3, count=1)
                drafts[-1] = outcome(self.ledger.size)
                self.next -= 1
            self.ledger.append(drafts)
            if self.ledger.size < size:
                self.ledger.seal(closing=self.ledger.size > size // 2)
        return publish(self.ledger, files=self.files, key=KEY)

    def copy(self, folder: Path) -> None:
        """Take a backup; nothing may be under way."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.lock"))


def post(url: str, body: bytes) -> tuple[int, str]:
    """Send a body as any client would; give status and text."""
    request = urllib.request.Request(f"{url}/add-checkpoint", data=body, headers={"Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def written(true: Writing, *, witnessing: Witnessing, backup: Path) -> Iterator[Checkpoint]:
    """Write the log in two steps, each shown to the witnesses; keep a backup of the first."""
    for size in (OLD_SIZE, SIZE):
        published = true.grow(size)
        cosigned = witnessing.cosign(published, key=KEY.verify_key, log=true.ledger, files=true.files)
        assert cosigned.note is not None, cosigned.complaints
        assert not cosigned.complaints, cosigned.complaints
        true.files.commit("checkpoint", data=cosigned.note.encode())
        if size == OLD_SIZE:
            true.copy(backup)
        yield open_checkpoint(cosigned.note, keys=(KEY.verify_key,))


def mischief(url: str, *, folder: Path, witnessing: Witnessing, old: Checkpoint, head: Checkpoint) -> dict[str, object]:
    """Show the witness a rollback and two forks under the log's true key, and give what it answered."""
    signed = {point.size: log_signed(point.note, key=KEY.verify_key) for point in (old, head)}
    told: dict[str, object] = {}
    told["rollback"] = post(url, add_checkpoint(OLD_SIZE, proof=(), note=signed[OLD_SIZE]))
    fork = Writing.open(folder / "backup")
    try:
        witnessing.require_current(fork.ledger, files=fork.files, head=old, key=KEY.verify_key)
        told["restored"] = "accepted"
    except VerificationError as error:
        told["restored"] = error.code
    fork.next += 1
    fork.ledger.append([release(fork.next - 1)])
    same = fork.grow(SIZE)
    assert same.root != head.root
    told["fork"] = post(url, add_checkpoint(SIZE, proof=(), note=same.note))
    longer = fork.grow(SIZE + 1)
    proof = prove_consistency(SIZE, tiles=TileReader(fork.files, size=longer.size))
    told["growing fork"] = post(url, add_checkpoint(SIZE, proof=proof, note=longer.note))
    told["again"] = post(url, add_checkpoint(SIZE, proof=(), note=signed[SIZE]))[0]
    fork.store.close()
    return told


def write_proofs(folder: Path, *, files: TileDirectory, old: Checkpoint, head: Checkpoint) -> None:
    """Write what travels: proofs of some entries with their leaves, the older checkpoint, and the growth between."""
    tiles = TileReader(files, size=head.size)
    for name in ("proof", "leaf"):
        (folder / name).mkdir()
    for index in PROVEN:
        path = prove_inclusion(index, tiles=tiles)
        extra = b"unauthenticated" if index == EXTRA else None
        proof = write_proof(index, path=path, checkpoint=head, extra=extra)
        (folder / f"proof/{index}").write_text(proof, encoding="utf-8")
        (folder / f"leaf/{index}").write_bytes(tiles.bundle(index // 256)[index % 256])
    (folder / "old").write_text(log_signed(old.note, key=KEY.verify_key), encoding="utf-8")
    (folder / "consistency").write_bytes(b"".join(prove_consistency(old.size, tiles=tiles)))


def write_log(folder: Path, *, aics_witness: str) -> None:
    local = LocalWitness()
    with running_witness(folder / "witness", program=aics_witness, log=str(KEY.verify_key)) as server:
        policy = read_policy(
            f"log {KEY.verify_key}\nwitness aics {server.vkey} {server.url}\n"
            f"witness local {local.key} {LocalWitness.URL}\ngroup both all aics local\nquorum both\n"
        )
        clients = Witnesses(local=local, http=HttpWitnesses(seconds=30.0))
        witnessing = Witnessing(policy=policy, client=clients, clock=RealClock(), seconds=30.0)
        true = Writing.open(folder / "true")
        old, head = written(true, witnessing=witnessing, backup=folder / "backup")
        true.store.close()
        told = mischief(server.url, folder=folder, witnessing=witnessing, old=old, head=head)
    told["evidence"] = server.evidence()
    write_proofs(folder, files=true.files, old=old, head=head)
    told["Key"], told["Witnesses"] = str(KEY.verify_key), [str(local.key), server.vkey]
    (folder / "story.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), aics_witness=sys.argv[2])
