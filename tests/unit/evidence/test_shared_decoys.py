"""Shared decoys in a bundle: what a forger with the log's true key changes is refused, and hiding them costs bits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.evidence_world import require_refused, with_bits
from tests.families import FIELDS, exported

from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import VerificationError
from suyuan.evidence import Bundle, checks, establish, read_bundle, write_bundle
from suyuan.evidence.hashes import root_of
from suyuan.evidence.law import SHARED_DECOY
from suyuan.evidence.plain import encode
from suyuan.terms import Recipient, RecipientKind


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, SigningKey]:
    """A bundle of the product against one of two who compared their copies, and the log's key."""
    with exported(tmp_path_factory.mktemp("family"), people=12, decoys=120) as world:
        path = world.here.folder / "compared.csv"
        world.in_all(0, 1).write_csv(path)
        response = world.here.store.leak_response(world.door, matcher=None)
        traced = response.trace(path)
        raw = response.bundle(traced, suspects=[Recipient(kind=RecipientKind.PARTNER, id=f"p{i}") for i in (0, 2)])
        return read_bundle(raw), world.here.store.ledger.key


def decoys(bundle: Bundle, *, suspect: int = 0) -> list[int]:
    return [
        place
        for place, person in enumerate(bundle.persons)
        if person.suspect == bundle.accused[suspect].suspect and person.copies[0].decoy is not None
    ]


def change(bundle: Bundle, place: int, **changes: Any) -> Bundle:
    persons = list(bundle.persons)
    persons[place] = replace(persons[place], **changes)
    return replace(bundle, persons=tuple(persons))


def change_copy(bundle: Bundle, **changes: Any) -> Bundle:
    place = decoys(bundle)[0]
    return change(bundle, place, copies=(replace(bundle.persons[place].copies[0], **changes),))


def change_decoy(bundle: Bundle, **changes: Any) -> Bundle:
    decoy = bundle.persons[decoys(bundle)[0]].copies[0].decoy
    assert decoy is not None
    return change_copy(bundle, decoy=replace(decoy, **changes))


def other(bundle: Bundle) -> Any:
    return bundle.persons[decoys(bundle)[1]].copies[0]


def other_suspects(bundle: Bundle) -> Any:
    return bundle.persons[decoys(bundle, suspect=1)[0]].copies[0]


def person_of(bundle: Bundle) -> Any:
    return next(person for person in bundle.persons if person.copies[0].fields).copies[0]


def in_entries(bundle: Bundle, change_reads: Callable[[dict[str, int]], dict[str, int]]) -> Bundle:
    """Change what the first decoy's entry says that is read; its root no longer fits either."""
    p = bundle.persons[decoys(bundle)[0]].p
    entries = tuple(
        replace(e, copies=tuple(replace(c, reads=change_reads(dict(c.reads))) for c in e.copies)) if e.p == p else e
        for e in bundle.entries[0].entries
    )
    return replace(bundle, entries=(replace(bundle.entries[0], entries=entries), *bundle.entries[1:]))


FORGERIES: dict[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "another key": (lambda b: change_decoy(b, key=bytes(32)), "the key is not the one"),
    "another decoy's key": (lambda b: change_decoy(b, key=other(b).decoy.key), "the key is not the one"),
    "another salt": (lambda b: change_decoy(b, salt=bytes(32)), "does not open the commitment"),
    "another decoy's identifiers": (
        lambda b: change_decoy(b, identifiers=other(b).decoy.identifiers), "does not open the commitment"
    ),
    "another decoy's row": (lambda b: change_copy(b, manifest=other(b).manifest), "the inclusion proof"),
    "another decoy's row with its proof": (
        lambda b: change_copy(b, manifest=other(b).manifest, proof=other(b).proof), "the inclusion proof"
    ),
    "another copy": (
        lambda b: change(b, decoys(b)[0], copies=(other_suspects(b),)), "the inclusion proof"
    ),
    "a person in her place": (lambda b: change(b, decoys(b)[0], copies=(person_of(b),)), "the inclusion proof"),
    "nothing opened": (lambda b: change_copy(b, decoy=None), "not the channels"),
    "a field beside": (lambda b: change_copy(b, fields=person_of(b).fields), "not the channels"),
    "another class": (
        lambda b: in_entries(b, lambda reads: {SHARED_DECOY: (reads[SHARED_DECOY] + 1) % 3}), "not those that were"
    ),
    "another text": (
        lambda b: change(b, decoys(b)[0], rows=((b.persons[decoys(b)[0]].rows[0][0], {"phone": "1"}),)),
        "texts are not those",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_the_true_key_is_refused(name: str, signed: tuple[Bundle, SigningKey]) -> None:
    forge, complaint = FORGERIES[name]
    require_refused(signed[0], forge=forge, complaint=complaint, key=signed[1])


def test_hiding_decoys_costs_bits(signed: tuple[Bundle, SigningKey]) -> None:
    bundle, _ = signed
    shown, hidden = list(bundle.persons), decoys(bundle)
    before = establish(bundle).findings[0].measure.total
    assert before > 2
    for place in reversed(hidden[:3]):
        del shown[place]
        after = establish(with_bits(replace(bundle, persons=tuple(shown)))).findings[0].measure.total
        assert after < before
        before = after


def test_an_opened_bundle_reads_back(signed: tuple[Bundle, SigningKey]) -> None:
    bundle, key = signed
    written = write_bundle(bundle, sign=lambda text: sign_note(text, keys=(key,)))
    assert read_bundle(written) == bundle
    assert SHARED_DECOY in bundle.opened.channels


def apart(bundle: Bundle) -> Bundle:
    """Enter a decoy of two releases as two decoys, one of each, and commit to that."""
    p, other = bundle.persons[decoys(bundle)[0]].p, bytes(len(bundle.persons[0].p))
    [item] = bundle.entries
    entries = [replace(e, copies=e.copies[:1]) if e.p == p else e for e in item.entries]
    entries += [replace(e, p=other, copies=e.copies[1:]) for e in item.entries if e.p == p]
    persons = [replace(one, copies=one.copies[:1]) if one.p == p else one for one in bundle.persons]
    persons += [replace(one, p=other, copies=one.copies[1:]) for one in bundle.persons if one.p == p]
    suspects = list(bundle.opened.suspects)
    root = root_of([encode(entry.document()) for entry in entries])
    suspects[item.suspect] = replace(suspects[item.suspect], root=root, persons=len(entries))
    return replace(
        bundle, opened=replace(bundle.opened, suspects=tuple(suspects)), persons=tuple(persons),
        entries=(replace(item, entries=tuple(entries)),),
    )  # fmt: skip


def test_one_decoy_of_two_releases_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with exported(tmp_path, people=12, decoys=40) as world:
        frame = world.here.people.select(FIELDS)
        world.here.export(world.door, partner="p0", contract="S-0", name="again.csv", frame=frame)
        world.in_all(0, 1).write_csv(tmp_path / "found.csv")
        response = world.here.store.leak_response(world.door, matcher=None)
        traced = response.trace(tmp_path / "found.csv")
        bundle = read_bundle(response.bundle(traced, suspects=(Recipient(kind=RecipientKind.PARTNER, id="p0"),)))
    place = decoys(bundle)[0]
    assert len(bundle.persons[place].copies) == 2
    assert sum(one.decoys for one in establish(bundle).findings) == len(decoys(bundle))
    # A platform that means it from the start enters her so in its log.
    monkeypatch.setattr(checks, "_verify_opening", lambda *_, **__: None)
    with pytest.raises(VerificationError, match="a person counts twice"):
        establish(apart(bundle))
