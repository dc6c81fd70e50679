"""Recognise never raises, and its spans lie inside the text and hold something."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.kinds import KINDS
from suyuan.terms import KindName


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_spans_lie_inside_the_text(name: KindName, data: st.DataObject) -> None:
    text = data.draw(st.lists(texts(name), max_size=3).map("，".join))
    for span in KINDS[name].recognise(text):
        assert 0 <= span.start < span.end <= len(text)
        assert 0.0 < span.confidence < 1.0
