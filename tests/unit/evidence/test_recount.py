"""Identifiers counted anew: no fewer than the platform said, and never one that the platform itself would not read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_world import Builder, World, law_document, with_bits

from suyuan.errors import VerificationError
from suyuan.evidence import Bundle, law_of, verify
from suyuan.evidence.opening import Found, FoundTree
from suyuan.evidence.recount import LONGEST, read_number, reader_of
from suyuan.kinds.registry import KINDS
from suyuan.mark.law import LawBook
from suyuan.mark.pool import MailPool, PhonePool
from suyuan.terms import KindName

CALLS = PhonePool(name="calls", first="+8617000000000", size=1 << 20)
MAIL = MailPool(name="mail", domain="post.example.org")
POOLS = law_of(LawBook(kinds={}, omissions=(), pools={"calls": CALLS, "mail": MAIL}).document()).pools


class Understated(Builder):
    """The dump holds two numbers of the pool; the opening counts only the one that is a hit, and so doubles its worth."""

    def found(self) -> list[Found]:
        return [found for found in super().found() if found.row == self.decoy_row]

    def open_document(self, entries: object) -> object:  # type: ignore[override]
        opened = super().open_document(entries)  # type: ignore[arg-type]
        return replace(opened, pools={"decoys": FoundTree(count=1, root=opened.pools["decoys"].root)})


def judged(world: World, folder: Path, *, bundle: Bundle | None = None) -> None:
    path = folder / "dump.csv"
    path.write_bytes(world.dump)
    verify(world.write(with_bits(bundle or world.bundle)), dump=path)


def test_a_count_that_is_too_low_is_refused(tmp_path: Path) -> None:
    world = Understated().build()
    verify(world.write(with_bits(world.bundle)))  # Without the dump nobody can tell.
    with pytest.raises(VerificationError, match=r"pools\.decoys: 1 identifiers were counted, the dump holds more"):
        judged(world, tmp_path)
    judged(world, tmp_path, bundle=replace(world.bundle, planted=()))  # No hit: the count is worth nothing.
    judged(Builder().build(), tmp_path)


def test_a_hit_in_another_pool_than_the_one_that_was_counted_is_refused() -> None:
    """A release's law declares a larger pool under the same name: a hit would be worth more than was counted for."""

    class Enlarged(Builder):
        def open_document(self, entries: object) -> object:  # type: ignore[override]
            opened = super().open_document(entries)  # type: ignore[arg-type]
            return replace(opened, law=law_of(smaller()).digest)

    def smaller() -> dict[str, object]:
        document = law_document()
        document["pools"] = {"decoys": {"kind": "phone", "first": "+8617000000000", "size": 2}}
        return document

    world = Enlarged().build()
    with pytest.raises(VerificationError, match="is not the pool that was counted"):
        with_bits(replace(world.bundle, laws=(*world.bundle.laws, law_of(smaller()))))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17000000001", 8617000000001), ("+86 170-0000-0001", 8617000000001), ("(+86)170 0000 0001", 8617000000001),
        ("008617000000001", 8617000000001), ("'17000000001", 8617000000001), ("17000000001.0", 8617000000001),
        ("１７０００００００01", 8617000000001), ("Tel: 170 0000 0001", 8617000000001), ("+44 7700 900123", 447700900123),
        ("0044 7700 900123", 447700900123), ("7700 900123", None), ("17000000001.5", None), ("+86 010 12345678", None),
        ("17000000001 ext 0", None), ("a17000000001", None), ("", None), ("+", None), ("170000000011", None),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, number: int | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wei.wang7@post.example.org", True), ("<Wei.Wang7@POST.example.org>", True), ("mailto:wei_wang0@post.example.org", True),
        ("wei.wang@post.example.org", False), ("wei.wang07@post.example.org", False), ("weiwang7@post.example.org", False),
        ("wei.nobody7@post.example.org", False), ("wei.wang1048576@post.example.org", False),
        ("wei.wang7@post.example.org.cn", False), ("to wei.wang7@post.example.org", False), ("", False),
    ],
)  # fmt: skip
def test_a_mailbox_is_read(text: str, *, shown: bool) -> None:
    assert (reader_of(POOLS["mail"])(text) is not None) is shown


def spelled(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, max_size=30)


NUMBERS = st.one_of(
    spelled("+0123456789 ().-/'=\"“\u2212\u00ad\u3000０１telTEL:"),
    st.builds(
        lambda head, number, cut, gap, tail: head + str(number)[:cut] + gap + str(number)[cut:] + tail,
        st.sampled_from(["", "+", "00", "+86", "0086", "86", "0", "'", "tel:", "Tel: +", "(", "\u200b", '="+']),
        st.one_of(st.integers(17000000000, 17001048575), st.integers(8617000000000, 8617001048575)),
        st.integers(0, 11),
        spelled(" -()./.0\u00ad"),
        spelled(".0'\" )\n"),
    ),
)
ADDRESSES = st.builds(
    lambda head, given_, sep, family, number, domain, tail: f"{head}{given_}{sep}{family}{number}@{domain}{tail}",
    st.sampled_from(["", "<", "mailto:", "MAILTO:<", "'", " ", "x", "ann ", "\u200b", "<mailto:", "“"]),
    st.sampled_from(["wei", "Anna", "wei.wei", "nobody", "ｗｅｉ", ""]),
    st.sampled_from([".", "_", "-", "．"]),
    st.sampled_from(["wang", "WANG", "lin", "chen\u00ad", ""]),
    st.sampled_from(["0", "7", "07", "1048575", "1048576", "", "٣"]),
    st.sampled_from(["post.example.org", "POST.example.org", "post.example.com", "post.example.org."]),
    st.sampled_from(["", ">", "'", " ", ">.", "\n", "”"]),
)


@given(st.lists(st.one_of(NUMBERS, ADDRESSES), max_size=20))
def test_nothing_is_found_that_the_platform_would_not_find(texts: list[str]) -> None:
    for kind, pool in ((KindName.PHONE, CALLS), (KindName.EMAIL, MAIL)):
        canonical = KINDS[kind].canonical_column(pl.Series("text", texts, dtype=pl.String))
        known = {str(pool.member(index)) for index in pool.members_in(canonical)["index"].to_list()}
        read: Callable[[str], int | str | None] = reader_of(POOLS[pool.name])
        found = {found for text in texts if len(text) <= LONGEST and (found := read(text)) is not None}
        assert {f"+{one}" if isinstance(one, int) else one for one in found} <= known


@given(st.integers(0, CALLS.size - 1), st.integers(0, MAIL.size - 1))
def test_what_is_written_plainly_is_found(number: int, address: int) -> None:
    for pool, member in ((CALLS, CALLS.member(number)), (MAIL, MAIL.member(address))):
        assert reader_of(POOLS[pool.name])(member) is not None
        for form in KINDS[pool.kind].forms(KINDS[pool.kind].canonical(member)).texts:  # type: ignore[arg-type]
            assert reader_of(POOLS[pool.name])(form) is not None
