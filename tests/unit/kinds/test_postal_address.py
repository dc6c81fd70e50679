import polars as pl
import pytest

from suyuan.kinds import KINDS
from suyuan.kinds.postal_address.gazetteer import CITIES_OF_PROVINCE, PROVINCE_OF_CITY
from suyuan.terms import KindName

ADDRESS = KINDS[KindName.POSTAL_ADDRESS]
FULL = "浙江省杭州市西湖区未名路8号3栋2单元501室"


def read(text: str) -> str:
    canonical = ADDRESS.canonical(text)
    assert isinstance(canonical, str)
    return canonical


@pytest.mark.parametrize(
    ("text", "radices"),
    [
        (FULL, (2, 2, 3, 4)),
        ("未名路8号3栋501室", (1, 1, 3, 2)),
        ("上海市浦东新区未名路8号", (1, 2, 1, 1)),
        ("江苏省杭州市未名路8号", (1, 1, 1, 1)),
        ("haddon circuit", (1, 1, 3, 1)),
        ("14 barry drive", (1, 2, 3, 1)),
        ("Unit 4, 12 Invented Street, Springfield", (1, 4, 3, 4)),
        ("14 Mount St Johns Road", (1, 2, 1, 1)),
        ("rosetta village", (1, 1, 1, 1)),
    ],
)
def test_radices(text: str, radices: tuple[int, ...]) -> None:
    assert ADDRESS.forms(read(text)).radices == radices  # type: ignore[arg-type]


def test_the_last_form_differs_in_every_slot() -> None:
    assert ADDRESS.forms(read(FULL)).texts[-1] == "杭州市西湖区 未名路8号3号楼2-501"
    assert ADDRESS.forms(read("Unit 4, 12 Invented Street, X Y")).texts[-1] == "#4, 12, Invented St., X Y"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (FULL, "浙江省杭州市西湖区未名路8号3栋***"),
        ("未名路8号501室", "未名路8号***"),
        ("阳光小区2单元501室", "阳光小区***单元***室"),
        ("Flat 4, 12 Invented St", "Unit *** 12 Invented Street"),
        ("4/12 Invented St", "***/12 Invented Street"),
        ("Suite 9, 12 Invented St", "Suite *** 12 Invented Street"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert ADDRESS.mask(read(text)) == masked


def test_recognise() -> None:
    text = f"请送到 {FULL}，谢谢; or to 14 barry drive please"
    assert [text[s.start : s.end] for s in ADDRESS.recognise(text)] == [FULL, "14 barry drive"]


def test_a_city_is_in_one_province() -> None:
    assert len(PROVINCE_OF_CITY) == sum(len(cities) for cities in CITIES_OF_PROVINCE.values()) == 365


def test_scripts_mix_in_one_column() -> None:
    column = ADDRESS.canonical_column(pl.Series(["14 barry dr", None, FULL, "张三", "haddon cct"]))
    assert column.to_list() == ["14 barry drive", None, FULL, None, "haddon circuit"]
    assert ADDRESS.forms_column(column).texts.list.len().to_list() == [6, 1, 48, 1, 3]


def test_columns_of_nothing() -> None:
    empty = pl.Series("a", [], dtype=pl.String)
    assert ADDRESS.canonical_column(empty).to_list() == []
    forms = ADDRESS.forms_column(empty)
    assert (forms.radices.shape, forms.texts.len()) == ((0, 4), 0)


def test_a_number_alone_does_not_make_a_run_an_address() -> None:
    assert ADDRESS.recognise("3号楼") == ()
    assert [s.confidence for s in ADDRESS.recognise("杭州市未名路")] == [0.6]
