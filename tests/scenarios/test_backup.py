"""The drill: back up beside a writer, lose everything, restore, and nobody is back who was erased."""

import json
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Done, run_here
from tests.courier import Courier, courier

from suyuan.app import compare_ledger, open_store
from suyuan.app.backing_up import back_up
from suyuan.app.restoring import LOST
from suyuan.crypto import kdf
from suyuan.hold.unseal import unseal
from suyuan.terms import PersonNumber

Run = Callable[..., Done]


@pytest.fixture
def suyuan(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *arguments: run_here(capsys, *arguments)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("backup", "vault"):
        (tmp_path / name).mkdir()
    return tmp_path / "backup", tmp_path / "vault"


def saved(suyuan: Run, shop: Path, places: tuple[Path, Path], name: str) -> tuple[Path, Path]:
    data, keys = places[0] / f"{name}.data", places[1] / f"{name}.keys"
    done = suyuan("backup", "--data", data, "--keys", keys, "--store", shop)
    assert done.code == 0, done.err
    return data, keys


def name_of(shop: Path, person: int) -> str | None:
    """Give the name in a person's record; None where nothing is held of her."""
    with open_store(shop) as store:
        if not store.broker.secrets_held((person,))[0]:
            return None
        [record] = store.people.records([person])
        key = kdf.data_key(store.broker._secret(PersonNumber(person)), suite=store.broker.suite)
        return str(unseal(record, key=key)["name"])


def erase(shop: Path, *persons: int) -> None:
    with open_store(shop) as store:
        for person in persons:
            store.eraser.erase(PersonNumber(person))
        store.publish()


def add_entries(made: Courier) -> None:
    made.store.ledger.seal(closing=True)
    made.store.publish()


def test_lose_everything_and_restore(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    with courier(tmp_path, people=25) as made:
        add_entries(made)
        names = made.people["name"].to_list()
    shop, back = tmp_path / "store", tmp_path / "back"
    erase(shop, 3)
    data, keys = saved(suyuan, shop, places, "one")
    with open_store(shop) as store:
        size = store.ledger.size
    shutil.rmtree(shop)
    done = suyuan("restore", "--data", data, "--keys", keys, back)
    assert done.code == 0, done.err
    assert f"{size} entries, which give the published root" in done.out
    assert [name_of(back, person) for person in (0, 3, 24)] == [names[0], None, names[24]]
    assert compare_ledger(back) == size
    verified = suyuan("ledger", "fsck", "--store", back)
    assert verified.code == 0, verified.err
    with open_store(back) as store:
        store.ledger.seal(closing=True)
        store.publish()
    assert compare_ledger(back) > size


def test_older_keys_bring_nobody_back(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    with courier(tmp_path, people=20) as made:
        add_entries(made)
        # Three whom nobody enrolled yet: their erasure's entry carries the label of its epoch.
        loose = int(made.store.broker.enrol(3))
    shop, back = tmp_path / "store", tmp_path / "back"
    _, old_keys = saved(suyuan, shop, places, "old")
    old_data, _ = saved(suyuan, shop, places, "old2")
    erase(shop, 5, 11, loose + 1)
    new_data, new_keys = saved(suyuan, shop, places, "new")
    done = suyuan("restore", "--data", new_data, "--keys", old_keys, back, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert (report["erased_again"], report["one_backup"], report["lost_entries"]) == (3, False, 0)
    assert [name_of(back, person) is None for person in (4, 5, 11, 12)] == [False, True, True, False]
    with open_store(back) as store:
        held = store.broker.secrets_held([loose, loose + 1, loose + 2]).tolist()
    assert held == [True, False, True]
    # Older data with today's keys: her record is there again, and opens with nothing.
    shutil.rmtree(back)
    checkpoint = shop / "ledger/checkpoint"
    refused = suyuan("restore", "--data", old_data, "--keys", new_keys, "--checkpoint", checkpoint, back)
    assert refused.code == 3
    assert "published" in refused.err
    assert not [path for path in back.iterdir() if not path.name.startswith(".")]
    accepted = suyuan(
        "restore", "--data", old_data, "--keys", new_keys, "--checkpoint", checkpoint, back, "--accept-lost-entries"
    )
    assert accepted.code == 0, accepted.err
    recovered = suyuan("ledger", "recover", "--checkpoint", back / LOST, "after-the-fire", "--store", back)
    assert recovered.code == 0, recovered.err
    assert [name_of(back, person) is None for person in (4, 5, 11)] == [False, True, True]


def test_who_came_again_after_an_erasure_stays(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    from suyuan.collect.admit import admit

    with courier(tmp_path, people=12) as made:
        _, old_keys = saved(suyuan, tmp_path / "store", places, "old")
        store = made.store
        store.eraser.erase(PersonNumber(4))
        admitted, _ = admit(made.people, fields=store.policy.fields)
        [imported] = list(store.vault.store(admitted))
        assert imported.added == 1
        store.registrar.enrol_pending()
        store.publish()
        again = 12
    data, keys = saved(suyuan, tmp_path / "store", places, "new")
    for pair in (keys, old_keys):
        back = tmp_path / f"back-{pair.name}"
        assert suyuan("restore", "--data", data, "--keys", pair, back).code == 0
        assert name_of(back, 4) is None
    assert name_of(tmp_path / "back-new.keys", again) == name_of(tmp_path / "store", again)


def test_public_files_that_survived_say_what_is_missing(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    with courier(tmp_path, people=5) as made:
        add_entries(made)
        shop = tmp_path / "store"
        data, keys = saved(suyuan, shop, places, "one")
        add_entries(made)
    back = tmp_path / "back"
    shutil.copytree(shop / "ledger", back / "ledger")
    refused = suyuan("restore", "--data", data, "--keys", keys, back)
    assert (refused.code, "are not in it" in refused.err) == (3, True), refused.err
    assert sorted(path.name for path in back.iterdir()) == ["ledger"]
    later = saved(suyuan, shop, places, "two")
    assert suyuan("restore", "--data", later[0], "--keys", later[1], back).code == 0


def test_beside_a_writer_every_backup_restores(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    stop, made_backups = threading.Event(), list[tuple[Path, Path]]()
    with courier(tmp_path, people=40) as made:
        shop = tmp_path / "store"

        def back_up_all() -> None:
            while not stop.is_set() and len(made_backups) < 40:
                number = len(made_backups)
                pair = places[0] / f"{number}.data", places[1] / f"{number}.keys"
                back_up(shop, data=pair[0], keys=pair[1])
                made_backups.append(pair)

        worker = threading.Thread(target=back_up_all)
        worker.start()
        for person in range(12):
            made.store.broker.draw_pool(rows=16, lanes=2)
            made.store.eraser.erase(PersonNumber(person))
            made.store.broker.enrol(5)
            add_entries(made)
        stop.set()
        worker.join()
    assert len(made_backups) > 2
    for number, (data, keys) in enumerate(made_backups[:: max(1, len(made_backups) // 4)]):
        back = tmp_path / f"back{number}"
        done = suyuan("restore", "--data", data, "--keys", keys, back)
        assert done.code == 0, done.err
        with open_store(back) as store:
            erased = [entry for _, entry in store.ledger.entries() if entry.body.op == "erase"]
            assert int((~store.broker.secrets_held(range(40))).sum()) >= len(erased)


def test_where_a_backup_may_not_go(tmp_path: Path, places: tuple[Path, Path], suyuan: Run) -> None:
    with courier(tmp_path, people=2):
        shop = tmp_path / "store"
    one, other = places[0] / "d", places[0] / "k"
    refused = suyuan("backup", "--data", one, "--keys", other, "--store", shop)
    assert (refused.code, "in one place" in refused.err) == (3, True)
    inside = suyuan("backup", "--data", shop / "d", "--keys", places[1] / "k", "--store", shop)
    assert (inside.code, "inside the store" in inside.err) == (3, True)
    done = suyuan("backup", "--data", one, "--keys", other, "--together", "--json", "--store", shop)
    assert done.code == 0, done.err
    assert [path.stat().st_mode & 0o077 for path in (one, other)] == [0, 0]
    assert "exists already" in suyuan("backup", "--data", one, "--keys", places[1] / "k", "--store", shop).err
    assert sorted(path.name for path in places[0].iterdir()) == ["d", "k"]
    assert list(places[1].iterdir()) == []
    with tarfile.open(one) as data, tarfile.open(other) as keys:
        assert "keys.db" not in data.getnames()
        assert keys.getnames() == ["manifest.json", "keys.db"]


def test_an_altered_or_mistaken_archive_restores_nothing(
    tmp_path: Path, places: tuple[Path, Path], suyuan: Run
) -> None:
    with courier(tmp_path, people=3):
        shop = tmp_path / "store"
    data, keys = saved(suyuan, shop, places, "one")
    back = tmp_path / "back"
    whole = data.read_bytes()
    for position in (len(whole) // 2, 1400, len(whole) // 3):
        data.write_bytes(whole[:position] + bytes((whole[position] ^ 1,)) + whole[position + 1 :])
        assert suyuan("restore", "--data", data, "--keys", keys, back).code in (3, 4)
        assert not list(back.iterdir()) if back.exists() else True
    data.write_bytes(whole[: len(whole) // 2])
    assert suyuan("restore", "--data", data, "--keys", keys, back).code == 4
    data.write_bytes(b"no archive")
    assert suyuan("restore", "--data", data, "--keys", keys, back).code == 4
    data.write_bytes(whole)
    assert suyuan("restore", "--data", keys, "--keys", data, back).code == 3
    hostile = tmp_path / "hostile"
    with tarfile.open(data) as read, tarfile.open(hostile, "w") as write:
        for member in read:
            member.name = member.name.replace("policy/fields.toml", "../fields.toml")
            write.addfile(member, read.extractfile(member))
    assert suyuan("restore", "--data", hostile, "--keys", keys, back).code == 4
    assert not (tmp_path / "fields.toml").exists()
    assert suyuan("restore", "--data", data, "--keys", keys, back).code == 0
    assert suyuan("restore", "--data", data, "--keys", keys, back).code == 3
