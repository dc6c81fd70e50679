"""The keys of a store through the command line: rotation, another passphrase, a token and back, the recovery key."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Done, run_here
from tests.courier import courier
from tests.soft_token import soft_token

from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app import open_store, rekeying
from suyuan.app.rekeying import key_state, rekey_store, rotate_keys
from suyuan.app.unlocking import next_passphrase
from suyuan.crypto import kdf
from suyuan.errors import RefusedError, SuyuanError, VerificationError
from suyuan.hold.keyring import PERSON
from suyuan.hold.unseal import unseal
from suyuan.terms import PersonNumber

Run = Callable[..., Done]


@pytest.fixture
def suyuan(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *arguments: run_here(capsys, *arguments)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with courier(tmp_path, people=30):
        return tmp_path / "store"


def values(shop: Path) -> dict[str, str]:
    """Give what the record of the first person holds, so that every key on the way to her was right."""
    with open_store(shop) as store:
        [record] = store.people.records([0])
        key = kdf.data_key(store.broker._secret(PersonNumber(0)), suite=store.broker.suite)
        return dict(unseal(record, key=key))


def passphrase(shop: Path) -> Path:
    return shop.parent / "store.passphrase"


def set_keys(shop: Path, text: str) -> None:
    settings = (shop / "suyuan.toml").read_text().split("\n[keys]")[0]
    (shop / "suyuan.toml").write_text(f"{settings}\n[keys]\n{text}")


def test_a_rotation_beside_an_open_store(shop: Path, suyuan: Run) -> None:
    shown = values(shop)
    with open_store(shop) as store:
        secret = store.broker._secret(0)
        done = suyuan("hold", "rotate", "--all", "--json", "--store", shop)
        assert done.code == 0, done.err
        report = json.loads(done.out)
        assert (report["generation"], report["persons"], report["destroyed"]) == (2, 30, [1])
        assert report["sides"] == {"side-key": 2, "batch-payload-key": 2}
        assert store.broker._secret(0) == secret
        store.broker.enrol(1)
    assert values(shop) == shown
    state = json.loads(suyuan("hold", "keys", "--json", "--store", shop).out)
    assert state == {
        "profile": "aes",
        "provider": "passphrase",
        "generation": 2,
        "held": [2],
        "stale_persons": 0,
        "recovery_key": False,
    }
    assert "generation 3 is in force: 31 persons" in suyuan("hold", "rotate", "--store", shop).out


def test_a_new_passphrase_opens_and_the_old_one_does_not(shop: Path, suyuan: Run) -> None:
    shown, old = values(shop), passphrase(shop).read_text()
    with open_store(shop) as running:
        assert suyuan("hold", "rekey", "--store", shop).code == 0
        # Who was at work meanwhile goes on, and learns of a generation that came under the new passphrase.
        assert suyuan("hold", "rotate", "--store", shop).code == 0
        running.broker.enrol(1)
    assert passphrase(shop).read_text() != old
    assert passphrase(shop).stat().st_mode & 0o077 == 0
    assert not next_passphrase(passphrase(shop)).exists()
    assert values(shop) == shown
    passphrase(shop).write_text(old)
    with pytest.raises(RefusedError) as told:
        values(shop)
    assert told.value.code == "hold.passphrase"


class Killed(BaseException):
    """Stands for a kill: nothing that follows runs."""


@pytest.mark.parametrize("after", ["written", "stored"])
def test_an_exchange_cut_short_leaves_a_store_that_opens(
    shop: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    shown, old = values(shop), passphrase(shop).read_text()

    def die(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if after == "written":
            patched.setattr(SqliteKeyStore, "rewrite", die)
        else:
            patched.setattr(rekeying, "_settle", die)
        with pytest.raises(Killed):
            rekey_store(shop)
    assert next_passphrase(passphrase(shop)).exists()
    assert values(shop) == shown
    assert (passphrase(shop).read_text() == old) == (after == "written")
    rekey_store(shop)
    assert values(shop) == shown


def test_into_a_token_and_back(shop: Path, suyuan: Run, tmp_path: Path) -> None:
    shown = values(shop)
    with soft_token(tmp_path / "token") as token:
        where = f'module = "{token.module}"\ntoken = "{token.label}"\nkey = "kek"\npin_file = "{token.pin_file}"\n'
        set_keys(shop, f'provider = "pkcs11"\n{where}')
        refused = suyuan("hold", "keys", "--store", shop)
        assert refused.code == 3
        assert "hint: move them: suyuan hold rekey" in refused.err
        done = suyuan("hold", "rekey", "--make-key", "--store", shop)
        assert done.code == 0, done.err
        assert "wrapped by the token suyuan-test" in done.out
        passphrase(shop).unlink()
        assert values(shop) == shown
        assert suyuan("hold", "rotate", "--store", shop).code == 0
        assert values(shop) == shown
        token.pin_file.chmod(0o644)
        assert "can be read by others" in suyuan("hold", "keys", "--store", shop).err
        token.pin_file.chmod(0o600)
        set_keys(shop, f'provider = "passphrase"\n{where}')
        assert suyuan("hold", "rekey", "--store", shop).code == 0
    set_keys(shop, 'provider = "passphrase"\n')
    assert values(shop) == shown


def test_a_stolen_store_without_the_token_opens_nothing(shop: Path, tmp_path: Path) -> None:
    with soft_token(tmp_path / "token") as token:
        where = f'module = "{token.module}"\ntoken = "{token.label}"\nkey = "kek"\npin_file = "{token.pin_file}"\n'
        set_keys(shop, f'provider = "pkcs11"\n{where}')
        rekey_store(shop, make_key=True)
        rotate_keys(shop, sides=False)
    # The thief has the whole store, the old passphrase, and a token of his own with a key of the same name.
    stolen = tmp_path / "stolen"
    shutil.copytree(shop, stolen)
    with soft_token(tmp_path / "thief", label="suyuan-thief") as other:
        where = f'module = "{other.module}"\ntoken = "{other.label}"\nkey = "kek"\npin_file = "{other.pin_file}"\n'
        set_keys(stolen, f'provider = "pkcs11"\n{where}')
        with pytest.raises(SuyuanError):
            key_state(stolen)
    set_keys(stolen, 'provider = "passphrase"\n')
    with pytest.raises(RefusedError) as told:
        key_state(stolen)
    assert told.value.code == "hold.provider"


def test_a_lost_passphrase_and_the_recovery_key(shop: Path, suyuan: Run, tmp_path: Path) -> None:
    shown = values(shop)
    assert suyuan("hold", "recovery-key", "--store", shop).code == 3  # Nobody to ask, and no --yes.
    first = suyuan("hold", "recovery-key", "--yes", "--store", shop).out.strip()
    paper = tmp_path / "paper"
    paper.touch(0o600)
    second = json.loads(suyuan("hold", "recovery-key", "--yes", "--json", "--store", shop).out)["recovery_key"]
    assert suyuan("hold", "rotate", "--store", shop).code == 0
    assert first.encode() not in b"".join(file.read_bytes() for file in shop.rglob("*") if file.is_file())
    passphrase(shop).unlink()
    for text, said in (
        (first, "is not this store's"),
        (second[:-1] + ("A" if second[-1] != "A" else "B"), "as it was"),
    ):
        paper.write_text(text)
        refused = suyuan("hold", "rekey", "--recovery-file", paper, "--store", shop)
        assert (refused.code, said in refused.err) == (3, True), refused.err
    paper.write_text(second.lower().replace("-", " "))
    done = suyuan("hold", "rekey", "--recovery-file", paper, "--store", shop)
    assert done.code == 0, done.err
    assert values(shop) == shown
    assert suyuan("hold", "rotate", "--store", shop).code == 0
    assert values(shop) == shown


def test_a_leaked_generation_opens_nothing_that_came_after(shop: Path) -> None:
    with open_store(shop) as store:
        broker = store.broker
        leaked = broker.generations._known().sealers[1]
        before = store.broker._keys.persons([0])[0]
        rotate_keys(shop, sides=False)
        after = store.broker._keys.persons([0])[0]
        bound = broker.generations._head(1) + PERSON
        # The thief of the generation and of yesterday's keys.db has the secret; of today's he has nothing.
        assert leaked.unwrap(before[8:], associated=bound) == broker._secret(0)
        for associated in (bound, after[:8] + PERSON):
            with pytest.raises(VerificationError):
                leaked.unwrap(after[8:], associated=associated)


def test_two_changes_of_keys_wait_for_each_other(shop: Path, suyuan: Run) -> None:
    text = (shop / "suyuan.toml").read_text()
    (shop / "suyuan.toml").write_text("lock_wait_seconds = 0\n" + text)
    with WriterLock(shop / rekeying.LOCK, 0):
        refused = suyuan("hold", "rotate", "--store", shop)
    assert (refused.code, "keys.lock" in refused.err) == (5, True)
