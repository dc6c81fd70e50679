"""Names that look like another: folded, mixed, invisible; and what is told of them, with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.config.test_policy_errors import GRANT, PURPOSE, ROLES, folder

from suyuan.config import PlacedError, read_policy_folder
from suyuan.config.check import check_policy
from suyuan.config.looks import looks, meant, oddities, twins

ALIKE = [
    ("phone", "\uff50hone"),  # full width
    ("phone", "ph\u043ene"),  # a Cyrillic o
    ("phone", "ph\u03bfne"),  # a Greek omicron
    ("phone", "pho\u200bne"),  # a zero-width space
    ("phone", "phone\ufe0f"),  # a variation selector
    ("phone", "p\u034fhone"),  # a grapheme joiner
    ("COURIER", "\u0421OURIER"),
    ("Courier", "courier"),
    ("clerk", "c1erk"),
    ("C-10", "C-lO"),
    ("C-10", "C\u201310"),
    ("intern", "intem"),
    ("\u4eba\u5458", "\u2f08\u5458"),  # a radical
    ("\u529b\u8d28", "\u30ab\u8d28"),  # a kana
    ("\u53e3\u5cb8", "\u56d7\u5cb8"),
    ("caf\u00e9", "cafe\u0301"),
]
APART = [
    ("phone", "phones"), ("clerk", "chief"), ("name", "mane"), ("C-1", "C-2"), ("delivery", "deliver"),
    ("caf\u00e9", "cafe"), ("\u59d3\u540d", "\u59d3\u6c0f"), ("\u672b", "\u672a"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_twins_look_alike(one: str, other: str) -> None:
    assert not looks(one).isdisjoint(looks(other))
    assert list(twins([one, other])) == [(other, one)]
    assert meant(other, known=[one]).startswith(f"it only looks like {one}, and is another name")


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_can_be_told_apart_are_no_twins(one: str, other: str) -> None:
    assert looks(one).isdisjoint(looks(other))
    assert not meant(other, known=[one])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ph\u043ene", "mixes letters of Cyrillic and Latin"),
        ("\u03b1lpha", "mixes letters of Greek and Latin"),
        ("\uff50hone", "plainly written it is phone"),
        ("\u2f08\u5458", "plainly written it is \u4eba\u5458"),
        ("pho\u200bne", "holds what cannot be seen: \\u200b"),
        ("\u3164", "holds what cannot be seen: \\u3164"),
        ("phone\u202e", "holds what cannot be seen: \\u202e"),
    ],
)
def test_what_is_odd_of_a_name_is_said(name: str, said: str) -> None:
    assert any(said in odd for odd in oddities(name)), list(oddities(name))


@pytest.mark.parametrize(
    "name",
    ["phone", "id_number", "C-10", "\u59d3\u540d", "VIP\u5ba2\u6237", "\u30d5\u30a3\u30fc\u30eb\u30c9", "\u0442\u0435\u043b\u0435\u0444\u043e\u043d", "na\u00efve", "a b"],
)  # fmt: skip
def test_plain_names_of_any_one_script_are_not_odd(name: str) -> None:
    assert not list(oddities(name))


@given(st.text(max_size=12))
def test_a_name_looks_like_itself_and_nothing_raises(name: str) -> None:
    assert looks(name) == looks(name)
    assert not list(twins([name]))
    list(oddities(name))
    assert not looks(name).isdisjoint(looks(name.upper().lower())) or name.upper().lower() != name


def found(where: Path) -> set[tuple[str, int]]:
    return {(one.file, one.line) for one in check_policy(where).findings if one.code == "policy.lookalike"}


def test_a_check_warns_of_each_with_file_and_line(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        roles="[courier]\n[c\u043eurier]\n[courier2]\n".replace("c\u043eurier", '"c\u043eurier"'),
        fields='[phone]\nkind = "phone"\n["ph\u200bone"]\nkind = "phone"\n[name]\nkind = "person_name"\n',
        purposes=PURPOSE + PURPOSE.replace("[x]", "[X]"),
        contracts='[C-1]\npartner = "p"\n[C-l]\npartner = "p"\n',
    )
    assert found(where) == {
        ("policy/roles.toml", 2), ("policy/fields.toml", 3), ("policy/purposes.toml", 4), ("policy/contracts.toml", 3),
    }  # fmt: skip
    said = [str(one) for one in check_policy(where).findings if one.code == "policy.lookalike"]
    assert all(text.isascii() or "\u043e" in text for text in said), "nothing invisible is printed"


def test_the_courier_of_the_tests_and_the_starting_policy_have_none(tmp_path: Path) -> None:
    assert found(folder(tmp_path)) == set()


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        ("grants", GRANT.replace('"courier"', '"c\u043eurier"'), "courier"),
        ("grants", GRANT.replace('"delivery"', '"de1ivery"'), "delivery"),
        ("grants", GRANT + 'fields = { "\uff50hone" = "masked" }\n', "phone"),
        ("roles", ROLES + "[x]\ninherits = ['Courier']\n", "courier"),
        ("contracts", "[C]\npartner = 'p'\npurposes = ['fulfi1ment']\n", "fulfilment"),
        ("purposes", PURPOSE + 'fields = { "n\u0430me" = "clear" }\n', "name"),
    ],
)
def test_a_name_that_only_looks_like_a_known_one_is_told_so(tmp_path: Path, file: str, text: str, hint: str) -> None:
    where = folder(tmp_path, **{"roles": ROLES, "contracts": "", file: text})
    with pytest.raises(PlacedError) as refused:
        read_policy_folder(where)
    assert refused.value.code == "config.reference"
    assert refused.value.hint.startswith(f"it only looks like {hint}, and is another name")
