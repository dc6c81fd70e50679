"""Lists: an account's own open cases, page by page, every person in the one entry, and nobody beyond."""

from pathlib import Path

import pytest
from tests.unit.release.site import Site, again, site

from suyuan.errors import RefusedError, UnavailableError
from suyuan.kinds import KINDS
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry
from suyuan.release.listing import list_cases
from suyuan.release.released import ReleasedList
from suyuan.release.request import ListRequest
from suyuan.terms import AccountId, FieldName, PurposeName, RoleName

GRANTS = """
[[grant]]
role = "courier"
purpose = "delivery"
acts = ["list"]
fields = { name = "clear", phone = "masked" }
where = [["queue", "=", "$account.outlet"]]
limits = { persons = 8, per = "1d", rows = 4 }
"""
ROLES = '[courier]\ntitle = { en = "Courier", zh = "快递员" }\n'


def request(account: str = "ann", *, after: str = "", count: int = 50, **more: str) -> ListRequest:
    return ListRequest(
        account=AccountId(account), purpose=PurposeName("delivery"), after=after, count=count, queue=more.get("queue"),
        roles=frozenset({RoleName(more["role"])} if "role" in more else ()),
        attributes={"outlet": more["outlet"]} if "outlet" in more else {},
    )  # fmt: skip


def ledgered(here: Site, listed: ReleasedList) -> set[bytes]:
    """Give the labels of a list's entry."""
    assert listed.receipt is not None
    ledger = here.store.ledger
    entry = ledger.entry(listed.receipt.index)
    assert isinstance(entry.body, BatchEntry)
    table = ledger.side(listed.receipt.index, name=SIDE)
    assert table is not None
    return {row[:32] for row in split_rows(table)}


def test_every_person_of_a_page_is_in_its_entry_and_nobody_else(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        for person in range(10):
            here.link("ann", person=person)
        here.link("ann", person=0, case="again")  # A second case of the same person.
        here.link("bob", person=11)
        here.store.people.add_hold(here.persons[3], hold="suit", at=here.clock.now())
        listed = list_cases(door, request=request())
        assert [row.case for row in listed.rows] == sorted(
            ["again", *(f"ann-{person:04}" for person in range(10) if person != 3)]
        )
        assert listed.withheld == {"release.held": 1}
        labels = here.store.broker.labels(here.persons, epoch=here.store.ledger.epoch)
        assert ledgered(here, listed) == {labels[person] for person in range(10) if person != 3}
        frame = {row.case: row.fields for row in listed.rows}
        assert frame["again"].keys() == {"name", "phone", "address"}
        names = {row.fields[FieldName("name")].reveal() for row in listed.rows if row.case in ("again", "ann-0000")}
        assert len({KINDS[here.store.policy.fields[FieldName("name")].kind].canonical(name) for name in names}) == 1


def test_pages_follow_one_another_and_end(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        for person in range(10):
            here.link("ann", person=person)
        seen, after = [], ""
        while True:
            page = list_cases(door, request=request(after=after, count=4))
            seen += [row.case for row in page.rows]
            after = page.after
            if not after:
                break
        assert seen == [f"ann-{person:04}" for person in range(10)]
        assert list_cases(door, request=request("nobody")).receipt is None


def test_grants_choose_the_cases_the_fields_and_how_many(tmp_path: Path) -> None:
    with site(tmp_path, grants=GRANTS, roles=ROLES) as (here, door):
        for person in range(6):
            here.link("ann", person=person, queue="north" if person % 2 == 0 else "south")
        north = list_cases(door, request=request(role="courier", outlet="north"))
        assert [row.case for row in north.rows] == ["ann-0000", "ann-0002", "ann-0004"]
        assert "*" in north.rows[0].fields[FieldName("phone")].reveal()
        assert not list_cases(door, request=request(role="courier", outlet="north", queue="south")).rows
        for person in range(6, 20):
            here.link("eve", person=person, queue="east")
        first = list_cases(door, request=request("eve", role="courier", outlet="east"))
        assert len(first.rows) == 4
        assert len(list_cases(door, request=request("eve", role="courier", outlet="east", after=first.after)).rows) == 4
        with pytest.raises(RefusedError) as caught:
            list_cases(door, request=request("eve", role="courier", outlet="east", after="eve-0014"))
        assert caught.value.code == here.last_refusal() == "release.budget"
        with pytest.raises(RefusedError) as caught:
            list_cases(door, request=request("eve"))
        assert caught.value.code == "release.role"


def test_a_list_counts_in_the_budget_of_the_next_run(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        for person in range(7):
            here.link("ann", person=person)
        list_cases(door, request=request())
        clock = here.clock
    with again(tmp_path, clock=clock) as (here, door):
        assert door.budgets.count(AccountId("ann"), purpose=PurposeName("delivery"), now=clock.now()) == 7


def test_a_list_that_is_not_in_the_ledger_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(drafts: object) -> None:
        raise UnavailableError("the disk is full")

    with site(tmp_path) as (here, door):
        here.link("ann", person=0)
        list_cases(door, request=request())
        with monkeypatch.context() as patched:
            patched.setattr(here.store.ledger, "append", broken)
            with pytest.raises(UnavailableError):
                list_cases(door, request=request())
        assert len(list_cases(door, request=request()).rows) == 1
