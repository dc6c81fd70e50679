"""The rows of a sample are the records of its lines, however they are read, and a separator that is nowhere gives one cell."""

import io
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.trace.files.dialect import SAMPLE_LINES, modal_width, sample_rows, width_under
from suyuan.trace.files.records import Broken, read_records

TEXTS = st.text('a1张,"\n\r|;\0 ', max_size=40)


@given(text=TEXTS, delimiter=st.sampled_from([",", "|", ";", "||"]), quote=st.sampled_from(['"', ""]))
@settings(max_examples=300, deadline=None)
def test_sampled_rows(text: str, delimiter: str, quote: str) -> None:
    records = islice(read_records(io.StringIO(text, newline=""), delimiter=delimiter, quote=quote), SAMPLE_LINES)
    plain = [[] if isinstance(record, Broken) else record for record in records]
    assert sample_rows(text, delimiter=delimiter, quote=quote) == plain
    width, share = modal_width(plain)
    under = width_under(text, delimiter=delimiter, quote=quote)
    assert under == (width, share) or (delimiter not in text and width == under[0] == 1)


def test_no_more_rows_than_a_sample_has() -> None:
    text = "\n" * 9 + "1,2\n" * (SAMPLE_LINES + 5)
    assert sample_rows(text, delimiter=",", quote='"') == [["1", "2"]] * SAMPLE_LINES
