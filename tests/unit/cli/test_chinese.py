"""Errors in Chinese: every code has a sentence, the door's each their own; told where the person reads Chinese."""

import json
from pathlib import Path

import pytest
from tests.docs.pages import ROOT
from tests.docs.test_reference import error_codes

from suyuan.cli.failure import wants_chinese
from suyuan.web.sentences import ZH, in_chinese

LOOKUP = ("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "delivery")


def codes(folder: str) -> set[str]:
    return {code for path in sorted((ROOT / folder).rglob("*.py")) for code in error_codes(path)}


def test_every_code_has_a_chinese_sentence_and_those_of_the_door_have_their_own() -> None:
    known = codes("src/suyuan")
    assert len(known) > 200
    assert sorted(code for code in known if not in_chinese(code)) == []
    the_doors = {code for code in known if code.startswith("release.")}
    assert len(the_doors) > 25
    assert sorted(the_doors - ZH.keys()) == []
    assert codes("src/suyuan/release/checks") <= ZH.keys()
    assert all(any("\u4e00" <= c <= "\u9fff" for c in sentence) for sentence in ZH.values())


@pytest.mark.parametrize(
    ("arguments", "environment", "chinese"),
    [
        (["--lang", "zh"], {}, True),
        (["--lang=zh"], {"LANG": "en_US.UTF-8"}, True),
        (["--lang", "en"], {"LANG": "zh_CN.UTF-8"}, False),
        ([], {"LANG": "zh_CN.UTF-8"}, True),
        ([], {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, False),
        ([], {"LC_ALL": "", "LC_MESSAGES": "zh_TW.UTF-8", "LANG": "C"}, True),
        (["--lang"], {}, False),
        ([], {}, False),
    ],
)
def test_the_option_and_then_the_environment_say_the_language(
    arguments: list[str], environment: dict[str, str], chinese: bool
) -> None:
    assert wants_chinese(arguments, environment=environment) is chinese


def test_a_refusal_says_both(here: Path, suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    english = suyuan(*LOOKUP, "--case", "P-2", "--json")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    both = suyuan(*LOOKUP, "--case", "P-2", "--json")
    error, hint = english.err.splitlines()
    assert both.err.splitlines() == [error, f"suyuan: 错误（release.case）：{ZH['release.case']}", hint]
    assert json.loads(both.out)["error"] == {**json.loads(english.out)["error"], "chinese": ZH["release.case"]}
    assert both.code == english.code == 3


def test_an_explanation_in_chinese_says_the_refusal_in_chinese(here: Path, suyuan) -> None:
    done = suyuan(
        "release", "explain", "--account", "clerk-07", "--purpose", "delivery", "--case", "P-2", "--lang", "zh"
    )  # fmt: skip
    assert done.code == 0
    lines = done.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("将被拒绝"))
    assert lines[at] == f"将被拒绝，代码 release.case：{ZH['release.case']}"
    assert "P-2" in lines[at + 1], "the English sentence names the case"
    assert any("拒绝" in line and ZH["release.case"] in line for line in lines[:at])
