"""Accounts of releases once given out verify for ever, and say what they said."""

import json
from pathlib import Path

import pytest

from suyuan.evidence.account import report, verify_account

FOLDER = Path(__file__).resolve().parents[3] / "vectors/accounts"
FILES = sorted(FOLDER.glob("*.suyuan"))


def test_there_are_some() -> None:
    assert len(FILES) >= 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_account_says_what_it_said(file: Path) -> None:
    said = json.loads(file.with_suffix(".json").read_text())
    says = report(verify_account(file.read_bytes()))
    assert {key: says[key] for key in said} == said
