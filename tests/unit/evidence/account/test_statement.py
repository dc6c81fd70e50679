"""The words of an account: of numbers, of refusals, and in Chinese throughout."""

from tests.account_world import STAFF, Person, begun

from suyuan.evidence.account import report, statement

PERSON, OTHER = Person(0), Person(1)


def test_a_file_that_was_handed_over_has_its_number_of_rows() -> None:
    world = begun(PERSON, OTHER)
    world.batch((PERSON, OTHER), STAFF[0])
    world.seal(closing=False)
    verified = world.verified(world.account(STAFF[0]))
    assert ", 2 rows\n" in statement(verified)
    assert "，2 行\n" in statement(verified, lang="zh")
    assert [item["rows"] for item in report(verified)["entries"]] == [2]  # type: ignore[attr-defined]
    assert "Which persons were shown to it is not said" in statement(verified)
    hers = world.verified(world.account(PERSON))
    assert "rows" not in statement(hers)
    assert "Which persons" not in statement(hers)


def test_one_seal_is_one_seal() -> None:
    world = begun(PERSON)
    world.seal(closing=False)
    told = statement(world.verified(world.account(PERSON, until=1)))
    assert ", 1 seal without a gap" in told


def test_acts_and_refusals_are_told_in_words() -> None:
    world = begun(PERSON)
    world.release(PERSON, STAFF[0])
    world.refuse(STAFF[0], PERSON)
    world.seal(closing=False)
    verified = world.verified(world.account(PERSON))
    assert f"lookup to account {STAFF[0]}" in statement(verified)
    assert "(release.case): no case that links them" in statement(verified)
    chinese = statement(verified, lang="zh")
    assert f"查询，提供给账号 {STAFF[0]}" in chinese
    assert "没有将该账号与此人相联系的事由" in chinese
    assert "lookup" not in chinese
