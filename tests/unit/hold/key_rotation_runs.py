"""Processes that the tests of rotation start: one that rotates a key store, to be killed at any time."""

import sys
from pathlib import Path

from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.app import SystemEntropy
from suyuan.crypto.suite import Suite
from suyuan.hold import rotation
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.ports import KeyStore
from suyuan.hold.rotation import Rotation


def ring(keys: KeyStore, *, suite: Suite = Suite.AES) -> KeyBroker:
    entropy = SystemEntropy()
    kek = SecretKek(b"k" * 32, entropy=entropy, suite=suite)
    return KeyBroker(keys, kek=kek, origin="log.example/x", entropy=entropy, suite=suite)


def rotate(path: Path, *, batch: int) -> None:
    rotation._PERSONS_PER_BATCH = batch  # type: ignore[misc]
    with SqliteKeyStore(path) as keys:
        Rotation(keys, ring=ring(keys)).rotate()


if __name__ == "__main__":
    print("ready", flush=True)
    rotate(Path(sys.argv[1]), batch=int(sys.argv[2]))
    print("done", flush=True)
