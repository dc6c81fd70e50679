import pytest

from suyuan.errors import RefusedError
from suyuan.kinds import KINDS, NOT_A, FormTable, fold, kind
from suyuan.kinds.plain import plain
from suyuan.terms import KindName


def test_fold_drops_width_case_padding_and_invisible_characters() -> None:
    assert fold("　１７０\u200b ０\u00ad0ＡＢ  c ") == "170 00ab c"


def test_plain_keeps_case() -> None:
    assert plain("　ＡＢ\u200b  c\x1c") == "AB c"


def test_digits_and_render_are_mixed_radix() -> None:
    table = FormTable(radices=(2, 3), texts=("a", "b", "c", "d", "e", "f"))
    assert [table.digits(i) for i in (0, 2, 3, 5)] == [(0, 0), (0, 2), (1, 0), (1, 2)]
    assert all(table.render(table.digits(i)) == table.texts[i] for i in range(6))


@pytest.mark.parametrize("choices", [(0,), (0, 3), (-1, 0)])
def test_render_refuses_choices_outside_the_radices(choices: tuple[int, ...]) -> None:
    with pytest.raises(RefusedError):
        FormTable(radices=(2, 3), texts=("a", "b", "c", "d", "e", "f")).render(choices)


def test_registry_knows_every_name() -> None:
    assert set(KINDS) == set(KindName)
    assert all(kind(name).name is name for name in KindName)


def test_not_a_prints_no_value() -> None:
    assert repr(NOT_A) == "not a value of this kind"
