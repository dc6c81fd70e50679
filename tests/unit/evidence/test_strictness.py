"""What honest writers never produce is refused by name: laws, notes, manifest rows, numbers, base64, texts."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.evidence_world import ORDER, RATE, SPANS, Builder, World, honest_world, law_document, with_bits

from suyuan.crypto import merkle
from suyuan.crypto.canonical import encode, to_base64
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.evidence import Bundle, law_of, verify
from suyuan.evidence.container import LIMIT_BYTES, MEMBERS, read_container, write_container
from suyuan.evidence.dump import check_dump
from suyuan.evidence.hashes import EMPTY_ROOT, root_of, verify_inclusion
from suyuan.evidence.note import parse_checkpoint, parse_note, parse_vkey
from suyuan.evidence.opening import PersonEntry
from suyuan.evidence.plain import Node, decode


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


def change_law(**changes: object) -> dict[str, object]:
    return {**law_document(), **changes}


LISTED = {"kind": "phone", "listed": 20, "digest": "A" * 43 + "="}
MAIL = {"kind": "email", "domain": "a.example", "size": 8, "given": ["x", "y"], "separators": ["."],
        "family": ["z"], "numbers": 4}  # fmt: skip


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (change_law(v=4), "v: expected a whole number from 1 to 3"),
        (change_law(v=1), "exactly the keys v, kinds, radix, omission, pools"),
        (change_law(v=3), "exactly the keys v, kinds, radix, omission, pools, bias, decoy"),
        (change_law(v=3, decoy={"0": [65536]}), r"decoy\.0: expected a list of 2"),
        (change_law(radix={"2": [65536, 0]}), r"radix\.2\[1\]"),
        (change_law(radix={"2": [32768, 32767]}), "do not sum to 65536"),
        (change_law(radix={"02": [1, 65535]}), "expected a number as the key"),
        (change_law(radix={"x": [1, 65535]}), "expected a number as the key"),
        (change_law(radix={"17": [1] * 17}), "expected 1 to 16 choices"),
        (change_law(radix={"3": [1, 65535]}), "expected a list of 3"),
        (change_law(omission={"7": [65535, 1]}), "a rate does not fit"),
        (change_law(kinds={"phone": {"version": 1, "slots": ["a"] * 5}}), "more than 4 slots"),
        (change_law(kinds={"a b": {"version": 1, "slots": []}}), "a key is not a plain name"),
        (change_law(kinds=[]), "kinds: expected an object"),
        (change_law(pools={"p": {"kind": "phone", "first": "8617", "size": 4}}), "E.164"),
        (change_law(pools={"p": {"kind": "phone", "first": "+8617000000000", "size": 5}}), "a power of two"),
        (change_law(pools={"p": {**MAIL, "kind": "post"}}), "expected phone or email"),
        (change_law(pools={"p": {**LISTED, "kind": "post"}}), "expected phone or email"),
        (change_law(pools={"p": {**LISTED, "listed": 0}}), "expected a whole number from 1"),
        (change_law(pools={"p": {**LISTED, "digest": "AA=="}}), "strict base64 of 32 bytes"),
        (change_law(pools={"p": {**LISTED, "size": 2}}), "exactly the keys kind, listed, digest"),
        (change_law(pools={"p": {**MAIL, "size": 16}}), "not that of the family"),
        (change_law(pools={"p": {**MAIL, "given": ["x", "x"]}}), "stands twice"),
        (change_law(pools={"p": {"kind": "fax"}}), "exactly the keys"),
    ],
)
def test_a_law_that_is_none_is_refused(document: dict[str, object], place: str) -> None:
    with pytest.raises(VerificationError, match=place):
        law_of(document)


@pytest.mark.parametrize(
    "text",
    [b'{"a":1.0}', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":9007199254740992}', b"[1e3]", b"NaN", b"-0",
     b'"\\u4e00"', b'"\xff"', b"\xef\xbb\xbf1", '"a"'.encode("utf-16"), b"", b'"\\ud800"', b"[" * 5000],
)  # fmt: skip
def test_only_canonical_json(text: bytes) -> None:
    with pytest.raises(VerificationError, match=r"^x: not canonical JSON$"):
        decode(text, place="x")


@pytest.mark.parametrize(
    "read",
    [
        lambda n: n.flag(), lambda n: n.whole(), lambda n: n.list(), lambda n: n.object("a"), lambda n: n.raw(),
        lambda n: n.name(), lambda n: n.hex(), lambda n: list(n.items()),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_place(read: Callable[[Node], object]) -> None:
    with pytest.raises(VerificationError, match=r"^a\.b: ") as caught:
        read(Node("17012345678 ", "a.b"))
    assert "170" not in str(caught.value)


@pytest.mark.parametrize("text", ["AAAA=", "AAB=", "A A=", "AA", "AAA\n", "AA-_", "＝", 5])
def test_only_strict_base64(text: object) -> None:
    with pytest.raises(VerificationError):
        Node(text, "x").raw()


@pytest.mark.parametrize(
    "note",
    [
        b"", b"text\n", b"text\n\n", b"text\n\nname AAAA\n", "a\n\n— n AAAA\n".encode(), "a\n\n— n AAAAAAAA".encode(),
        "a\tb\n\n— n AAAAAAAA\n".encode(), "a\n\n— n AAAAAAA=\n— n\n".encode(), b"\xff\n\n",
        ("a\n\n" + "— n AAAAAAAA\n" * 101).encode(),
    ],
)  # fmt: skip
def test_only_signed_notes(note: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_note(note, place="x")


@pytest.mark.parametrize("text", ["o\n1\n", "o\n01\nAAAA\n", f"o\n1\n{to_base64(bytes(31))}\n", "\n1\n\n"])
def test_only_checkpoints(text: str) -> None:
    with pytest.raises(VerificationError, match=r"checkpoint"):
        parse_checkpoint(f"{text}\n— n AAAAAAAA\n".encode(), place="checkpoint")


def test_vkeys(world: World) -> None:
    vkey = world.bundle.vkey
    assert str(parse_vkey(vkey, place="x")) == vkey
    name, key_id, key = vkey.split("+", 2)
    for bad in (f"{name}+00000000+{key}", f"{name}+{key_id.upper()}+{key}", name, f"+{key_id}+{key}", vkey + "A"):
        with pytest.raises(VerificationError):
            parse_vkey(bad, place="x")


def test_trees_are_those_of_the_ledger() -> None:
    for size in range(1, 20):
        entries = [bytes([i]) * 3 for i in range(size)]
        tree = merkle.Tree([merkle.leaf_hash(entry) for entry in entries])
        assert root_of(entries) == tree.root
        for index, entry in enumerate(entries):
            proof = tree.inclusion_proof(index)
            verify_inclusion(entry, index=index, size=size, proof=proof, root=tree.root, place="x")
            for bad in (proof[:-1] if proof else (bytes(32),), (*proof, bytes(32))):
                with pytest.raises(VerificationError):
                    verify_inclusion(entry, index=index, size=size, proof=bad, root=tree.root, place="x")
    assert root_of([]) == EMPTY_ROOT == merkle.EMPTY_ROOT


def test_a_checkpoint_of_another_log_is_refused(world: World) -> None:
    other = SigningKey(bytes(32), name="other.example/log")
    text = world.bundle.checkpoint.decode().rpartition("\n\n")[0] + "\n"
    renamed = text.replace(world.key.verify_key.name, "other.example/log")
    for note, complaint in (
        (sign_note(renamed, keys=[other]), "of another log"),
        (sign_note(text, keys=[SigningKey(bytes(32), name=world.key.verify_key.name)]), "one signature by the log"),
    ):
        with pytest.raises(VerificationError, match=complaint):
            verify(world.write(replace(world.bundle, checkpoint=note.encode())))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda b: replace(b, accused=()), "nobody is accused"),
        (lambda b: replace(b, laws=b.laws * 2), "a law stands twice"),
        (lambda b: replace(b, persons=tuple(replace(p, suspect=7) for p in b.persons[:1])), "was not linked"),
        (lambda b: replace(b, planted=tuple(replace(p, suspect=7) for p in b.planted)), "who is not accused"),
        (
            lambda b: replace(
                b, accused=(replace(b.accused[0], suspect=9),), entries=(replace(b.entries[0], suspect=9),), persons=()
            ),
            "is not among the suspects",
        ),
        (
            lambda b: replace(
                b, entries=(replace(b.entries[0], entries=(other_p(b.entries[0].entries[0]), *b.entries[0].entries[1:])),
                            b.entries[1]), persons=()
            ),
            "not those that were committed",
        ),
    ],
)  # fmt: skip
def test_members_that_do_not_fit_each_other(change: Callable[[Bundle], Bundle], complaint: str, world: World) -> None:
    with pytest.raises(VerificationError, match=complaint):
        verify(world.write(change(world.bundle)))


def other_p(entry: PersonEntry) -> PersonEntry:
    return replace(entry, p=bytes(16))


def built(builder: Builder) -> str:
    world = builder.build()
    with pytest.raises(VerificationError) as caught:
        verify(world.write(with_bits(world.bundle)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda raw: b"\x03" + raw[1:], "not a manifest row"),
        (lambda raw: raw[:9], "not a manifest row"),
        (lambda raw: raw[:-1], "not a manifest row"),
        (lambda raw: raw[:30], "not a manifest row"),
        (lambda raw: b"\x02" + raw[1:41], "of a planted identifier, not of a person"),
        (lambda raw: raw[:49] + b"\x01" + raw[50:82], "no table for its lane"),
    ],
)
def test_a_manifest_row_that_is_none(change: Callable[[bytes], bytes], complaint: str) -> None:
    class Odd(Builder):
        def person_row(self, name: str, row: int, person: int) -> bytes:
            return change(super().person_row(name, row, person))

    assert complaint in built(Odd())


def test_a_release_of_one_names_its_person() -> None:
    class Other(Builder):
        def leaf(self, name: str, **rest: Any) -> bytes:
            leaf = super().leaf(name, **rest)
            own, other = (to_base64(sha256(repr(("label", i)).encode()).digest()).encode() for i in (0, 3))
            return leaf.replace(own, other) if name == "single-0" else leaf

    assert "another person than the release names" in built(Other())


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("keys", b'"w":3', b'"w":4', "not the lanes of its pool"),
        ("keys", b'"n":32', b'"n":6', "not the lanes of its pool"),
        ("batch-0", b'"v":1', b'"v":2', "leaf 5.v"),
        ("batch-0", b'"n":6', b'"x":6', "not the keys of an entry"),
        ("batch-0", b'"op":"batch"', b'"op":"seal"', "expected an entry of op release or batch"),
        ("policy", b'"op":"policy"', b'"op":"law"', ""),
    ],
)
def test_entries_that_do_not_fit(name: str, old: bytes, new: bytes, complaint: str) -> None:
    class Odd(Builder):
        def leaf(self, which: str, **rest: Any) -> bytes:
            leaf = super().leaf(which, **rest)
            return encode_again(leaf.replace(old, new)) if which == name else leaf

    if complaint:
        assert complaint in built(Odd())
    else:
        world = Odd().build()
        verify(world.write(with_bits(world.bundle)))


def encode_again(leaf: bytes) -> bytes:
    import json

    return encode(json.loads(leaf))


def test_a_planted_row_cannot_stand_for_a_person() -> None:
    def copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
        return ((f"batch-{suspect}", person),)

    class Odd(Builder):
        def hit(self) -> Any:
            return replace(super().hit(), row=0, **self.chain("batch-0", 0))  # type: ignore[arg-type]

    assert "the row of a person, not of a planted identifier" in built(Odd(copies_of=copies))


def test_found_places_must_be_in_the_dump() -> None:
    class Elsewhere(Builder):
        change: ClassVar[dict[str, Any]] = {}

        def found(self) -> list[Any]:
            return [replace(item, **self.change) for item in super().found()]

    for change, complaint in (
        ({"at": 7}, "no column of the dump"),
        ({"row": 99}, "beyond the end of the dump"),
        ({"text": "170 9999 9999"}, "does not show the identifier"),
    ):
        Elsewhere.change = change
        assert complaint in built(Elsewhere())


def test_a_release_under_an_unknown_law_is_refused() -> None:
    world = Builder().build()
    other = law_of({**law_document(), "pools": {}})
    with pytest.raises(VerificationError, match="is not among the laws"):
        verify(world.write(replace(world.bundle, laws=(other,))))


def test_sizes_have_a_limit(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from suyuan.evidence import container

    data = world.write()
    assert LIMIT_BYTES == 1 << 30
    monkeypatch.setattr(container, "LIMIT_BYTES", 2 << 20)
    with pytest.raises(RefusedError, match="1 GiB"):
        write_container({**dict.fromkeys(MEMBERS, b""), "trace.json": bytes(2 << 20)})
    monkeypatch.setattr(container, "LIMIT_BYTES", len(data) - 1)
    with pytest.raises(VerificationError, match="larger than 1 GiB"):
        read_container(data)


def test_a_dump_that_cannot_be_read_is_unavailable(world: World) -> None:
    class Broken(type(Path())):  # type: ignore[misc]
        def open(self, *_: object, **__: object) -> Any:
            raise OSError(5, "input/output error")

    with pytest.raises(UnavailableError, match="system error 5"):
        check_dump(Broken("dump"), bundle=world.bundle)
    with pytest.raises(UnavailableError, match="system error 5"):
        verify(Broken("bundle"))


def test_the_world_is_as_described() -> None:
    assert set(SPANS) <= set(ORDER)
    assert str(RATE) in law_document()["omission"]  # type: ignore[operator]
