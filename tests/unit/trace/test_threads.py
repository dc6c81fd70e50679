"""Work by several threads gives what one gives: in order, errors in their turn, and nothing left running."""

import threading
from collections.abc import Iterator

import pytest

from suyuan.trace.naming import threads
from suyuan.trace.naming.threads import THREADS, each, meanwhile


@pytest.fixture(params=[True, False], ids=["threads", "one"])
def by_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Have many values, or few."""
    is_worth_it = bool(request.param)
    monkeypatch.setattr(threads, "pays", lambda values: is_worth_it and values > 0)
    return is_worth_it


def test_what_is_made_comes_in_the_order_of_the_pieces(by_threads: bool) -> None:
    slow, first = threading.Event(), threading.current_thread()

    def work(piece: int) -> tuple[int, bool]:
        if by_threads and not piece:
            assert slow.wait(10)  # The first ends after the second has begun.
        slow.set()
        return piece * piece, threading.current_thread() is first

    made = list(each(work, range(40), values=1))
    assert made == [(piece * piece, not by_threads) for piece in range(40)]


def test_pieces_are_taken_as_they_are_needed(by_threads: bool) -> None:
    taken: list[int] = []

    def pieces() -> Iterator[int]:
        for piece in range(40):
            taken.append(piece)
            yield piece

    for given, made in enumerate(each(str, pieces(), values=1)):
        assert made == str(given)
        assert len(taken) <= given + 1 + by_threads * THREADS


def test_an_error_comes_in_its_turn_and_nothing_runs_on(by_threads: bool) -> None:
    begun: list[int] = []

    def work(piece: int) -> int:
        begun.append(piece)
        if piece in (5, 6):
            raise ValueError(piece)
        return piece

    made: list[int] = []
    with pytest.raises(ValueError, match=r"^5$"):
        made.extend(each(work, range(40), values=1))
    assert max(begun) <= 5 + by_threads * THREADS
    assert threading.active_count() == 1


def test_an_error_of_an_earlier_piece_is_said_before_one_of_the_pieces(by_threads: bool) -> None:
    def pieces() -> Iterator[str]:
        yield "x"
        raise KeyError("no more")

    with pytest.raises(ValueError, match="invalid literal"):
        list(each(int, pieces(), values=int(by_threads)))


def test_an_error_of_the_pieces_themselves_is_raised(by_threads: bool) -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    made: list[int] = []
    with pytest.raises(ValueError, match="no more"):
        made.extend(each(int, pieces(), values=1))
    assert made == [1]


def test_there_may_be_no_piece(by_threads: bool) -> None:
    assert list(each(str, (), values=int(by_threads))) == []


def test_work_is_done_meanwhile_and_asked_for_when_it_is_needed(by_threads: bool) -> None:
    done = threading.Event()

    def work() -> bool:
        done.set()
        return threading.current_thread() is threading.main_thread()

    with meanwhile(work, values=1) as answer:
        assert done.wait(10) if by_threads else not done.is_set()
        assert answer() is not by_threads


def test_an_error_of_what_is_done_meanwhile_is_raised_where_it_is_asked_for(by_threads: bool) -> None:
    def work() -> int:
        raise ValueError("three")

    with meanwhile(work, values=1) as answer, pytest.raises(ValueError, match="three"):
        answer()
    assert threading.active_count() == 1
