"""Attacks by someone who holds the log's true key and signs whatever is forged: refused, or worth fewer bits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.evidence_world import (
    LANES,
    ORDER,
    RATE,
    SPANS,
    Builder,
    World,
    default_copies,
    honest_world,
    secret,
    with_bits,
)

from suyuan.errors import VerificationError
from suyuan.evidence import Bundle, establish, verify
from suyuan.evidence.opening import PersonEntry, TraceOpen


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


def of_suspect(bundle: Bundle, suspect: int) -> list[int]:
    return [i for i, person in enumerate(bundle.persons) if person.suspect == suspect]


def change_person(bundle: Bundle, position: int, **changes: Any) -> Bundle:
    persons = list(bundle.persons)
    persons[position] = replace(persons[position], **changes)
    return replace(bundle, persons=tuple(persons))


def change_copy(bundle: Bundle, **changes: Any) -> Bundle:
    copies = list(bundle.persons[0].copies)
    copies[0] = replace(copies[0], **changes)
    return change_person(bundle, 0, copies=tuple(copies))


def change_field(bundle: Bundle, **changes: Any) -> Bundle:
    fields = dict(bundle.persons[0].copies[0].fields)
    fields["name"] = replace(fields["name"], **changes)
    return change_copy(bundle, fields=fields)


def change_hit(bundle: Bundle, **changes: Any) -> Bundle:
    return replace(bundle, planted=(replace(bundle.planted[0], **changes),))


def change_accused(bundle: Bundle, **changes: Any) -> Bundle:
    return replace(bundle, accused=(replace(bundle.accused[0], **changes), *bundle.accused[1:]))


def change_open(bundle: Bundle, change: Callable[[TraceOpen], TraceOpen]) -> Bundle:
    return replace(bundle, opened=change(bundle.opened))


def lighter(opened: TraceOpen) -> TraceOpen:
    return replace(opened, suspects=(replace(opened.suspects[0], weight=(1, 2)), *opened.suspects[1:]))


def other_row(bundle: Bundle) -> Bundle:
    """Show the right text under another row of the dump."""
    first, second = bundle.persons[0], bundle.persons[1]
    return change_person(bundle, 0, rows=((second.rows[0][0], first.rows[0][1]),))


FORGERIES: Mapping[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "swapped proof": (
        lambda b: change_copy(b, proof=b.persons[1].copies[0].proof), r"manifest: the inclusion proof"
    ),
    "swapped pool proof": (
        lambda b: change_copy(b, pool_proof=b.persons[1].copies[0].pool_proof), r"lanes: the inclusion proof"
    ),
    "another person's lanes": (
        lambda b: change_copy(b, lanes=b.persons[1].copies[0].lanes), r"lanes: the inclusion proof"
    ),
    "another person's manifest row": (
        lambda b: change_copy(b, manifest=b.persons[1].copies[0].manifest), r"manifest: the inclusion proof"
    ),
    "another person's key": (
        lambda b: change_field(b, key=b.persons[1].copies[0].fields["name"].key), r"open\.name: the key is not"
    ),
    "another lane's key": (
        lambda b: change_field(b, key=b.persons[0].copies[0].fields["phone"].key), r"open\.name: the key is not"
    ),
    "other forms": (
        lambda b: change_field(b, forms=tuple(reversed(b.persons[0].copies[0].fields["name"].forms))),
        r"open\.name: the forms are not",
    ),
    "other radices": (lambda b: change_field(b, radices=(4, 1)), r"open\.name: the forms are not"),
    "another salt": (lambda b: change_field(b, salt=bytes(32)), r"open\.name: the forms are not"),
    "a hidden channel": (
        lambda b: change_copy(b, fields={"phone": b.persons[0].copies[0].fields["phone"]}),
        r"open: not the channels",
    ),
    "a hidden omission": (lambda b: change_copy(b, omission_key=None), r"open: not the channels"),
    "another omission key": (lambda b: change_copy(b, omission_key=bytes(32)), r"omission: the key is not"),
    "changed cell text": (
        lambda b: change_person(b, 0, rows=((b.persons[0].rows[0][0], {"name": "x", "phone": "y"}),)),
        r"rows: the texts are not",
    ),
    "another row": (other_row, r"rows: not the rows"),
    "hidden row": (lambda b: change_person(b, 0, rows=()), r"rows: not the rows"),
    "omitted copy": (
        lambda b: change_person(b, fullest(b), copies=b.persons[fullest(b)].copies[:1]), r"copies: not the copies"
    ),
    "a person shown twice": (lambda b: replace(b, persons=(b.persons[0], *b.persons)), r"persons: expected each once"),
    "a stranger": (lambda b: change_person(b, 0, p=bytes(16)), r"was not linked to an accused"),
    "dropped entry": (
        lambda b: replace(
            b, entries=(replace(b.entries[0], entries=b.entries[0].entries[1:]), b.entries[1]),
            persons=tuple(p for p in b.persons if p.p != b.entries[0].entries[0].p),
        ),
        r"not as many persons",
    ),
    "dropped entry, count adjusted": (
        lambda b: change_open(
            replace(b, entries=(replace(b.entries[0], entries=b.entries[0].entries[1:]), b.entries[1])),
            lambda o: replace(o, suspects=(replace(o.suspects[0], persons=5), o.suspects[1])),
        ),
        r"trace\.json: does not open",
    ),
    "hidden entries of one accused": (lambda b: replace(b, entries=b.entries[:1]), r"persons of every accused"),
    "changed weight": (lambda b: change_open(b, lighter), r"trace\.json: does not open"),
    "changed alpha": (
        lambda b: change_open(b, lambda o: replace(o, alpha=(1, 1000))), r"trace\.json: does not open"
    ),
    "kinder grid": (lambda b: change_open(b, lambda o: replace(o, grid=o.grid[:1])), r"trace\.json: does not open"),
    "other dump": (
        lambda b: change_open(b, lambda o: replace(o, dump=replace(o.dump, sha256=bytes(32)))),
        r"trace\.json: does not open",
    ),
    "another name": (lambda b: change_accused(b, id="counter-9"), r"recipient does not open"),
    "another recipient's entry": (lambda b: change_accused(b, leaf=b.accused[1].leaf), r"another label"),
    "more bits": (lambda b: change_accused(b, bits="99.99"), r"stated bits"),
    "fewer bits": (lambda b: change_accused(b, bits="0.01"), r"stated bits"),
    "named after all": (
        lambda b: replace(b, accused=(b.accused[0], replace(b.accused[1], named=True))), r"against the evidence"
    ),
    "spared after all": (lambda b: change_accused(b, named=False), r"against the evidence"),
    "another planted key": (lambda b: change_hit(b, key=bytes(32)), r"planted\[0\]: the key is not"),
    "another attempt": (lambda b: change_hit(b, attempt=1), r"is not the one that the key draws"),
    "another lane of the decoy": (lambda b: change_hit(b, lane=0), r"planted\[0\]: the key is not"),
    "another decoy": (
        lambda b: change_hit(b, opening={**b.planted[0].opening, "use": "alias"}), r"opening: does not open"
    ),
    "decoy found elsewhere": (
        lambda b: change_hit(b, found=replace(b.planted[0].found, row=0)), r"found: the inclusion proof"
    ),
    "decoy of another person": (lambda b: change_hit(b, row=0), r"manifest: the inclusion proof"),
    "decoy shown twice": (lambda b: replace(b, planted=b.planted * 2), r"planted: expected each once"),
    "decoy moved to another": (lambda b: change_hit(b, suspect=1), r"a release to somebody else"),
    "missing leaf": (lambda b: replace(b, leaves=b.leaves[:5] + b.leaves[6:]), r"leaf 5: is referred to"),
    "missing law leaf": (lambda b: replace(b, leaves=b.leaves[1:]), r"the entry of its law is not"),
    "missing law": (lambda b: replace(b, laws=()), r"open\.law: is not among"),
    "another trace": (lambda b: replace(b, trace_leaf=9), r"leaf 9: expected an entry of op trace-open"),
    "another trace salt": (lambda b: replace(b, trace_salt=bytes(32)), r"trace\.json: does not open"),
    "leaf of another index": (
        lambda b: replace(b, leaves=(*b.leaves[:-1], replace(b.leaves[-1], index=10))), r"leaf 10: stands outside"
    ),
}  # fmt: skip


def fullest(bundle: Bundle) -> int:
    return max(range(len(bundle.persons)), key=lambda i: len(bundle.persons[i].copies))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_the_true_key_is_refused(name: str, world: World) -> None:
    forge, complaint = FORGERIES[name]
    forged = forge(world.bundle)
    assert forged != world.bundle
    with pytest.raises(VerificationError, match=complaint) as caught:
        verify(world.write(forged))
    assert "\n" not in str(caught.value)


def test_hiding_persons_costs_bits(world: World) -> None:
    before = establish(world.bundle).findings[0].measure.total
    shown = list(world.bundle.persons)
    for position in reversed(of_suspect(world.bundle, 0)):
        del shown[position]
        fewer = with_bits(replace(world.bundle, persons=tuple(shown)))
        after = verify(world.write(fewer)).checked.findings[0].measure.total
        assert after < before
        before = after


def test_hiding_a_hit_costs_bits(world: World) -> None:
    fewer = with_bits(replace(world.bundle, planted=()))
    assert verify(world.write(fewer)).checked.findings[0].measure.planted < 0


def refused(builder: Builder) -> str:
    world = builder.build()
    with pytest.raises(VerificationError) as caught:
        verify(world.write(with_bits(world.bundle)))
    return str(caught.value)


def moved(name: str, *, behind: str) -> tuple[str, ...]:
    order = [item for item in ORDER if item != name]
    order.insert(order.index(behind) + 1, name)
    return tuple(order)


@pytest.mark.parametrize(
    ("name", "behind", "complaint"),
    [
        ("law", "batch-0", "before its law"),
        ("recipient-0", "single-0", "before its recipient"),
        ("keys", "batch-0", "keys were drawn after it"),
        ("batch-0", "trace", "after the trace was opened"),
    ],
)
def test_the_order_of_the_log_is_law(name: str, behind: str, complaint: str) -> None:
    assert complaint in refused(Builder(order=moved(name, behind=behind)))


def test_a_copy_made_after_the_trace_was_opened_is_refused() -> None:
    def copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
        more = (("after-0", 0),) if (suspect, person) == (0, 0) else ()
        return (*default_copies(suspect, person), *more)

    assert "after the trace was opened" in refused(Builder(copies_of=copies))


def test_row_keys_serve_one_release() -> None:
    assert "served another release" in refused(Builder(spans={**SPANS, "single-0": (0, 1)}))


def test_a_wrong_ordinal_is_refused() -> None:
    class Shifted(Builder):
        def person_row(self, name: str, row: int, person: int) -> bytes:
            raw = super().person_row(name, row, person)
            return raw[:1] + (row + 20).to_bytes(8, "big") + raw[9:] if name == "batch-0" else raw

    assert "ordinal" in refused(Shifted())


def test_somebody_else_s_release_is_refused() -> None:
    def copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
        return default_copies(1, person)

    assert "to somebody else" in refused(Builder(copies_of=copies))


def test_a_person_counts_once() -> None:
    """The same person stands twice in a batch, and is entered as two: the label tells."""

    assert "counts twice" in refused(Builder(batch_persons=(0, 1, 2, 3, 4, 4), copies_of=twin_copies))


def twin_copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
    return ((f"batch-{suspect}", person),)


def test_two_persons_do_not_count_as_one() -> None:
    def copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
        if suspect == 0 and person in (0, 5):
            return (("batch-0", 0), ("batch-0", 5)) if person == 0 else (("single-0", 0),)
        return default_copies(suspect, person)

    assert "copies of two persons count as one" in refused(Builder(copies_of=copies))


def test_one_copy_belongs_to_one_person() -> None:
    def copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
        return default_copies(suspect, 3 if person == 4 else person)

    assert "a copy belongs to two persons" in refused(Builder(copies_of=copies))


def change_reads(reads: Mapping[str, int]) -> Callable[[list[PersonEntry]], list[PersonEntry]]:
    def change(entries: list[PersonEntry]) -> list[PersonEntry]:
        return [replace(e, copies=tuple(replace(c, reads=reads) for c in e.copies)) for e in entries]

    return change


@pytest.mark.parametrize(
    ("reads", "complaint"),
    [
        ({"name": 0, "phone": 0, "omission": RATE}, "a lane serves two fields"),
        ({"name": 1, "phone": 0, "omission": RATE}, "the key is not"),
        ({**LANES, "omission": 9}, "the law has no such rate"),
        ({**LANES}, "not the channels"),
    ],
)
def test_false_lanes_and_rates_are_refused(reads: dict[str, int], complaint: str) -> None:
    only_batches = Builder(change_entries=change_reads(reads), copies_of=twin_copies)
    assert complaint in refused(only_batches)


def test_a_duplicated_entry_is_refused() -> None:
    def change(entries: list[PersonEntry]) -> list[PersonEntry]:
        again = replace(entries[0], p=secret("again")[:16])
        return sorted([*entries, again], key=lambda entry: entry.p)

    assert "a copy belongs to two persons" in refused(Builder(change_entries=change))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda o: replace(o, alpha=(2, 1)), r"open\.alpha"),
        (lambda o: replace(o, suspects=tuple(replace(s, weight=(2, 3)) for s in o.suspects)), r"sum to more than 1"),
        (lambda o: replace(o, suspects=(o.suspects[0], o.suspects[0])), r"a suspect stands twice"),
        (lambda o: replace(o, channels=("name", "name")), r"open\.channels"),
        (lambda o: replace(o, channels=("name", "fax")), r"open\.channels"),
        (lambda o: replace(o, channels=("name", "omission")), r"open\.grid\[0\]\[2\]"),
        (lambda o: replace(o, grid=(replace(o.grid[0], share=1000),)), r"open\.grid\[0\]\[0\]"),
        (lambda o: replace(o, grid=(replace(o.grid[0], live=("city",)),)), r"open\.grid\[0\]\[2\]"),
        (lambda o: replace(o, number=0), r"open\.number"),
        (lambda o: replace(o, dump=replace(o.dump, rows=1)), r"beyond the end of the dump"),
        (lambda o: replace(o, pools={}), r"nothing of this pool was found"),
        (
            lambda o: replace(o, suspects=(replace(o.suspects[0], planted=0), o.suspects[1])),
            r"more hits than were planted",
        ),
    ],
)
def test_an_opening_that_no_evidence_can_rest_on_is_refused(
    change: Callable[[TraceOpen], TraceOpen], complaint: str
) -> None:
    world = Builder(change_open=change).build()
    with pytest.raises(VerificationError, match=complaint):
        verify(world.write(world.bundle))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("170 0000 1234", True), ("008617000001234", True), ("+86-170-0000-1234", True), ("170 0000 1235", False),
     ("1234", False), ("", False), ("１７０００００１２３４", True), ("9917000001234", False)],
)  # fmt: skip
def test_a_cell_shows_a_telephone_number(text: str, shown: bool) -> None:
    from suyuan.evidence.reading import shows_identifier

    assert shows_identifier(text, identifier="+8617000001234", kind="phone") is shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Ann.Li5@Post.Example.org", True), ("Ann <ann.li5@post.example.org>", True), ("joann.li5@post.example.org", False),
     ("ann.li5@post.example.org.cn", False), ("", False)],
)  # fmt: skip
def test_a_cell_shows_a_mailbox(text: str, shown: bool) -> None:
    from suyuan.evidence.law import MailPool
    from suyuan.evidence.reading import shows_identifier

    pool = MailPool(
        domain="post.example.org", size=16, given=("ann", "bo"), separators=(".",), family=("li",), numbers=8
    )
    assert pool.member(5) == "ann.li5@post.example.org"
    assert shows_identifier(text, identifier="ann.li5@post.example.org", kind="email") is shown


def test_laws_of_the_product_are_read_alike() -> None:
    from suyuan.evidence import law_of
    from suyuan.evidence.law import choose
    from suyuan.mark.law import LawBook, uniform
    from suyuan.mark.pool import MailPool, PhonePool

    pools = {
        "calls": PhonePool(name="calls", first="+8617000000000", size=1 << 20),
        "mail": MailPool(name="mail", domain="post.example.org"),
    }
    book = LawBook(kinds={}, omissions=(655, 3277), pools=pools)
    law = law_of(book.document())
    assert law.digest == book.digest()
    for name, pool in pools.items():
        for index in (0, 1, 12_345, pool.size - 1):
            assert law.pools[name].member(index) == pool.member(index)
    for radix in range(1, 17):
        for draw in (0, 1, 30_000, 65_535):
            assert choose(law.radix[radix], draw=draw) == uniform(radix).choose(draw)
