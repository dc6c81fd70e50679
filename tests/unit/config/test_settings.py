"""Settings and policy are read strictly: what is unknown or wrong is named, with file and key."""

from pathlib import Path

import pytest
from tests.courier import POLICY

from suyuan.config import Table, find_store, read_policy, read_settings
from suyuan.errors import RefusedError, UnavailableError

GOOD = 'version = 1\norigin = "log.example/x"\npassphrase_file = "/nowhere/p"\n'


def write(folder: Path, *, settings: str = GOOD, **policy: str) -> Path:
    """Write a store's text files."""
    (folder / "policy").mkdir()
    (folder / "suyuan.toml").write_text(settings)
    for name, text in POLICY.items():
        (folder / "policy" / name).write_text(policy.get(name.removesuffix(".toml"), text))
    return folder


def test_settings_have_safe_defaults(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path))
    assert float(settings.alpha) == 1e-6
    assert settings.lock_wait_seconds == 10.0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (GOOD + "alpa = 1", "unknown setting `alpa`"),
        (GOOD.replace("version = 1", "version = 9"), "version 9"),
        (GOOD.replace("version = 1\n", ""), "`version` is missing"),
        (GOOD + "alpha = 0.7", "`alpha`"),
        (GOOD + 'alpha = "x"', "`alpha` is not a number"),
        (GOOD + "row_keys_per_pool = true", "`row_keys_per_pool` is not a whole number"),
        (GOOD + "lock_wait_seconds = -1", "`lock_wait_seconds`"),
        ("version = ", "not TOML"),
        (GOOD + '[ledger]\ndatabase = "mysql://db.example/x"', "no postgresql:// URL"),
        (GOOD + '[ledger]\nschema = "Shop; DROP"', "`schema` is no name"),
        (GOOD + '[ledger]\nschema = "pg_shop"', "`schema` is no name"),
        (GOOD + "[ledger]\ndatabse = 1", "unknown setting `databse`"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_settings(write(tmp_path, settings=settings))


def test_the_passphrase_file_can_be_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_PASSPHRASE_FILE", "/elsewhere/p")
    assert read_settings(write(tmp_path)).passphrase_file == Path("/elsewhere/p")


def test_a_store_is_found_from_below(tmp_path: Path) -> None:
    (write(tmp_path) / "deep" / "er").mkdir(parents=True)
    assert find_store(tmp_path / "deep" / "er") == tmp_path


def test_no_store_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        find_store(tmp_path)
    assert "suyuan init" in refused.value.hint


def test_the_policy_digest_follows_the_policy(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    policy, digest = read_policy(write(tmp_path / "a"))
    assert {"delivery", "fulfilment"} <= set(policy.purposes)
    assert read_policy(write(tmp_path / "b"))[1] == digest
    changed = POLICY["purposes.toml"].replace('phone = "masked"', 'phone = "clear"')
    assert read_policy(write(tmp_path / "c", purposes=changed))[1] != digest


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"fields": '[omission]\nkind = "text"\n'}, "no field may be called omission"),
        ({"fields": '[phone]\nkind = "fone"'}, "none of phone"),
        ({"fields": '[a]\nkind = "phone"\nkey = true\n[b]\nkind = "email"\nkey = true'}, "only one field may be `key`"),
        ({"fields": '[a]\nkind = "phone"\ncolour = 1'}, "unknown setting `colour`"),
        ({"purposes": '[x]\nground = "contract"\nacts = ["lookup"]\nfields = { shoe = "clear" }'}, "field shoe"),
        ({"purposes": '[x]\nground = "contract"\nacts = ["fly"]'}, "none of lookup"),
        ({"contracts": '[C]\npartner = "p"\npurposes = ["none"]'}, "purpose none is not known"),
        ({"contracts": '[C]\npartner = "p"\nomitted_per_65536 = 60000'}, "omitted_per_65536"),
        ({"contracts": '[C]\npartner = "p"\naliases = { name = "relay" }'}, "not of the kind"),
        ({"pools": '[p]\nkind = "phone"\nfirst = "12"\nsize = 4\nuse = "decoy"', "contracts": ""}, "E.164"),
        (
            {"pools": '[p]\nkind = "phone"\nfirst = "+8616500000000"\nsize = 5\nuse = "decoy"', "contracts": ""},
            "power of two",
        ),
        ({"pools": '[p]\nkind = "date"\nuse = "decoy"', "contracts": ""}, "phone or email"),
        ({"pools": "", "contracts": '[C]\npartner = "p"\ndecoys = 2'}, "decoys need a pool"),
        ({"pools": "", "contracts": '[C]\npartner = "p"\nshared_decoys = 2'}, "shared_decoys need a pool"),
        ({"pools": '[p]\nkind = "phone"\nidentifiers = []\nuse = "decoy"', "contracts": ""}, 'use = "shared"'),
        ({"pools": '[p]\nkind = "phone"\nidentifiers = []\nuse = "shared"', "contracts": ""}, "at least 16"),
        (
            {"pools": '[p]\nkind = "phone"\nidentifiers = ["x"]\nuse = "shared"', "contracts": ""},
            "number 1 is no phone",
        ),
    ],
)
def test_an_inconsistent_policy_is_named(tmp_path: Path, policy: dict[str, str], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_policy(write(tmp_path, **policy))


def test_a_missing_policy_file_is_named(tmp_path: Path) -> None:
    (write(tmp_path) / "policy" / "purposes.toml").unlink()
    with pytest.raises(UnavailableError, match=r"no purposes\.toml in"):
        read_policy(tmp_path)


def test_a_default_is_used_only_where_the_key_is_absent() -> None:
    table = Table({"a": 3}, place="x")
    assert (table.take("a", int, 1), table.take("b", int, 1)) == (3, 1)
    table.end()
