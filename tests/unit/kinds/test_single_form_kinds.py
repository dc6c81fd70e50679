"""Resident ID, e-mail, identifier and text: kinds whose values are never written another way."""

import pytest

from suyuan.kinds import KINDS
from suyuan.terms import KindName


@pytest.mark.parametrize(
    ("name", "text", "canonical", "masked"),
    [
        (KindName.RESIDENT_ID, "990101 19900307 0015", "990101199003070015", "990*************15"),
        (KindName.EMAIL, "Zhang.San@Example.com", "zhang.san@example.com", "z***@example.com"),
        (KindName.IDENTIFIER, "AB 12345678", "AB 12345678", "AB ******78"),
        (KindName.IDENTIFIER, "12345", "12345", "1***5"),
        (KindName.IDENTIFIER, "1234", "1234", "****"),
    ],
)
def test_one_form(name: KindName, text: str, canonical: str, masked: str) -> None:
    kind = KINDS[name]
    found = kind.canonical(text)
    assert found == canonical
    assert isinstance(found, str)
    assert kind.mask(found) == masked
    assert kind.forms(found).texts == (canonical,)
    assert set(kind.forms(found).radices) <= {1}


def test_recognise() -> None:
    text = "990101199003070015, 990101900307001 (old), a.b@example.com; 990101199003070016"
    ids = KINDS[KindName.RESIDENT_ID].recognise(text)
    assert [(text[s.start : s.end], s.confidence) for s in ids] == [
        ("990101199003070015", 0.99),
        ("990101900307001", 0.5),
    ]
    assert [text[s.start : s.end] for s in KINDS[KindName.EMAIL].recognise(text)] == ["a.b@example.com"]
    assert KINDS[KindName.IDENTIFIER].recognise(text) == ()
