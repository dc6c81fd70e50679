"""Grades of data sets: what raises them, which duties begin, and what is not judged."""

import pytest

from suyuan.collect.dictionary import item, items
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.grading import Class, DataSet, Grade, grade, read_ladder, shipped_ladder
from suyuan.terms import FieldName, ItemName, KindName

LADDER = shipped_ladder()


def field(name: str, *, sensitive: bool | None = None) -> FieldPolicy:
    found = item(name)
    return FieldPolicy(
        name=FieldName(name),
        kind=KindName.TEXT,
        strong=False,
        item=ItemName(name),
        sensitive=found.sensitive_2025 if sensitive is None else sensitive,
        tier=found.tier,
    )


def graded(*names: str, persons: int) -> Grade:
    return grade(DataSet(name="x", persons=persons, fields=tuple(map(field, names))), ladder=LADDER)


ORDINARY = next(
    name for name, each in items().items() if each.tier == "c" and not each.sensitive_2025 and not each.sensitive_2020
)
SENSITIVE = next(name for name, each in items().items() if each.sensitive_2025 and each.tier == "c")
TIER_A = next(name for name, each in items().items() if each.tier == "a")
TIER_B = next(name for name, each in items().items() if each.tier == "b")


def test_nothing_personal_is_the_lowest() -> None:
    found = grade(DataSet(name="x", persons=10**9, fields=()), ladder=LADDER)
    assert (found.level, found.important, found.crossed) == (1, False, ())


def test_the_grade_rises_with_scale() -> None:
    levels = [graded(ORDINARY, persons=persons).level for persons in (1, 999_999, 1_000_000, 9_999_999, 10_000_000)]
    assert levels == [2, 2, 3, 3, 4]
    assert [graded(SENSITIVE, persons=persons).level for persons in (1, 99_999, 100_000)] == [3, 3, 4]
    assert [graded(TIER_A, persons=persons).level == 4 for persons in (499, 500)] == [False, True]
    assert [graded(TIER_B, persons=persons).level == 4 for persons in (4_999, 5_000)] == [False, True]


def test_ten_million_persons_are_a_candidate_for_important_data() -> None:
    assert not graded(ORDINARY, persons=9_999_999).important
    found = graded(ORDINARY, persons=10_000_000)
    assert found.important
    assert {rule.source for rule in found.reasons} >= {"ndr"}


def test_duties_are_near_and_then_crossed() -> None:
    small = [duty.persons for duty in graded(ORDINARY, persons=79_999).near]
    near = [duty.source for duty in graded(ORDINARY, persons=80_000).near]
    at = [duty.source for duty in graded(ORDINARY, persons=100_000).crossed]
    assert small == []
    assert "small" in near
    assert "small" in at
    assert not graded(ORDINARY, persons=99_999).crossed
    assert "audit" in [duty.source for duty in graded(ORDINARY, persons=1_000_000).crossed]


def test_sensitive_counts_need_sensitive_fields() -> None:
    assert not [duty for duty in graded(ORDINARY, persons=10_000_000).crossed if duty.of is Class.SENSITIVE]
    assert [duty for duty in graded(SENSITIVE, persons=10_000).crossed if duty.of is Class.SENSITIVE]


def test_fields_that_nobody_classified_are_named() -> None:
    bare = FieldPolicy(name=FieldName("remark"), kind=KindName.TEXT, strong=False)
    found = grade(DataSet(name="x", persons=1, fields=(bare, field(ORDINARY))), ladder=LADDER)
    assert found.unclassified == ("remark",)
    assert found.categories == (items()[ItemName(ORDINARY)].category,)


def test_every_source_and_text_is_there() -> None:
    for each in (*LADDER.rules, *LADDER.duties):
        assert each.source in LADDER.instruments
        assert each.said["en"]
        assert each.said["zh"]
    assert set(LADDER.levels) == {1, 2, 3, 4}


@pytest.mark.parametrize("document", [{}, [], None, {"version": 1}, {"version": "1", "levels": [{"level": "x"}]}])
def test_rules_of_another_shape_are_refused(document: object) -> None:
    with pytest.raises(RefusedError) as caught:
        read_ladder(document)
    assert caught.value.code == "hold.rules"


def test_a_rule_must_name_a_level() -> None:
    rule = {"of": "personal", "persons": 1, "level": 9, "en": "a", "zh": "b", "source": "s", "basis": "law"}
    document = {
        "version": "1",
        "levels": [{"level": 1, "en": "a", "zh": "b"}],
        "rules": [rule],
        "counts": [],
        "source": [],
    }
    with pytest.raises(RefusedError, match="level 9"):
        read_ladder(document)
