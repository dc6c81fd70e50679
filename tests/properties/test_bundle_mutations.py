"""Nothing in a bundle can be changed: no byte of the file, no member without a new signature, no value even with one."""

import json
from collections.abc import Iterator
from copy import deepcopy

import pytest
from tests.evidence_world import World, honest_world

from suyuan.errors import RefusedError, SuyuanError, VerificationError
from suyuan.evidence import verify
from suyuan.evidence.bundle import FORMAT
from suyuan.evidence.container import NOTE, read_container, write_container
from suyuan.evidence.manifest import manifest_text
from suyuan.evidence.plain import encode

SMALL_BYTES = 32 << 10
Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


@pytest.fixture(scope="module")
def file(world: World) -> bytes:
    data = world.write()
    assert len(data) <= SMALL_BYTES
    verify(data)
    return data


def require_refused(data: bytes, *, what: str) -> None:
    """Check that a file is refused in one clear line."""
    message = complaint(data)
    assert message, f"accepted: {what}"
    assert "\n" not in message, what


def complaint(data: bytes) -> str:
    """Give the refusal of a file, or nothing."""
    try:
        verify(data)
    except (VerificationError, RefusedError) as error:
        return str(error)
    return ""


def test_every_byte_of_the_file(file: bytes) -> None:
    changed = bytearray(file)
    for place, byte in enumerate(file):
        for other in (byte ^ (1 << place % 8), (byte + 97) % 256):
            changed[place] = other
            require_refused(bytes(changed), what=f"byte {place}")
        changed[place] = byte


def test_every_length(file: bytes) -> None:
    for size in range(0, len(file), 7):
        require_refused(file[:size], what=f"cut at {size}")
    require_refused(file + b"\0", what="one byte more")
    require_refused(b"\0" + file, what="one byte before")


def test_every_byte_of_every_member_without_a_new_signature(file: bytes) -> None:
    """The container is packed anew, first with the old manifest, then with a manifest that names the new digest."""
    members = read_container(file)
    for name, content in members.items():
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << place % 8
            forged = {**members, name: bytes(changed)}
            if place % 50 == 0:
                require_refused(write_container(forged), what=f"{name} byte {place}")
            if name != NOTE:
                require_refused(write_container(with_new_digests(forged)), what=f"{name} byte {place}, digest renewed")


def with_new_digests(members: dict[str, bytes]) -> dict[str, bytes]:
    text, _, signature = members[NOTE].decode().rpartition("\n\n")
    renewed = manifest_text(text.split("\n")[2], form=FORMAT, texts=members)
    return {**members, NOTE: f"{renewed}\n{signature}".encode()}


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Give the path to every scalar inside a value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    else:
        yield path


def other_value(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value:
            # Stays strict base64 where it was: the first letter changes, not padding or trailing bits.
            return ("B" if value[0] != "B" else "C") + value[1:]
        case _:
            return "other"


def forged(world: World, members: dict[str, bytes], *, name: str, value: object) -> bytes:
    """Give the file with one member replaced, signed anew with the true key."""
    changed = {**members, name: encode(value)}
    text = manifest_text(world.bundle.vkey, form=FORMAT, texts=changed)
    return write_container({**changed, NOTE: world.sign(text).encode()})


MEMBERS = ["accused", "entries", "laws", "leaves", "persons", "planted", "trace"]


@pytest.mark.parametrize("member", MEMBERS)
def test_every_value_even_with_the_true_key(member: str, world: World, file: bytes) -> None:
    members, name = read_container(file), f"{member}.json"
    value = json.loads(members[name])
    for path in places(value):
        changed = deepcopy(value)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = other_value(inner[path[-1]])
        require_refused(forged(world, members, name=name, value=changed), what=f"{name} {path}")


@pytest.mark.parametrize("member", MEMBERS)
def test_every_item_dropped_or_doubled_even_with_the_true_key(member: str, world: World, file: bytes) -> None:
    """Refused, or it was not needed: the findings stay as they are, or are worth less."""
    honest = verify(file).checked.findings
    members, name = read_container(file), f"{member}.json"
    value = json.loads(members[name])
    everywhere = {path[:depth] for path in places(value) for depth in range(1, len(path) + 1)}
    for path in everywhere:
        for changed in (dropped(value, path=path), doubled(value, path=path)):
            if changed is None:
                continue
            data = forged(world, members, name=name, value=changed)
            try:
                findings = verify(data).checked.findings
            except SuyuanError:
                continue
            # Two decimals of almost no evidence can hide a person who was left out: never to anybody's harm.
            assert member in ("leaves", "persons"), f"{name} {path}"
            assert member == "persons" or findings == honest, f"{name} {path}"
            for mine, theirs in zip(findings, honest, strict=True):
                assert mine.measure.total <= theirs.measure.total, f"{name} {path}"
                assert mine.named == theirs.named, f"{name} {path}"


def reached(value: object, *, path: Path) -> tuple[object, object]:
    changed = deepcopy(value)
    inner: object = changed
    for step in path[:-1]:
        inner = inner[step]  # type: ignore[index]
    return changed, inner


def dropped(value: object, *, path: Path) -> object:
    changed, inner = reached(value, path=path)
    del inner[path[-1]]  # type: ignore[attr-defined]
    return changed


def doubled(value: object, *, path: Path) -> object:
    changed, inner = reached(value, path=path)
    if not isinstance(inner, list) or not isinstance(path[-1], int):
        return None
    inner.insert(path[-1], inner[path[-1]])
    return changed
