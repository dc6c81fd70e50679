"""Access sets on a real store: legacy work names on the first day, a colleague's set makes a group, all-access is set aside."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.courier import Courier, courier

from suyuan.ledger.bodies import TraceNoteEntry
from suyuan.terms import Probability
from suyuan.trace.history.reading import LogColumns
from suyuan.trace.naming.attribution import Grade, SetsFound

CLERKS = 24


def worked(
    here: Courier, *, extra: dict[str, list[str]] | None = None, queue: list[str] | None = None
) -> list[list[str]]:
    """Bring in a log of clerks who each looked up one in ten customers at random; give what each saw."""
    dice = np.random.default_rng(4)
    customers = here.people["customer"].to_numpy()
    seen = [sorted(dice.choice(customers, len(customers) // 10, replace=False)) for _ in range(CLERKS)]
    rows = [(str(customer), f"clerk-{n:02}") for n, mine in enumerate(seen) for customer in mine]
    rows += [(customer, name) for name, mine in (extra or {}).items() for customer in mine]
    in_queue = set(queue or ())
    path = here.folder / "legacy.csv"
    pl.DataFrame(
        [(c, a, "2024-01-01", "night" if c in in_queue else "") for c, a in rows],
        schema=["customer", "clerk", "time", "desk"], orient="row",
    ).write_csv(path)  # fmt: skip
    columns = LogColumns(person="customer", account="clerk", at="time", queue="desk")
    here.store.histories().bring_in(path, columns=columns)
    return [[str(c) for c in mine] for mine in seen]


def judged(here: Courier, customers: list[str], *, name: str = "dump.csv") -> SetsFound:
    """Trace a normalised dump of these customers: no mark survives. The bound of a small store is looser than by default."""
    with here.store.door() as door:
        frame = here.people.filter(pl.col("customer").is_in(customers)).select("name", "phone", "address")
        frame.write_csv(here.folder / name)
        traced = here.store.leak_response(door, matcher=None).trace(here.folder / name)
        sets = here.store.access_sets()
        return replace(sets, rule=replace(sets.rule, alpha=Probability(1e-3))).judge(traced)


def test_a_dump_is_worked_on_the_first_day_from_a_legacy_log(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        seen = worked(here)
        found = judged(here, seen[3][:45])
        [named] = found.named
        assert (named.recipient.id, named.grade, named.hits) == ("clerk-03", Grade.B, 45)
        assert named.gamma >= 8
        assert named.legacy == 45
        assert found.legacy == found.lookups > 0
        assert found.all_access == ()


def test_the_note_stands_before_the_answer_and_the_same_question_is_one_note(tmp_path: Path) -> None:
    with courier(tmp_path, people=300) as here:
        seen = worked(here)
        first = judged(here, seen[0])
        assert isinstance(here.store.ledger.entry(first.note).body, TraceNoteEntry)
        size = here.store.ledger.size
        assert judged(here, seen[0]) == first
        assert here.store.ledger.size == size


def test_the_same_dump_under_another_rule_is_another_question_and_is_paid_for(tmp_path: Path) -> None:
    """Whoever changes the rule, or brings in another log, until somebody is named spends the budget all the same."""
    with courier(tmp_path, people=300) as here:
        seen = worked(here)
        first = judged(here, seen[0])
        with here.store.door() as door:
            traced = here.store.leak_response(door, matcher=None).trace(here.folder / "dump.csv")
            sets = here.store.access_sets()
        for number, share in enumerate((0.4, 0.3), start=2):
            rule = replace(sets.rule, alpha=Probability(1e-3), all_access=share)
            again = replace(sets, rule=rule).judge(traced)
            assert again.line == pytest.approx(first.line - 2 * np.log10(number))
        assert judged(here, seen[0]).line == first.line


def test_a_leak_inside_a_colleagues_set_ends_in_a_group(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        customers = [str(c) for c in here.people["customer"].to_list()]
        pair = {"twin-a": customers[:80], "twin-b": customers[20:100]}
        worked(here, extra=pair)
        found = judged(here, customers[20:80])
        assert found.named == ()
        assert [{r.id for r in group} for group in found.groups] == [{"twin-a", "twin-b"}]


def test_a_queue_that_leaks_names_none_of_the_colleagues_who_work_on_it(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        customers = [str(c) for c in here.people["customer"].to_list()]
        parts = {f"night-{i}": customers[i * 40 : (i + 1) * 40] for i in range(4)}
        worked(here, extra=parts, queue=customers[:160])
        found = judged(here, customers[:160:2])
        assert found.named == ()
        assert found.queues


def test_an_account_that_sees_all_is_neither_named_nor_excluded(tmp_path: Path) -> None:
    with courier(tmp_path, people=300) as here:
        everyone = [str(c) for c in here.people["customer"].to_list()]
        seen = worked(here, extra={"crawler": everyone})
        found = judged(here, seen[5])
        assert [r.id for r in found.all_access] == ["crawler"]
        assert [a.recipient.id for a in found.named] == ["clerk-05"]


def test_background_alone_names_nobody(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        worked(here)
        dice = np.random.default_rng(7)
        for number in range(6):
            chosen = [str(c) for c in dice.choice(here.people["customer"].to_numpy(), 60, replace=False)]
            assert judged(here, chosen, name=f"{number}.csv").named == ()


def test_two_who_leak_are_not_told_from_a_source_upstream_of_both(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        seen = worked(here)
        found = judged(here, [*seen[1], *seen[2]])
        assert found.named == ()
        assert {"clerk-01", "clerk-02"} <= {a.recipient.id for a in found.accounts}


def test_a_dump_that_is_too_small_names_nobody(tmp_path: Path) -> None:
    with courier(tmp_path, people=300) as here:
        seen = worked(here)
        assert judged(here, seen[0][:3]).named == ()
