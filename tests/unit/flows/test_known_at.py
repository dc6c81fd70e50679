"""When a dump was known bounds its sources: what was released later is no candidate, and that is fixed in the opening."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.courier import Courier, courier

from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence import verify
from suyuan.evidence.checks import _verify_release
from suyuan.evidence.opening import read_trace_open
from suyuan.evidence.plain import decode, encode
from suyuan.release.door import Door
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming.tracer import Traced
from suyuan.trace.report import as_json, render_html

EARLY, LATE, BOTH = (Recipient(kind=RecipientKind.ACCOUNT, id=name) for name in ("early", "late", "both"))


class Story:
    """Thirty customers whom one account saw before a file was known, one later, and one before and later."""

    def __init__(self, here: Courier, door: Door) -> None:
        self.here, self.door = here, door
        customers = here.people["customer"].to_list()[:30]
        for customer in customers:
            here.look_up(door, account="early", customer=customer)
        here.look_up(door, account="both", customer=customers[0])
        time.sleep(0.01)
        self.known = datetime.now(UTC)
        time.sleep(0.01)
        for customer in customers:
            here.look_up(door, account="late", customer=customer)
        here.look_up(door, account="both", customer=customers[1])

    def trace(self, *, whose: str = "early", known_at: datetime | None = None, sets: bool = False) -> Traced:
        path = self.here.folder / f"{whose}.csv"
        if not path.exists():
            self.here.rows_of(whose).write_csv(path)
        flow = self.here.store.leak_response(self.door, matcher=None)
        beside = self.here.store.access_sets().beside if sets else None
        return flow.trace(path, known_at=known_at, beside=beside)

    @property
    def openings(self) -> int:
        return len(list(self.here.store.ledger.named("trace-open")))


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with courier(tmp_path, people=40) as here, here.store.door() as door:
        yield Story(here, door)


def test_later_releases_are_excluded_by_time(story: Story) -> None:
    found = story.trace(known_at=story.known, sets=True).attribution
    assert [finding.recipient for finding in found.named] == [EARLY]
    assert {finding.recipient for finding in found.findings} == {EARLY, BOTH}
    assert [(one.recipient, one.releases, one.persons, one.is_suspect) for one in found.later] == [
        (LATE, 30, 30, False), (BOTH, 1, 1, True),
    ]  # fmt: skip
    assert [one.recipient for one in found.excluded_by_time] == [LATE]
    assert all(one.first > story.known for one in found.later)
    assert found.known_at is not None
    assert abs(found.known_at - story.known) < timedelta(milliseconds=1)
    # Who looks later is no recipient of access sets either.
    assert found.sets is not None
    assert found.sets.recipients == 2
    told = as_json(found)
    assert [one["suspect"] for one in told["later"]] == [False, True]  # type: ignore[attr-defined]
    written = datetime.now(UTC)
    for lang, words in (("en", "only after that"), ("zh", "在此之后才获得")):
        page = render_html(found, lang=lang, bundle_name=None, written_at=written, beside=None)  # type: ignore[arg-type]
        assert words in page


def test_a_later_copy_is_no_source_of_an_earlier_file(story: Story) -> None:
    """The file shows the very copy of somebody who had it only later: then the word about the time is wrong, and nobody is named."""
    assert [one.recipient for one in story.trace(whose="late").attribution.named] == [LATE]
    found = story.trace(whose="late", known_at=story.known).attribution
    assert not found.named
    assert LATE not in {finding.recipient for finding in found.findings}


def test_another_time_is_another_opening(story: Story) -> None:
    first = story.trace(known_at=story.known)
    assert story.trace(known_at=story.known).attribution == first.attribution
    assert story.openings == 1
    plain = story.trace()
    assert (story.openings, plain.attribution.number) == (2, 2)
    assert "known_at" not in plain.fixed.document()
    assert plain.attribution.later == ()
    assert story.trace(known_at=story.known).attribution == first.attribution
    assert story.openings == 2


def test_a_time_before_everything_leaves_nobody(story: Story) -> None:
    found = story.trace(known_at=datetime(2001, 1, 1, tzinfo=UTC)).attribution
    assert found.findings == ()
    assert {one.recipient for one in found.excluded_by_time} == {EARLY, LATE, BOTH}


def test_a_time_to_come_is_refused(story: Story) -> None:
    with pytest.raises(RefusedError, match="still to come") as refused:
        story.trace(known_at=datetime.now(UTC) + timedelta(hours=1))
    assert refused.value.code == "trace.known-at"
    assert story.openings == 0


def test_the_verifier_holds_releases_to_the_time(story: Story) -> None:
    traced = story.trace(known_at=story.known)
    bundle = story.here.store.leak_response(story.door, matcher=None).bundle(traced)
    checked = verify(bundle).checked
    opened = checked.bundle.opened
    assert opened.known_at == int(story.known.timestamp() * 1000)
    assert checked.findings[0].last_released <= opened.known_at
    assert read_trace_open(decode(encode(opened.document()), place="open")) == opened
    release = SimpleNamespace(recipient=b"r", time=opened.known_at)
    room = SimpleNamespace(
        bundle=SimpleNamespace(trace_leaf=9, opened=opened),
        entries=SimpleNamespace(release=lambda _: release),
        law_leaf=lambda _: 0,
    )
    accused, suspect = SimpleNamespace(leaf=1), SimpleNamespace(label=b"r")
    _verify_release(3, accused=accused, suspect=suspect, room=room)  # type: ignore[arg-type]
    release.time += 1
    with pytest.raises(VerificationError, match="after the dump was known"):
        _verify_release(3, accused=accused, suspect=suspect, room=room)  # type: ignore[arg-type]
