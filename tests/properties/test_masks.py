"""Masks by profile: the columnar face gives the same as the scalar one, and `waybill` hides what its standard wants hidden."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import ADDRESSES, ANY_TEXT, KIND_NAMES, NAMES, PHONES, texts

from suyuan.kinds import KINDS, NotA
from suyuan.release.acts import DEFAULT_PROFILE
from suyuan.release.masks import BUILT_IN, WAYBILL, Level, MaskProfile, MaskSpec
from suyuan.terms import KindName

SPECS = st.one_of(
    st.builds(
        MaskSpec,
        keep_first=st.integers(0, 6),
        keep_last=st.integers(0, 6),
        hide_at_least=st.integers(1, 8),
    ),
    st.builds(MaskSpec, level=st.sampled_from(Level)),
)
PROFILES = st.one_of(
    st.sampled_from(list(BUILT_IN.values())),
    st.dictionaries(st.sampled_from(KIND_NAMES), SPECS, max_size=4).map(lambda s: MaskProfile(name="own", specs=s)),
)


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_mask_column_agrees(name: KindName, data: st.DataObject) -> None:
    profile = data.draw(PROFILES)
    cells = data.draw(st.lists(texts(name), max_size=12))
    canonicals = [c for cell in cells if not isinstance(c := KINDS[name].canonical(cell), NotA)]
    column = profile.mask_column(name, pl.Series("cells", [None, *canonicals], dtype=pl.String))
    assert column.to_list() == [None, *(profile.mask(name, canonical) for canonical in canonicals)]
    assert column.name == "cells"


@given(data=st.data(), kind=st.sampled_from(KIND_NAMES))
def test_a_mask_by_its_ends_hides_what_it_says(data: st.DataObject, kind: KindName) -> None:
    if kind is KindName.POSTAL_ADDRESS:
        return
    canonical = KINDS[kind].canonical(data.draw(texts(kind)))
    if isinstance(canonical, NotA):
        return
    spec = data.draw(st.builds(MaskSpec, keep_first=st.integers(0, 6), keep_last=st.integers(0, 6)))
    masked = MaskProfile(name="own", specs={kind: spec}).mask(kind, canonical)
    assert masked.count("*") >= 1
    assert len(masked) - masked.count("*") <= (spec.keep_first or 0) + spec.keep_last + canonical.count("*")


def waybill(kind: KindName, text: str) -> tuple[str, str] | None:
    canonical = KINDS[kind].canonical(text)
    return None if isinstance(canonical, NotA) else (canonical, BUILT_IN[WAYBILL].mask(kind, canonical))


@given(text=NAMES | ANY_TEXT)
def test_waybill_hides_a_character_of_a_name(text: str) -> None:
    if found := waybill(KindName.PERSON_NAME, text):
        canonical, masked = found
        assert masked.count("*") >= 1
        assert masked.rstrip("*") == canonical[0]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (KindName.RESIDENT_ID, "11010519491231002X"),
        (KindName.BANK_CARD, "4111 1111 1111 1111"),
        (KindName.EMAIL, "t@example.org"),
        (KindName.PLATE, "京A12345"),
        (KindName.DATE, "1949-12-31"),
    ],
)
def test_waybill_shows_nothing_of_what_it_may_not_hold(kind: KindName, text: str) -> None:
    found = waybill(kind, text)
    assert found is not None
    assert found[1] == "*" * len(found[0])
    column = pl.Series([found[0]], dtype=pl.String)
    assert BUILT_IN[WAYBILL].mask_column(kind, column).to_list() == [found[1]]


@given(text=PHONES)
def test_waybill_hides_six_digits_of_a_phone(text: str) -> None:
    if found := waybill(KindName.PHONE, text):
        canonical, masked = found
        shown = sum(c.isdigit() for c in masked)
        assert masked.count("*") >= 6
        # All the digits there are without the country's 86 and with the 0 that is dialled at home.
        assert shown <= max(0, sum(c.isdigit() for c in canonical) - 6 + (canonical.startswith("+86") and 1))
        assert shown <= 5


_DIGITS = "0123456789〇一二三四五六七八九十"


@given(
    start=st.sampled_from(["浙江省杭州市西湖区文三路", "北京市朝阳区建国路", "苏州市人民路", "幸福新村"]),
    number=st.sampled_from(["", "88号", "1号", "六号"]),
    building=st.sampled_from(["", "3栋", "十二栋", "A座", "5号楼"]),
    unit=st.sampled_from(["", "2单元", "甲单元", "十单元"]),
    room=st.from_regex(r"[1-9][0-9]{2,3}", fullmatch=True)
    | st.from_regex(r"[一二三四五六七八九][〇一二三四五六七八九]{2}", fullmatch=True),
    after=st.sampled_from(["室", ""]),
)
def test_waybill_hides_unit_and_room(start: str, number: str, building: str, unit: str, room: str, after: str) -> None:
    found = waybill(KindName.POSTAL_ADDRESS, start + number + building + unit + room + after)
    assert found is not None
    canonical, masked = found
    assert room not in masked
    assert not re.search(rf"[{_DIGITS}A-Za-z甲乙丙]+(?:单元|室)", masked)
    assert masked.startswith(canonical[:4])


@given(text=ADDRESSES)
def test_waybill_shows_no_room_of_any_address(text: str) -> None:
    if found := waybill(KindName.POSTAL_ADDRESS, text):
        assert not re.search(r"[0-9A-Za-z](?:单元|室)", found[1])


def test_a_level_shows_no_more_than_its_part() -> None:
    whole = KINDS[KindName.POSTAL_ADDRESS].canonical("浙江省杭州市西湖区文三路88号3栋2单元501室")
    assert not isinstance(whole, NotA)
    shown = {
        level: MaskProfile(name="own", specs={KindName.POSTAL_ADDRESS: MaskSpec(level=level)}).mask(
            KindName.POSTAL_ADDRESS, whole
        )
        for level in Level
    }
    assert shown == {
        Level.BUILDING: "浙江省杭州市西湖区文三路88号3栋***",
        Level.ROAD: "浙江省杭州市西湖区文三路***",
        Level.DISTRICT: "浙江省杭州市西湖区***",
    }


def test_what_no_profile_names_masks_as_its_kind_does() -> None:
    assert BUILT_IN[DEFAULT_PROFILE].specs == {}
    for name in KIND_NAMES:
        for text in ("17012345678", "张三丰", "zhang.san@example.com"):
            canonical = KINDS[name].canonical(text)
            if not isinstance(canonical, NotA):
                assert BUILT_IN[DEFAULT_PROFILE].mask(name, canonical) == KINDS[name].mask(canonical)
