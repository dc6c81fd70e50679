"""A grade never falls when there are more persons or more fields."""

from hypothesis import given
from hypothesis import strategies as st

from suyuan.collect.dictionary import items
from suyuan.collect.field import FieldPolicy
from suyuan.hold.grading import DataSet, grade, shipped_ladder
from suyuan.terms import FieldName, KindName

FIELDS = st.sampled_from(
    [
        FieldPolicy(
            name=FieldName(name), kind=KindName.TEXT, strong=False, item=name,
            sensitive=each.sensitive_2025 or each.sensitive_2020, tier=each.tier,
        )
        for name, each in items().items()
    ]
)  # fmt: skip


@given(
    fields=st.lists(FIELDS, max_size=5),
    more=st.lists(FIELDS, max_size=3),
    persons=st.integers(0, 10**9),
    extra=st.integers(0, 10**9),
)
def test_more_is_never_less(fields: list[FieldPolicy], more: list[FieldPolicy], persons: int, extra: int) -> None:
    ladder = shipped_ladder()
    before = grade(DataSet(name="x", persons=persons, fields=tuple(fields)), ladder=ladder)
    after = grade(DataSet(name="x", persons=persons + extra, fields=(*fields, *more)), ladder=ladder)
    assert after.level >= before.level
    assert after.important >= before.important
    assert all(duty in after.crossed for duty in before.crossed)
