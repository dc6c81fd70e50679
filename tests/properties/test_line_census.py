"""Lines are counted by kernel as one by one: whatever the bytes are, and of text in every codec that dumps come in."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from suyuan.trace.files import encoding
from suyuan.trace.files.census_kernel import count_lines
from suyuan.trace.files.encoding import LineCensus

HAN = st.text(alphabet=st.sampled_from("张三李四王五镕喆㐂臺灣陳國憲中村東京都é Щ,|\\12@\n"), max_size=12)
CODECS = st.sampled_from(["utf-8", "gb18030", "cp950", "gbk", "cp1252", "utf-16-le"])
LINES = st.one_of(
    st.binary(max_size=12),
    st.tuples(HAN, CODECS).map(lambda told: told[0].encode(told[1], "ignore")),
    st.lists(st.sampled_from([0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0x80, 0x8F, 0x9F, 0xA0, 0xBF, 0x41, 0xA4]), max_size=8).map(
        bytes
    ),
)


def counted(block: bytes, *, by_kernel: bool) -> LineCensus:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "pays", lambda values: by_kernel)
        census = LineCensus()
        census.count(block)
        return census


@given(st.lists(LINES, max_size=12))
@settings(max_examples=300, deadline=None)
def test_census(lines: list[bytes]) -> None:
    block = b"\n".join(lines)
    assert counted(block, by_kernel=True) == counted(block, by_kernel=False)


def pairs() -> Iterator[bytes]:
    for lead in range(0x81, 0xFF):
        yield b"\n".join(bytes((0xC4, 0xE3, lead, trail)) for trail in range(0x30, 0x100))


def test_every_pair_of_bytes() -> None:
    block = b"\n".join(pairs())
    assert counted(block, by_kernel=True) == counted(block, by_kernel=False)


def test_usual_characters_need_no_table() -> None:
    """Lines of GB2312 alone are told by words of eight bytes: a table without any character changes nothing."""
    lines = ["张三", "a王芳bc", "广东省广州市中山路12号3栋1204室", "x" * 13 + "赵"]
    data = np.frombuffer("\n".join(lines * 50).encode("gb18030"), dtype=np.uint8)
    counts, doubtful = np.zeros(3, dtype=np.int64), np.empty((len(data), 2), dtype=np.int64)
    assert count_lines(data, 0, len(data), np.zeros(1 << 16, dtype=np.uint8), counts, doubtful) == 0
    assert counts.tolist() == [0, 0, 200]
