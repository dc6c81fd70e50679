"""`policy/sources.toml` is read strictly; what is wrong is told with file, line and key."""

from pathlib import Path

import pytest

from suyuan.collect.field import FieldPolicy
from suyuan.collect.source import Source
from suyuan.config import read_sources
from suyuan.config.check import check_policy
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName

FIELDS = {
    FieldName(name): FieldPolicy(name=FieldName(name), kind=kind, strong=kind is KindName.PHONE)
    for name, kind in (("phone", KindName.PHONE), ("name", KindName.PERSON_NAME), ("holder", KindName.PERSON_NAME))
}
GOOD = """
[customers]
database = "postgresql://clerk@db.example.org/shop"
query = \"\"\"
SELECT phone_no, name
FROM customers\"\"\"
key_query = "SELECT phone_no, name FROM customers WHERE id = :key"
[customers.columns]
phone_no = "phone"

[orders]
database = "mysql://clerk@db.example.org/shop"
query = "SELECT 1 AS a"
password_variable = "SHOP_PASSWORD"
"""


def store_with(folder: Path, text: str) -> Path:
    (folder / "policy").mkdir()
    (folder / "policy/sources.toml").write_text(text)
    return folder


def test_what_is_said_is_read(tmp_path: Path) -> None:
    sources = read_sources(store_with(tmp_path, GOOD), fields=FIELDS)
    assert list(sources) == ["customers", "orders"]
    assert sources["customers"].columns == {"phone_no": "phone"}
    assert sources["customers"].query.startswith("SELECT phone_no")
    assert sources["orders"].password_variable == "SHOP_PASSWORD"
    with pytest.raises(RefusedError, match="source orders has no `key_query`"):
        sources["orders"].require_key_query()


def test_a_store_need_not_have_any(tmp_path: Path) -> None:
    assert read_sources(tmp_path, fields=FIELDS) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("postgresql://clerk@db.example.org/shop", "sqlite:///x"), "policy/sources.toml:3 [customers]: `database` is no"),
        (("WHERE id = :key", "WHERE id = 1"), "policy/sources.toml:7 [customers]: `key_query` names :key nowhere"),
        (('phone_no = "phone"', 'phone_no = "fone"'), "policy/sources.toml:9 [customers]: field fone is not in"),
        (('phone_no = "phone"', 'a = "phone"\nb = "phone"'), "policy/sources.toml:8 [customers]: two columns are field phone"),
        (('password_variable', 'passwort'), "policy/sources.toml:14 [orders]: unknown setting `passwort`"),
        (('query = "SELECT 1 AS a"', ""), "policy/sources.toml:11 [orders]: `query` is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_sources(store_with(tmp_path, GOOD.replace(*change)), fields=FIELDS)
    assert str(caught.value).startswith(said)


def test_a_mapping_decides_over_names() -> None:
    source = Source(
        name="s", database="", query="", columns={"name": FieldName("holder"), "full": FieldName("name")}
    )  # fmt: skip
    from suyuan.collect.admit import match_columns

    given = ("name", "full", "phone")
    matched = match_columns(given, fields=source.register(FIELDS, given=given))
    assert {column: field.name for column, field in matched.items()} == {
        "name": "holder", "full": "name", "phone": "phone"
    }  # fmt: skip
    with pytest.raises(RefusedError, match="source s: its query gives no column full"):
        source.register(FIELDS, given=("name", "phone"))


def test_a_check_of_the_policy_finds_them_all(tmp_path: Path) -> None:
    store_with(tmp_path, GOOD.replace("postgresql://clerk@", "oracle://clerk@").replace('"SELECT 1 AS a"', "7"))
    policy = tmp_path / "policy"
    (policy / "fields.toml").write_text('[phone]\nkind = "phone"\n')
    (policy / "purposes.toml").write_text("")
    found = [(each.file, each.line) for each in check_policy(policy).errors]
    assert found == [("policy/sources.toml", 3), ("policy/sources.toml", 13)]
