import pytest

from suyuan.kinds import KINDS
from suyuan.terms import KindName

NAME = KINDS[KindName.PERSON_NAME]


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("张三", ("张三",)),
        ("John Smith", ("John Smith", "Smith, John")),
        ("Mary Ann O'Neil", ("Mary Ann O'Neil", "O'Neil, Mary Ann")),
        ("John Smith Jr.", ("John Smith Jr.",)),
        ("A B C D E", ("A B C D E",)),
        ("michaela", ("michaela",)),
    ],
)
def test_forms(text: str, forms: tuple[str, ...]) -> None:
    canonical = NAME.canonical(text)
    assert isinstance(canonical, str)
    assert NAME.forms(canonical).texts == forms


@pytest.mark.parametrize(("text", "masked"), [("张三", "张*"), ("欧阳娜娜", "欧***"), ("John Smith", "J***")])
def test_mask(text: str, masked: str) -> None:
    canonical = NAME.canonical(text)
    assert isinstance(canonical, str)
    assert NAME.mask(canonical) == masked


def test_recognise() -> None:
    text = "收件人：张三丰，发件人 John Smith"
    assert [text[s.start : s.end] for s in NAME.recognise(text)] == ["张三丰", "John Smith"]


def test_a_whole_lower_case_cell_is_a_name_with_little_confidence() -> None:
    (span,) = NAME.recognise("michaela neumann")
    assert (span.start, span.end) == (0, 16)
    assert span.confidence < 0.5
