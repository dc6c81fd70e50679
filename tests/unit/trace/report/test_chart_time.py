"""The picture of releases over time is drawn from the times there are, in whole days, without a word on stderr."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trace.report.cases import timeline

from suyuan.trace.report.chart_time import days_shown, draw_timeline
from suyuan.trace.report.messages import Catalogue, Language

EN = Catalogue.load(Language.EN)


def test_each_track_has_a_name_and_its_kinds_of_copies_a_legend(capfd: pytest.CaptureFixture[str]) -> None:
    svg = str(draw_timeline(timeline(), catalogue=EN, title="t"))
    for said in (
        "account a017",
        "account svc-search",
        "same values as the file",
        "not comparable",
        "file opened 2026-11-21",
    ):
        assert said in svg
    days = re.findall(r">(2026-\d\d-\d\d)</text>", svg)
    assert len(days) == len(set(days)) >= 3
    assert capfd.readouterr().err == ""


def test_a_release_on_the_day_itself_has_room() -> None:
    whole = timeline()
    track = whole.tracks[0]
    today = replace(track.spans[0], begin=whole.opened_at - timedelta(hours=2), same=3)
    svg = str(draw_timeline(replace(whole, tracks=(replace(track, spans=(today,)),)), catalogue=EN, title="t"))
    days = re.findall(r">(2026-\d\d-\d\d)</text>", svg)
    assert len(days) == len(set(days)) >= 2


def test_the_time_shown_reaches_a_day_beyond_both_ends() -> None:
    assert days_shown([], opened=0.0) == (-86_400_000, 86_400_000)
    first, last = days_shown([0.0], opened=8.64e9)
    assert first < -86_400_000 < 8.64e9 + 86_400_000 < last
