"""Crypto-shredding under attack: every key that was retained, yesterday's data, and not one field of the erased opens.

And the store at rest: ten thousand planted values, searched for in every file of it and of its backups.
"""

import itertools
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.courier import POLICY, courier

from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.app import create_store, open_store
from suyuan.app.backing_up import back_up
from suyuan.app.rekeying import draw_recovery_key, rotate_keys
from suyuan.collect.admit import admit
from suyuan.crypto import aead, kdf
from suyuan.crypto.suite import Suite
from suyuan.errors import SuyuanError
from suyuan.hold.ports import SealedRecord
from suyuan.hold.unseal import unseal
from suyuan.simulation import invent_people
from suyuan.terms import PersonNumber

PEOPLE = 16
ERASED = (2, 7, 8)
_KEK = b"suyuan/wrap/kek/v1\x00"
COLUMNS = ("customer", "phone", "email", "address", "id_number")


def retained(folder: Path) -> tuple[list[bytes], list[bytes]]:
    """Give every key and every sealed byte string that a thief of all that is kept today has."""
    keys: list[bytes] = [bytes(16), bytes(32)]
    with open_store(folder) as store:
        broker = store.broker
        keks = [
            broker._kek.unwrap(broker._keys.get(f"kek/{n}") or b"", associated=_KEK + n.to_bytes(4, "big"))
            for n in broker.generations.held()
        ]
        secrets = [
            broker._secret(PersonNumber(person)) for person in range(PEOPLE) if broker.secrets_held((person,))[0]
        ]
        named = [name for name, _ in broker._keys.stale_secrets(b"none of them", after="", count=1000)]
        secrets += keks + [secret for name in named if len(secret := broker.held(name) or b"") == 32]
    for secret in secrets:
        keys.append(secret)
        for suite in Suite:
            payload = kdf.payload_key(secret)
            keys += [suite.sealing_key(secret), kdf.data_key(secret, suite=suite)]
            keys += [kdf.registry_identifier_key(payload, suite=suite), payload]
    with sqlite3.connect(folder / "keys.db") as database:
        envelopes = [
            bytes(row[0]) for row in database.execute("SELECT wrapped FROM person UNION ALL SELECT wrapped FROM secret")
        ]
    database.close()
    return list(dict.fromkeys(keys)), envelopes


def opens(record: SealedRecord, *, keys: list[bytes]) -> int:
    """Count the keys by which a record opens, as it is or bound to nothing."""
    found = 0
    for key in keys:
        try:
            unseal(record, key=key)
            found += 1
        except SuyuanError:
            try:
                aead.unwrap(record.body, kek=key, associated=b"")
                found += 1
            except SuyuanError:
                continue
    return found


def test_yesterdays_data_and_every_key_of_today_open_nothing_of_the_erased(tmp_path: Path) -> None:
    with courier(tmp_path, people=PEOPLE) as made:
        made.store.publish()
    shop, yesterday = tmp_path / "store", tmp_path / "yesterday"
    draw_recovery_key(shop)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    back_up(shop, data=tmp_path / "a/data", keys=tmp_path / "b/keys")
    with tarfile.open(tmp_path / "a/data") as archive:
        archive.extractall(yesterday, filter="data")
    with open_store(shop) as store:
        lost = [store.broker._secret(PersonNumber(person)) for person in ERASED]
        for person in ERASED:
            store.eraser.erase(PersonNumber(person))
        store.publish()
    rotate_keys(shop, sides=True)
    keys, envelopes = retained(shop)
    assert len(keys) > 100
    # The thief puts today's keys beside yesterday's data, as a restore would.
    for name in ("keys.db", "suyuan.toml"):
        shutil.copy(shop / name, yesterday / name)
    people = SqlitePeopleStore(yesterday / "data.db")
    records = {record.person: record for record in people.records(range(PEOPLE))}
    people.close()
    assert len(records) == PEOPLE
    readable = [person for person in ERASED if opens(records[PersonNumber(person)], keys=keys)]
    assert readable == []
    # The same keys open everybody else's: the search is one that finds.
    assert all(opens(records[PersonNumber(n)], keys=keys) == 1 for n in range(PEOPLE) if n not in ERASED)
    # What lies in the key store is not the erased persons' secrets under any of these keys either.
    found: set[bytes] = set()
    for envelope, key in itertools.product(envelopes, keys):
        for head, bound in ((0, b"suyuan/wrap/person/v1"), (8, envelope[:8] + b"suyuan/wrap/person/v1")):
            try:
                found.add(aead.unwrap(envelope[head:], kek=key, associated=bound))
            except SuyuanError:
                continue
    assert found.isdisjoint(lost)
    assert len(found) == PEOPLE - len(ERASED)
    everything = b"".join(path.read_bytes() for path in shop.rglob("*") if path.is_file())
    assert not [secret for secret in lost if secret in everything]


def occurrences(files: Iterator[Path], *, values: list[bytes]) -> dict[bytes, Path]:
    """Give the values of eight bytes and more that stand in any of the files, with where."""
    heads = np.unique(np.array([int.from_bytes(value[:8], "little") for value in values], dtype=np.uint64))
    by_head: dict[bytes, list[bytes]] = {}
    for value in values:
        by_head.setdefault(value[:8], []).append(value)
    found: dict[bytes, Path] = {}
    for path in files:
        content = path.read_bytes()
        for shift in range(8):
            words = np.frombuffer(
                content, dtype="<u8", count=max(len(content) - shift, 0) // 8, offset=min(shift, len(content))
            )
            for at in (np.flatnonzero(np.isin(words, heads)) * 8 + shift).tolist():
                for value in by_head.get(content[at : at + 8], ()):
                    if content.startswith(value, at):
                        found[value] = path
    return found


@pytest.mark.parametrize("suite", list(Suite))
def test_ten_thousand_planted_values_stand_in_no_file(tmp_path: Path, suite: Suite) -> None:
    people = invent_people(2_600, seed=11).select(
        "customer", "name", "phone", "email", "address", "id_number", "birth_date"
    )
    shop, secret = tmp_path / "store", tmp_path / "passphrase"
    settings = f'version = 1\norigin = "log.example/shop"\npassphrase_file = "{secret}"\n[keys]\nprofile = "{suite}"\n'
    create_store(shop, settings_text=settings, policy_texts=POLICY, passphrase_file=secret)
    with open_store(shop) as store:
        admitted, _ = admit(people, fields=store.policy.fields)
        list(store.vault.store(admitted))
        store.registrar.enrol_pending()
        store.ledger.seal(closing=True)
        store.publish()
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        back_up(shop, data=tmp_path / "a/data", keys=tmp_path / "b/keys")
        # While it is open: with its write-ahead logs as they are.
        rotate_keys(shop, sides=True)
        values = [text.encode() for name in COLUMNS for text in people[name].drop_nulls().to_list()]
        values = [value for value in dict.fromkeys(values) if len(value) >= 8][:10_000]
        assert len(values) == 10_000
        copy = tmp_path / "people.csv"
        people.write_csv(copy)
        assert len(occurrences(iter((copy,)), values=values)) == len(values)
        files = (path for top in (shop, tmp_path / "a", tmp_path / "b") for path in top.rglob("*") if path.is_file())
        assert occurrences(files, values=values) == {}
