"""Pools: reachable identifiers by index, drawn evenly, found again in a column, disjoint from each other."""

from collections import Counter

import polars as pl
import pytest

from suyuan.errors import RefusedError
from suyuan.kinds import KINDS
from suyuan.mark.pool import ATTEMPTS, ListedPool, MailPool, PhonePool, Pool, draw_member, require_disjoint
from suyuan.terms import KindName

PHONES = PhonePool(name="p", first="+8616500000000", size=1 << 16)
MAILS = MailPool(name="m", domain="post.example")
LISTED = ListedPool(
    name="l", kind=KindName.PHONE, identifiers=tuple(f"+86{16_400_000_000 + 7_919 * i}" for i in range(20))
)
POOLS: list[Pool] = [PHONES, MAILS, LISTED]


def key(*draws: int) -> bytes:
    return b"".join(draw.to_bytes(8, "big") for draw in (*draws, *([0] * ATTEMPTS))[:ATTEMPTS])


@pytest.mark.parametrize("pool", POOLS)
def test_members_are_canonical_and_found_again(pool: Pool) -> None:
    indexes = sorted({0, 1, min(12_345, pool.size - 2), pool.size // 2, pool.size // 3, pool.size - 1})
    members = [pool.member(i) for i in indexes]
    assert len(set(members)) == len(members)
    column = pl.Series([None, "nobody", *members, members[0]])
    canonical = KINDS[pool.kind].canonical_column(column)
    assert canonical.to_list()[2:-1] == members
    found = pool.members_in(canonical)
    assert found["row"].to_list() == list(range(2, len(column)))
    assert found["index"].to_list() == [*indexes, indexes[0]]


def test_a_list_is_told_by_its_digest_and_is_none_twice() -> None:
    told = LISTED.document()
    assert (told["kind"], told["listed"]) == ("phone", 20)
    assert not any(identifier in repr((told, LISTED)) for identifier in LISTED.identifiers)
    for wrong in (LISTED.identifiers[:15], (*LISTED.identifiers, LISTED.identifiers[0])):
        with pytest.raises(RefusedError):
            ListedPool(name="l", kind=KindName.PHONE, identifiers=wrong)
    require_disjoint((PHONES, MAILS, LISTED))
    inside = ListedPool(
        name="i", kind=KindName.PHONE, identifiers=(*LISTED.identifiers[1:], PHONES.member(9), PHONES.member(8))
    )
    for pools in ((PHONES, inside), (LISTED, inside)):
        with pytest.raises(RefusedError, match="share identifiers"):
            require_disjoint(pools)


def test_neighbours_of_a_pool_are_not_of_it() -> None:
    others = ["+8616500065536", "+8616499999999", "+86165000000", "+861650000000000", "+8616500x00000", None]
    assert PHONES.members_in(pl.Series(others, dtype=pl.String)).is_empty()
    strange = [
        "wei.wang1@other.example", "wei.wang01@post.example", "wei-wang1@post.example", "wei.nobody1@post.example",
        "wei.wang1048576@post.example", "wei.wang99999999999999999999@post.example", "x@post.example",
    ]  # fmt: skip
    assert MAILS.members_in(pl.Series(strange)).is_empty()


def test_the_first_free_draw_is_taken() -> None:
    assert draw_member(PHONES, lane_key=key(5, 6), taken=set()) == (0, 5)
    assert draw_member(PHONES, lane_key=key((1 << 16) + 5, 6), taken={5}) == (1, 6)
    assert draw_member(PHONES, lane_key=key(5, 5, 5, 9), taken={5}) == (3, 9)
    with pytest.raises(RefusedError, match="four draws"):
        draw_member(PHONES, lane_key=key(5, 5, 5, 5), taken={5})


def test_a_pool_is_never_more_than_half_used() -> None:
    small = PhonePool(name="s", first="+8616500000000", size=8)
    assert draw_member(small, lane_key=key(7), taken={0, 1, 2, 3}) == (0, 7)
    with pytest.raises(RefusedError, match="more than half"):
        draw_member(small, lane_key=key(7), taken={0, 1, 2, 3, 4})


def test_draws_are_even() -> None:
    small = PhonePool(name="s", first="+8616500000000", size=8)
    drawn = Counter(draw_member(small, lane_key=key(a, b, c, d), taken={2, 5})[1]
                    for a in range(8) for b in range(8) for c in (0, 1) for d in (0, 1))  # fmt: skip
    assert set(drawn) == {0, 1, 3, 4, 6, 7}


@pytest.mark.parametrize("size", [0, 1, 3, 1000, 1 << 49])
def test_a_size_that_draws_unevenly_is_refused(size: int) -> None:
    with pytest.raises(RefusedError):
        PhonePool(name="p", first="+8616500000000", size=size)


@pytest.mark.parametrize("first", ["8616500000000", "+0165", "+86 165", "+" + "1" * 16])
def test_a_first_number_that_is_none_is_refused(first: str) -> None:
    with pytest.raises(RefusedError):
        PhonePool(name="p", first=first, size=16)


def test_a_block_past_its_length_is_refused() -> None:
    with pytest.raises(RefusedError, match="past"):
        PhonePool(name="p", first="+9999999999999", size=16)


def test_a_mail_pool_needs_a_domain() -> None:
    with pytest.raises(RefusedError):
        MailPool(name="m", domain="Post.example")


def test_pools_that_share_an_identifier_are_refused() -> None:
    with pytest.raises(RefusedError, match="share"):
        require_disjoint((PHONES, PhonePool(name="q", first="+8616500065535", size=2)))
    with pytest.raises(RefusedError, match="domain"):
        require_disjoint((MAILS, MailPool(name="n", domain="post.example")))
    require_disjoint((PHONES, MAILS, PhonePool(name="q", first="+8616500065536", size=2)))
