"""The eraser: cut short anywhere, it is finished at the next opening, with one entry in the ledger and no more."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.courier import Courier, courier

from suyuan.app import open_store
from suyuan.errors import RefusedError
from suyuan.hold.erase import Eraser
from suyuan.ledger.entry import EraseEntry
from suyuan.ledger.log import Ledger
from suyuan.ledger.verify import verify_log
from suyuan.terms import PersonNumber


class CutError(BaseException):
    """The process dies here."""


def cut(eraser: Eraser, *, step: str, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die at one step of the erasure: before it, or right after."""
    owner = {"begin_erase": eraser._people, "append": eraser._ledger, "erase": eraser._keys, "rows": eraser._people}[
        step
    ]
    name = "erase" if step == "rows" else step
    real: Callable[..., object] = getattr(owner, name)

    def dies(*arguments: object, **named: object) -> object:
        if after:
            real(*arguments, **named)
        raise CutError

    monkeypatch.setattr(owner, name, dies)


def erasures(ledger: Ledger) -> list[bytes]:
    """Give the labels of all erasures in the ledger."""
    return [entry.body.label for _, entry in ledger.entries() if isinstance(entry.body, EraseEntry)]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Courier]:
    with courier(tmp_path, people=6) as opened:
        yield opened


@pytest.mark.parametrize("after", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("step", ["begin_erase", "append", "erase", "rows"])
@pytest.mark.parametrize("is_enrolled", [True, False], ids=["enrolled", "not enrolled"])
def test_an_erasure_that_was_cut_short_is_finished(
    here: Courier, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, is_enrolled: bool
) -> None:
    store = here.store
    person = here.numbers[here.people["customer"][2]]
    if not is_enrolled:
        person = store.broker.enrol(1)
    with monkeypatch.context() as patched:
        cut(store.eraser, step=step, after=after, monkeypatch=patched)
        with suppress(CutError):
            store.eraser.erase(person)
    begun = len(store.people.erasing())
    # The epoch may end before anybody opens the store again.
    store.ledger.seal(closing=True)
    assert store.eraser.finish() == begun == (0 if (step, after) in {("begin_erase", False), ("rows", True)} else 1)
    if step == "begin_erase" and not after:
        assert store.broker.secrets_held((person,))[0]
        assert erasures(store.ledger) == []
        return
    assert not store.broker.secrets_held((person,))[0]
    assert len(erasures(store.ledger)) == 1
    assert (store.people.erasing(), store.people.record(person)) == ((), None)
    verify_log(store.ledger, keys=(store.ledger.key.verify_key,))


def test_the_entry_carries_her_registry_label_which_is_free_again(here: Courier) -> None:
    person = here.numbers[here.people["customer"][0]]
    label = here.store.registrar.label_of(person)
    assert label is not None
    assert list(here.store.ledger.registered([label])) == [label]
    index = here.store.eraser.erase(person)
    body = here.store.ledger.entry(index).body
    assert isinstance(body, EraseEntry)
    assert body.label == label
    assert not here.store.ledger.registered([label])


def test_nobody_is_erased_twice_or_unknown(here: Courier) -> None:
    person = here.numbers[here.people["customer"][0]]
    here.store.eraser.erase(person)
    size = here.store.ledger.size
    for nobody in (person, PersonNumber(-1), PersonNumber(10_000)):
        with pytest.raises(RefusedError):
            here.store.eraser.erase(nobody)
    assert here.store.ledger.size == size
    assert here.store.people.erasing() == ()


def test_what_was_begun_is_finished_when_the_store_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with courier(tmp_path, people=6) as here:
        person = here.numbers[here.people["customer"][2]]
        with monkeypatch.context() as patched:
            cut(here.store.eraser, step="erase", after=False, monkeypatch=patched)
            with suppress(CutError):
                here.store.eraser.erase(person)
        assert here.store.broker.secrets_held((person,))[0]
    with open_store(tmp_path / "store") as store:
        assert not store.broker.secrets_held((person,))[0]
        assert store.people.record(person) is None
        assert len(erasures(store.ledger)) == 1
