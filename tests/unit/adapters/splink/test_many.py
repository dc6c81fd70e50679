"""Among very many persons: masked, mistyped and cut values find theirs, by keys; strangers find nobody."""

import numpy as np
import polars as pl
import pytest
from benchmarks.weak_match import FIELDS, world

from suyuan.adapters.splink import matcher as room
from suyuan.adapters.splink.blocks import candidate_pairs, sound_of
from suyuan.adapters.splink.matcher import SplinkMatcher, compared
from suyuan.adapters.splink.spelling import comparable, simplified, sounds
from suyuan.terms import FieldName, KindName
from suyuan.trace.matching.seen import seen_column

PEOPLE, ROWS = 4_000, 1_000


def test_precision_first_and_most_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGE", PEOPLE)
    residual, people, truth = world(people=PEOPLE, rows=ROWS)
    found = SplinkMatcher(kinds=FIELDS).match(residual, people=people)
    right = truth[found["row"].to_numpy().astype(np.int64)] == found["person"].to_numpy()
    assert found["row"].is_unique().all()
    assert found.height - right.sum() <= 1
    assert right.sum() >= 0.88 * (truth >= 0).sum()


def test_each_key_brings_its_pair_and_common_keys_bring_none() -> None:
    people = pl.DataFrame(
        {
            "person": range(4),
            "name": ["张伟", "李娜", "王芳", "赵强"],
            "phone": ["+8614000001234", "+8614100005678", "+8614200009999", "+8614300000000"],
            "id": ["990101199001011237", "990102199102022345", "990103199203033456", "990104199304044567"],
            "address": [
                "广东省广州市天河区人民路12号3栋1203室",
                "北京市朝阳区建国路88号",
                "上海市浦东新区中山路5号",
                "成都市武侯区文化路7号",
            ],
        }
    )
    rows = pl.DataFrame(
        {
            "row": range(6),
            "name": [None, "Li Na", None, None, "張*", None],
            "phone": ["140****1234", None, "14200009990", None, None, "1**********"],
            "id": [None, None, None, "990104********4567", None, None],
            "address": [None, "北京市朝阳区建国路", None, None, "廣州市天河區人民路12號3棟1203室", None],
        }
    )  # fmt: skip
    kinds = dict(FIELDS)
    left, right = compared(rows, kinds=kinds), compared(people, kinds=kinds)
    assert sound_of(FieldName("name")) in left.columns
    assert candidate_pairs(left, people=right, kinds=kinds).rows() == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 0)]
    crowd = pl.concat(
        [right.with_columns(pl.col("person") + 4 * n, pl.lit(None, pl.String).alias("id")) for n in range(100)]
    )
    assert candidate_pairs(left, people=crowd, kinds=kinds).height == 0


@pytest.mark.parametrize(
    ("kind", "cell", "seen"),
    [
        (KindName.PHONE, "138****1234", "138****1234"),
        (KindName.PHONE, "+86 138-xxxx-1234", "138****1234"),
        (KindName.PHONE, "NULL", None),
        (KindName.PHONE, "1**********", None),
        (KindName.RESIDENT_ID, "990101********123x", "990101********123X"),
        (KindName.RESIDENT_ID, "990101199001011238", "990101199001011238"),
        (KindName.RESIDENT_ID, "unknown", None),
        (KindName.PERSON_NAME, "张**", "张**"),
        (KindName.PERSON_NAME, "李某", "李某"),
        (KindName.PERSON_NAME, "***", None),
    ],
)
def test_what_is_seen(kind: KindName, cell: str, seen: str | None) -> None:
    assert seen_column(pl.Series([cell]), kind=kind).to_list() == [seen]


def test_spellings_meet() -> None:
    assert simplified(pl.Series(["廣東省張偉", "plain", None])).to_list() == ["广东省张伟", "plain", None]
    assert sounds(pl.Series(["张伟", "Zhang Wei", "张*", None])).to_list() == ["zhangwei", "zhangwei", None, None]
    address = comparable(pl.Series(["中国广东省廣州市天河区", "广州市天河区"]), kind=KindName.POSTAL_ADDRESS)
    assert address.to_list() == ["广州市天河区", "广州市天河区"]
