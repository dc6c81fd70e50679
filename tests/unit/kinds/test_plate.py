"""Plates: region, office and serial; the dot as a form; words that end like a region."""

import pytest

from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName

PLATE = KINDS[KindName.PLATE]


@pytest.mark.parametrize(
    ("text", "forms", "masked"),
    [
        ("琼Z12345", ("琼Z12345", "琼Z·12345", "琼Z 12345"), "琼Z***45"),
        ("宁ZD12345", ("宁ZD12345", "宁Z·D12345", "宁Z D12345"), "宁Z****45"),
        ("使999999", ("使999999",), "使9***99"),
        ("琼X1234应急", ("琼X1234应急", "琼X·1234应急", "琼X 1234应急"), "琼X****应急"),
    ],
)
def test_forms_and_mask(text: str, forms: tuple[str, ...], masked: str) -> None:
    canonical = PLATE.canonical(text)
    assert not isinstance(canonical, NotA)
    assert PLATE.forms(canonical).texts == forms
    assert PLATE.mask(canonical) == masked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("车辆琼Z12345已入场", [("琼Z12345", 0.95)]),
        ("琼Z·D12345、宁z12345", [("琼Z·D12345", 0.95), ("宁z12345", 0.7)]),
        ("固件更新Z12345已发布", [("新Z12345", 0.3)]),
        ("编号琼Z1234567", []),
        ("x琼Z123456", []),
    ],
)
def test_recognise(text: str, found: list[tuple[str, float]]) -> None:
    assert [(text[s.start : s.end], s.confidence) for s in PLATE.recognise(text)] == found
