"""A clock that is set while suyuan runs: nothing more is signed or stored."""

from datetime import UTC, datetime

import pytest
from tests.ledger_world import KEY, MemoryStore, outcome, release, started

from suyuan.adapters.clock import SystemClock
from suyuan.errors import UnavailableError
from suyuan.ledger import Ledger


class Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.wall, self.boot = 1_790_000_000.0, 5_000.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.boot += seconds

    def clock(self) -> SystemClock:
        return SystemClock(wall=lambda: self.wall, boot=lambda: self.boot)


def test_time_that_passes_is_no_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(400):
        machine.passes(86_400)
        clock.now()
    assert clock.now() == datetime.fromtimestamp(machine.wall, UTC)


@pytest.mark.parametrize(("seconds", "way"), [(121, "forward by 0:02:01"), (-121, "back by 0:02:01"), (1e8, "forward")])
def test_a_clock_that_is_set_while_we_run_is_refused(seconds: float, way: str) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(3600)
    machine.wall += seconds
    with pytest.raises(UnavailableError, match=way) as caught:
        clock.now()
    assert caught.value.code == "clock.jumped"
    machine.passes(10)
    with pytest.raises(UnavailableError):
        clock.now()


@pytest.mark.parametrize("seconds", [119, -119, 1, -1])
def test_what_a_time_server_sets_right_is_no_jump(seconds: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += seconds
    clock.now()


def test_many_small_steps_are_one_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 100
    clock.now()
    machine.wall += 100
    with pytest.raises(UnavailableError):
        clock.now()


def test_nothing_is_appended_after_a_jump_and_a_new_run_goes_on() -> None:
    machine = Machine()
    store = MemoryStore()
    ledger = Ledger(store, key=KEY, clock=machine.clock())
    started(store)
    ledger.append([release(0)])
    machine.wall -= 86_400
    with pytest.raises(UnavailableError):
        ledger.append([outcome(2)])
    with pytest.raises(UnavailableError):
        ledger.append([outcome(2)])
    assert store.size() == 3
    again = Ledger(store, key=KEY, clock=machine.clock())
    again.append([outcome(2)])
    assert [row.at_ms for row in store.rows] == sorted(row.at_ms for row in store.rows)


def test_the_machine_s_own_clock_runs() -> None:
    clock = SystemClock()
    assert clock.now() <= clock.now()
