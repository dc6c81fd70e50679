"""The ending of a report's name says what is written, and is refused before any work is done."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.trace.report.cases import WRITTEN, nothing_linked

from suyuan.cli.trace_paper import page_of, require_report
from suyuan.errors import RefusedError, UnavailableError
from suyuan.trace.report import pdf


@pytest.mark.parametrize("name", [None, "r.html", "r.htm", "R.HTML", "r.pdf", "R.PDF"])
def test_endings_that_can_be_written(name: str | None) -> None:
    require_report(None if name is None else Path(name), lang="en")


@pytest.mark.parametrize("name", ["r.docx", "report", "r.html.txt", "pdf"])
def test_another_ending_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=r"ends in \.html or \.pdf") as refused:
        require_report(Path(name), lang="en")
    assert refused.value.code == "trace.report-ending"


def test_a_missing_font_is_told_before_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "chinese_typeface", lambda: None)
    require_report(Path("r.html"), lang="zh")
    require_report(Path("r.pdf"), lang="en")
    with pytest.raises(UnavailableError) as refused:
        require_report(Path("r.pdf"), lang="zh")
    assert refused.value.code == "trace.report-font"


@pytest.mark.parametrize(("name", "begin"), [("r.html", b"<!DOCTYPE html>"), ("r.pdf", b"%PDF-1.7")])
def test_the_ending_says_what_is_written(name: str, begin: bytes) -> None:
    traced = cast(Any, SimpleNamespace(attribution=nothing_linked()))
    page = page_of(traced, report=Path(name), beside=None, bundle_name=None, lang="en", at=WRITTEN)
    assert page.lstrip().startswith(begin)
