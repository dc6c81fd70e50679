"""Enrolments computed ahead are those that would have been computed, and nothing is lost with a process."""

from collections.abc import Callable, Iterator

import pytest
from tests.children import children
from tests.unit.hold.test_registrar import World, world

from suyuan.adapters.forked import Forked
from suyuan.hold import ahead
from suyuan.hold.ahead import Beside
from suyuan.hold.registrar import Enrolled

__all__ = ["world"]

NAMES = tuple(f"C-{number}" for number in range(60))

Work = Callable[[], Iterator[bytes]]


class Inside:
    """Work that is done in this process, when it is begun."""

    begun = 0

    def __init__(self, work: Work, *, size_bytes: int) -> None:
        type(self).begun += 1
        self._found = b"".join(work())
        assert len(self._found) == size_bytes

    def result(self) -> bytes | None:
        return self._found

    def stop(self) -> None:
        pass


class Lost(Inside):
    """Work whose process dies."""

    def result(self) -> bytes | None:
        return None


def enrolled(world: World, monkeypatch: pytest.MonkeyPatch, *, start: Callable[..., Beside]) -> None:
    """Enrol people, most of them ahead, and require that the log holds exactly what the plain way gives."""
    monkeypatch.setattr(ahead, "_WORTH_A_PROCESS", 8)
    monkeypatch.setattr(ahead, "_ROWS_PER_PIECE", 7)
    before = world.meet(*NAMES[:5])
    registrar = world.begin()
    registrar.open()
    with registrar.ahead(start, processes=2):
        persons = [*before]
        for names in (NAMES[5:40], NAMES[40:43], NAMES[43:]):
            persons += meet_again(world, names)
        assert registrar.enrol_pending() == Enrolled(enrolled=60, shared=0)
    commitments = {commitment for _, commitment in world.rows()}
    assert commitments == {world.commitment(person) for person in persons}
    found = world.people.registrations(persons)
    plain = world.broker.enrolment_rows(
        persons, sealed=[row.sealed_identifier for row in found], number=1, first_epoch=1
    )
    assert sorted(world.rows()) == sorted(plain)
    assert all(registrar.label_of(person) is not None for person in persons)


def meet_again(world: World, names: tuple[str, ...]) -> list[int]:
    """`World.meet`, by the broker that is at work."""
    begin, World.begin = World.begin, lambda self: None  # type: ignore[assignment, misc, return-value]
    try:
        return [int(person) for person in world.meet(*names)]
    finally:
        World.begin = begin  # type: ignore[method-assign]


def test_rows_computed_ahead_are_the_plain_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    Inside.begun = 0
    enrolled(world, monkeypatch, start=Inside)
    assert Inside.begun == 4, "two processes for each batch that is worth them"


def test_rows_computed_in_copies_of_the_process_are_the_plain_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    enrolled(world, monkeypatch, start=Forked)
    assert not children() - before


def test_what_a_process_loses_is_computed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled(world, monkeypatch, start=Lost)


def test_one_processor_computes_nothing_ahead(world: World) -> None:
    registrar = world.begin()
    registrar.open()
    with registrar.ahead(Lost, processes=1):
        assert world.broker._ahead is None


def test_the_block_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_WORTH_A_PROCESS", 2)
    registrar = world.begin()
    registrar.open()
    before = children()

    def interrupted() -> None:
        with registrar.ahead(Forked, processes=2):
            meet_again(world, NAMES)
            assert "ahead" in repr(world.broker._ahead)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert world.broker._ahead is None
    assert not children() - before


def test_a_machine_that_copies_no_process_computes_when_it_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(work: Work, *, size_bytes: int) -> Beside:
        raise BlockingIOError("no more processes")

    enrolled(world, monkeypatch, start=start)
