import re

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.simulation import PEOPLE_SCHEMA, invent_people, invent_strangers
from suyuan.simulation.numbers import MAIL_DOMAINS, MOST_PEOPLE
from suyuan.simulation.places import OVERSEAS, hubs_of

UNIQUE = ("customer", "phone", "id_number", "email")


def require_distinct(people: pl.DataFrame) -> None:
    for name in UNIQUE:
        values = people[name].drop_nulls()
        assert values.n_unique() == len(values), name


@given(st.integers(0, 2**32), st.integers(0, 60), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_the_same_seed_gives_the_same_people(seed: int, n: int, share: float) -> None:
    people = invent_people(n, seed=seed, share_western=share)
    assert people.equals(invent_people(n, seed=seed, share_western=share))
    assert people.schema == PEOPLE_SCHEMA
    assert people.height == n
    assert people["id_number"].null_count() == round(n * share)
    require_distinct(people)


def test_another_seed_gives_other_people() -> None:
    one, other = invent_people(500, seed=1), invent_people(500, seed=2)
    assert one["phone"].is_in(other["phone"].to_list()).sum() < 5
    assert (one["name"] == other["name"]).sum() < 50


def test_a_million_people_share_nothing() -> None:
    require_distinct(invent_people(1_000_000, seed=11))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_largest_world_shares_nothing(share: float) -> None:
    require_distinct(invent_people(MOST_PEOPLE, seed=1, share_western=share))


def test_customers_and_strangers_share_no_number_under_any_seed() -> None:
    customers = pl.concat([invent_people(30_000, seed=seed, share_western=0.5) for seed in range(4)])
    strangers = pl.concat([invent_strangers(30_000, seed=seed, share_western=0.5) for seed in range(4)])
    assert strangers["customer"].null_count() == strangers.height
    assert strangers.schema == PEOPLE_SCHEMA
    for name in ("phone", "id_number", "email"):
        shared = customers.drop_nulls(name).join(strangers.drop_nulls(name), on=name)
        assert shared.is_empty(), name


def test_resident_numbers_have_a_valid_check_and_the_birth_date_but_no_region() -> None:
    for row in invent_people(3_000, seed=5, share_western=0.0).iter_rows(named=True):
        number = row["id_number"]
        # ISO 7064 MOD 11-2, written out: the sum over all 18 characters is 1 modulo 11.
        digits = [10 if c == "X" else int(c) for c in number]
        assert sum(d * 2 ** (17 - i) for i, d in enumerate(digits)) % 11 == 1
        assert number.startswith("99")
        assert number[6:14] == row["birth_date"].replace("-", "")
        assert number[14:17] != "000"


def test_everyone_is_an_adult() -> None:
    births = invent_people(20_000, seed=5)["birth_date"]
    assert births.min() >= "1943-12-31"
    assert births.max() <= "2006-01-01"


def test_phones_belong_to_nobody() -> None:
    # 60,000 Western people use up the fictional numbers, so that all three sources are seen.
    phones = invent_people(120_000, seed=3, share_western=0.6)["phone"]
    chinese = phones.filter(phones.str.contains(r"^(154|163|164|169|194)\d{8}$"))
    british = phones.filter(phones.str.contains(r"^\+44 (7700 900|1632 960|20 7946 0|1\d{2} 496 0)\d{3}$"))
    fiction = phones.filter(phones.str.contains(r"^\+1 [2-9]\d{2}-555-01\d{2}$"))
    unused = phones.filter(phones.str.contains(r"^\+1 [2-9]9\d-[2-9]\d{2}-\d{4}$"))
    assert min(len(chinese), len(british), len(fiction), len(unused)) > 1_000
    assert len(chinese) + len(british) + len(fiction) + len(unused) == len(phones)
    for text in [*chinese.head(300), *unused.head(300)]:
        number = phonenumbers.parse(text, "CN")
        assert phonenumbers.is_possible_number(number)
        assert not phonenumbers.is_valid_number(number)


def test_mail_goes_to_reserved_domains_only() -> None:
    mail = invent_people(2_000, seed=3)["email"].str.split_exact("@", 1).struct.unnest()
    assert set(mail["field_1"]) <= set(MAIL_DOMAINS)
    assert all(re.fullmatch(r"example\.(com|net|org)|[a-z]+\.example", domain) for domain in MAIL_DOMAINS)
    assert mail["field_0"].str.contains(r"^[a-z.]+\.\d{8}$").all()


def test_western_postal_codes_cannot_be_real() -> None:
    addresses = invent_people(4_000, seed=3, share_western=1.0)["address"]
    british = addresses.str.contains(r", [A-Z]{1,2}\d{1,2} \d[CIKMOV]{2}$")
    american = addresses.str.contains(r", [A-Z]{2} (621|771|929|858|419|642|682|848|742|353|343|987)\d{2}$")
    assert british.sum() == 2_000
    assert american.sum() == 2_000
    assert (hubs_of(addresses) == OVERSEAS).all()


def test_chinese_addresses_go_down_to_the_room() -> None:
    addresses = invent_people(4_000, seed=3, share_western=0.0)["address"]
    assert addresses.str.contains(r"^\p{Han}+\d+号\p{Han}*\d+(幢|栋|号楼)(\d单元)?\d{3,4}室?$").all()
    for word in ("幢", "栋", "号楼", "单元", "室", "路", "街", "大道", "巷"):
        assert addresses.str.contains(word).any()
    assert (hubs_of(addresses) != OVERSEAS).all()


def test_surnames_come_as_often_as_they_should() -> None:
    names = invent_people(20_000, seed=3, share_western=0.0)["name"]
    assert 0.07 < names.str.starts_with("王").mean() < 0.11
    assert names.str.len_chars().is_between(2, 4).all()
    assert 0.1 < (names.str.len_chars() == 2).mean() < 0.25


@pytest.mark.parametrize(("n", "share"), [(-1, 0.2), (MOST_PEOPLE + 1, 0.2), (10, -0.1), (10, 1.1), (10, float("nan"))])
def test_what_no_world_holds_is_refused(n: int, share: float) -> None:
    with pytest.raises(RefusedError):
        invent_people(n, seed=1, share_western=share)
