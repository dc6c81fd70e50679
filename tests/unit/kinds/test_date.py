import pytest

from suyuan.kinds import KINDS, Canonical
from suyuan.terms import KindName

DATE = KINDS[KindName.DATE]


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("1987-03-09", ("1987-03-09", "1987/03/09", "1987.03.09", "9 Mar 1987")),
        (
            "1987-03-09T08:05",
            (
                "1987-03-09T08:05",
                "1987-03-09 08:05",
                "1987/03/09T08:05",
                "1987/03/09 08:05",
                "1987.03.09T08:05",
                "1987.03.09 08:05",
            ),
        ),
    ],
)
def test_forms(text: str, forms: tuple[str, ...]) -> None:
    canonical = DATE.canonical(text)
    assert isinstance(canonical, str)
    assert DATE.forms(canonical).texts == forms
    assert DATE.mask(canonical) == "1987-**-**"


def test_recognise_needs_a_day_of_the_calendar() -> None:
    text = "born 9 Mar 1987, moved 2001-02-30, back 2001/02/03"
    assert [text[s.start : s.end] for s in DATE.recognise(text)] == ["9 Mar 1987", "2001/02/03"]


def test_a_text_that_is_no_canonical_has_itself_as_only_form() -> None:
    table = DATE.forms(Canonical("unknown"))
    assert (table.radices, table.texts) == ((1, 1), ("unknown",))
