"""Rates of the registry: VRF outputs in each of their ways, commitments, proofs checked, and whole enrolments.

    PYTHONPATH=src python benchmarks/enrol.py [persons]

A whole enrolment opens the sealed identifier, computes registry label and commitment, appends one entry to a durable
ledger and marks the persons enrolled, in real stores of a temporary folder.
"""

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from measured import machine, measured, tell
from nacl.bindings import crypto_scalarmult

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import SystemClock, SystemEntropy
from suyuan.crypto import bulk, committing, registry, side_by_side, vrf_lanes
from suyuan.crypto.vrf import VrfKey
from suyuan.evidence import ecvrf
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.registrar import Registrar
from suyuan.ledger.log import Ledger

ORIGIN = "log.example/suyuan"


def rooms() -> None:
    key, alphas = VrfKey(bytes(32)), [registry.alpha(b"identifier\x00%d" % i) for i in range(4_000)]
    used = measured(lambda: [key.output(alpha) for alpha in alphas])
    tell("VRF outputs, plain", count=len(alphas), used=used)
    used = measured(lambda: key.outputs(alphas, threads=1))
    tell("VRF outputs, two ladders, Python's integers", count=len(alphas), used=used)
    used = measured(lambda: key.outputs(alphas))
    tell("the same on two threads", count=len(alphas), used=used)
    scalar = bytes([8, *bytes(30), 64])
    used = measured(lambda: [crypto_scalarmult(scalar, scalar) for _ in range(2 * len(alphas))])
    tell("the two ladders alone", count=len(alphas), used=used)
    if vrf_lanes.load():
        used = measured(lambda: key.outputs(alphas, threads=1))
        tell("VRF outputs, two ladders, the rest side by side", count=len(alphas), used=used)
    secrets = [i.to_bytes(32, "big") for i in range(10_000)]
    used = measured(lambda: bulk.enrolment_commitments(secrets, origin=ORIGIN, first_epoch=1))
    tell("commitments", count=len(secrets), used=used)
    if side_by_side.load():
        side_by_side.hash_joined(bytes(64), size=32)
        used = measured(lambda: committing.enrolment_commitments(secrets, origin=ORIGIN, first_epoch=1))
        tell("commitments side by side", count=len(secrets), used=used)
    proof = key.prove(alphas[0])
    used = measured(lambda: [ecvrf.verify(key.public, alphas[0], proof) for _ in range(100)])
    tell("proofs checked by the verifier", count=100, used=used)


def whole(folder: Path, *, count: int) -> None:
    with ExitStack() as opened:
        keys = opened.enter_context(SqliteKeyStore(folder / "keys.db", access=Access.CREATE))
        people = opened.enter_context(SqlitePeopleStore(folder / "data.db", access=Access.CREATE))
        store = opened.enter_context(SqliteLedgerStore.open_writer(folder / "ledger.db"))
        broker = KeyBroker(
            keys, kek=SecretKek(bytes(32), entropy=SystemEntropy()), origin=ORIGIN, entropy=SystemEntropy()
        )
        registrar = Registrar(Ledger(store, key=broker.log_key(), clock=SystemClock()), broker=broker, people=people)
        registrar.open()
        first = broker.enrol(count)
        persons = list(range(first, first + count))
        names = [registry.identifier("identifier", canonical=f"C-{person}") for person in persons]

        def remember() -> None:
            sealed = broker.seal_identifiers(persons, identifiers=names)
            pairs = list(zip(persons, sealed, strict=True))
            people.add_tokens([], np.empty(0, np.int64), at=datetime.now(UTC), identifiers=pairs)

        tell("identifiers sealed and stored", count=count, used=measured(remember))
        tell("persons enrolled", count=count, used=measured(registrar.enrol_pending))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(machine())
    rooms()
    with tempfile.TemporaryDirectory() as folder:
        whole(Path(folder), count=count)


if __name__ == "__main__":
    main()
