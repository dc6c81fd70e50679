"""The terminal says the answer, the table and the caveats, in plain text."""

import io

import pytest
from rich.console import Console
from tests.unit.trace.report.cases import CASES, account, attribution, channel, finding

from suyuan.trace.naming.attribution import Attribution, Grade
from suyuan.trace.report import render_terminal


def printed(traced: Attribution, *, width: int = 110, lang: str = "en") -> str:
    page = io.StringIO()
    render_terminal(traced, console=Console(file=page, width=width, color_system=None), lang=lang)
    return page.getvalue()


SAID = {
    "named": ["Named at grade A: account a017.", "neither named nor excluded: account svc-search", "1,977.20"],
    "two-named": ["Named at grade A: account a017 and account b003.", "1/1"],
    "unknown": ["The source is unknown.", "Unknown is a result", "62 further recipients came to"],
    "partner-by-decoy": [
        "Named at grade A: partner acme-logistics.",
        "36/40",
        "excluded as the only source: 1 recipient",
    ],
    "nothing-linked": ["The source is unknown.", "No row could be linked to a person"],
}


@pytest.mark.parametrize("case", SAID)
def test_it_says_what_it_must(case: str) -> None:
    text = printed(CASES[case]())
    for said in SAID[case]:
        assert said in text


def test_a_named_copy_is_never_called_a_hand() -> None:
    assert "A mark names the copy, not the hand that carried it." in printed(CASES["named"]())


def test_it_fits_eighty_columns() -> None:
    lines = printed(CASES["named"](), width=80).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert any("account a017" in line and "1,977.20" in line and "2,655/2,913" in line for line in lines)
    assert any(line.startswith("naming line 26.78") for line in lines)


def test_a_table_with_every_column_fits_too() -> None:
    all_columns = finding(
        account("b003"), bits=61.339, persons=201, hits=1, planted=14, channels=(channel("phone", 29.77, 171, 9, 30),)
    )
    text = printed(attribution((all_columns,)), width=80)
    assert "Sole?" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_suspects_with_lines_of_their_own_show_them() -> None:
    light = finding(account("light"), bits=4.0, suspects=10)
    text = printed(attribution((light, finding(account("other"), bits=3.0))))
    assert "23.98" in text
    assert "26.78" in text


def test_columns_without_figures_are_left_out() -> None:
    text = printed(CASES["partner-by-decoy"]())
    assert "Left out" in text
    assert "Agree" not in text


def test_spent_marks_are_told_of() -> None:
    said = "Marks of 5 copies count nothing here"
    spent = attribution((finding(account("a1"), bits=1.0, used=5), finding(account("a2"), bits=0.5, used=3)))
    assert said in printed(spent)
    assert "count nothing here" not in printed(CASES["unknown"]())


def test_no_letter_is_shown_but_a() -> None:
    lead = finding(account("lead"), bits=1.0, grade=Grade.C)
    lines = printed(attribution((finding(account("a1"), bits=99.0), lead))).splitlines()
    assert next(line for line in lines if line.strip().startswith("account a1")).split()[2] == "A"
    assert next(line for line in lines if line.strip().startswith("account lead")).split()[2] == "\N{EN DASH}"
    assert "Grade" not in printed(attribution((lead,)))


def test_chinese() -> None:
    assert "以 A 级证据定名：账号 a017。" in printed(CASES["named"](), lang="zh")


def test_an_id_cannot_speak_to_the_terminal() -> None:
    evil = "[red]x[/red]\x1b]0;title\x07\u202e"
    text = printed(attribution((finding(account(evil), bits=99.0),)), width=200)
    assert "[red]x[/red]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
