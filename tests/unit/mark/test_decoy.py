"""Invented persons: fixed by their key, of parts of several rows, reachable only through the pools."""

import pytest

from suyuan.kinds import KINDS
from suyuan.mark.decoy import invent
from suyuan.terms import FieldName, KindName

KIND_OF = {
    FieldName("customer"): KindName.IDENTIFIER,
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
    FieldName("id_number"): KindName.RESIDENT_ID,
    FieldName("birth_date"): KindName.DATE,
}
ONE = ("C-10442", "Emma Hill", "+12025550143", "emma@mail.example", "93 Kiln Road, Houston TX 77156",
       "99000119900101123X", "1990-01-01")  # fmt: skip
OTHER = ("C-20871", "Noah Wood", "+12025550199", "noah@mail.example", "7 Mill Lane, Austin TX 73301",
         "990002198512310018", "1985-12-31")  # fmt: skip
DONORS = [dict(zip(KIND_OF, row, strict=True)) for row in (ONE, OTHER)]
PLANTED = {FieldName("phone"): "+8616500000007"}


def decoy(number: int) -> dict[FieldName, str]:
    return invent(DONORS, kinds=KIND_OF, planted=PLANTED, key=number.to_bytes(32, "big"))


def test_the_key_fixes_everything() -> None:
    assert decoy(3) == decoy(3)
    assert len({tuple(decoy(n).values()) for n in range(20)}) == 20


@pytest.mark.parametrize("number", range(20))
def test_nobody_real_can_be_reached(number: int) -> None:
    person = decoy(number)
    assert person[FieldName("phone")] == PLANTED[FieldName("phone")]
    assert person[FieldName("email")] == ""
    assert person[FieldName("id_number")].startswith("99")
    assert KINDS[KindName.RESIDENT_ID].canonical(person[FieldName("id_number")]) == person[FieldName("id_number")]
    assert len(person[FieldName("customer")]) == len(ONE[0])


def test_an_empty_field_stays_empty() -> None:
    blank = [dict.fromkeys(KIND_OF, "")]
    assert set(invent(blank, kinds=KIND_OF, planted={}, key=bytes(32)).values()) == {""}


def test_chinese_names_are_recombined() -> None:
    donors = [{FieldName("name"): "王小明"}, {FieldName("name"): "李文"}]
    names = {
        invent(donors, kinds={FieldName("name"): KindName.PERSON_NAME}, planted={}, key=n.to_bytes(32, "big"))[
            FieldName("name")
        ]
        for n in range(40)
    }
    assert names == {"王小明", "李文", "王文", "李小明"}
