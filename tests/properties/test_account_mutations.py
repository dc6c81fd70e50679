"""Nothing in an account can be changed: no byte of the file, no member without a new signature, no value even with one;
and whatever is fed to the verifier, it answers in one line or with a verified account.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.account_world import PEOPLE, STAFF, World, begun
from tests.json_values import json_value
from tests.properties.test_bundle_mutations import other_value, places, reached

from suyuan.errors import RefusedError, SuyuanError, VerificationError
from suyuan.evidence import ecvrf, verify
from suyuan.evidence.account import VerifiedAccount, report, statement, verify_account
from suyuan.evidence.account.file import FORMAT, NAMES
from suyuan.evidence.container import NOTE, format_of, read_container, write_container
from suyuan.evidence.manifest import manifest_text
from suyuan.evidence.plain import encode

JSON_MEMBERS = ("account", "keys", "leaves", "openings", "rows")
BINARY_MEMBERS = ("leaves.proof", "seals.proof", "timestamp.tsr", "checkpoint")


def small_world() -> World:
    """A little of everything: two epochs, rows, a refusal, an account, an erasure of somebody else."""
    person, other = PEOPLE[:2]
    world = begun(person, other)
    world.release(person, STAFF[0])
    world.batch([person, other], STAFF[1])
    world.seal(closing=True)
    world.refuse(STAFF[0], person)
    world.erase(other)
    world.seal(closing=False)
    world.draw(person)
    world.seal(closing=False)
    return world


WORLD = small_world()
FILE = WORLD.write(WORLD.account(PEOPLE[0]))
STAFF_FILE = WORLD.write(WORLD.account(STAFF[0]))
CONTENT = read_container(FILE, names=NAMES)
VALUES = {member: json.loads(CONTENT[f"{member}.json"]) for member in JSON_MEMBERS}
PLACES = {member: list(places(value)) for member, value in VALUES.items()}


@pytest.fixture(autouse=True, scope="module")
def _each_vrf_proof_once() -> Iterator[None]:
    """The one true proof comes again and again; whatever differs is still computed."""
    true = ecvrf.verify
    known: dict[tuple[bytes, bytes, bytes], bytes] = {}

    def once(public: bytes, alpha: bytes, proof: bytes) -> bytes:
        if (public, alpha, proof) not in known:
            known[public, alpha, proof] = true(public, alpha, proof)
        return known[public, alpha, proof]

    ecvrf.verify = once
    yield
    ecvrf.verify = true


def require_refused(data: bytes, *, what: str) -> None:
    message = complaint(data)
    assert message, f"accepted: {what}"
    assert "\n" not in message, what


def complaint(data: bytes) -> str:
    try:
        verify_account(data)
    except (VerificationError, RefusedError) as error:
        return str(error)
    return ""


def repacked(members: dict[str, bytes], *, signed: bool) -> bytes:
    """Give the file of some members, under the old signature or a new one of the true key."""
    vkey = members[NOTE].decode().split("\n")[2]
    if signed:
        note = WORLD.sign(manifest_text(vkey, form=FORMAT, texts=members))
    else:
        note = manifest_text(vkey, form=FORMAT, texts=members) + "\n" + members[NOTE].decode().rpartition("\n\n")[2]
    return write_container({**members, NOTE: note.encode()}, names=NAMES)


def test_the_file_verifies() -> None:
    for data in (FILE, STAFF_FILE):
        verify_account(data)
        assert format_of(data) == FORMAT
        assert len(data) < 16 << 10


def test_every_byte_of_the_file() -> None:
    for data in (FILE, STAFF_FILE):
        changed = bytearray(data)
        for place, byte in enumerate(data):
            for other in (byte ^ (1 << place % 8), (byte + 97) % 256):
                changed[place] = other
                require_refused(bytes(changed), what=f"byte {place}")
            changed[place] = byte


def test_every_length() -> None:
    for size in range(0, len(FILE), 7):
        require_refused(FILE[:size], what=f"cut at {size}")
    require_refused(FILE + b"\0", what="one byte more")
    require_refused(b"\0" + FILE, what="one byte before")


def test_every_byte_of_every_member_without_a_new_signature() -> None:
    for name, content in CONTENT.items():
        for place in range(0, len(content), 3):
            changed = bytearray(content)
            changed[place] ^= 1 << place % 8
            forged = {**CONTENT, name: bytes(changed)}
            require_refused(write_container(forged, names=NAMES), what=f"{name} byte {place}")
            if name != NOTE:
                require_refused(repacked(forged, signed=False), what=f"{name} byte {place}, digest renewed")


@pytest.mark.parametrize("member", BINARY_MEMBERS)
def test_every_byte_of_a_proof_even_with_the_true_key(member: str) -> None:
    content = CONTENT[member]
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        require_refused(repacked({**CONTENT, member: bytes(changed)}, signed=True), what=f"{member} byte {place}")
    for changed_size in (content[:-1], content + b"\1", content[32:], content + bytes(32)):
        if changed_size != content:
            data = repacked({**CONTENT, member: changed_size}, signed=True)
            require_refused(data, what=f"{member} of another size")


def forged(member: str, value: object) -> bytes:
    return repacked({**CONTENT, f"{member}.json": encode(value)}, signed=True)


@pytest.mark.parametrize("member", JSON_MEMBERS)
def test_every_value_even_with_the_true_key(member: str) -> None:
    for path in PLACES[member]:
        changed, inner = reached(VALUES[member], path=path)
        inner[path[-1]] = other_value(inner[path[-1]])  # type: ignore[index]
        require_refused(forged(member, changed), what=f"{member} {path}")


@pytest.mark.parametrize("member", JSON_MEMBERS)
def test_every_item_dropped_or_doubled_even_with_the_true_key(member: str) -> None:
    everywhere = {path[:depth] for path in PLACES[member] for depth in range(1, len(path) + 1)}
    for path in everywhere:
        changed, inner = reached(VALUES[member], path=path)
        if isinstance(inner, list):
            inner.insert(path[-1], inner[path[-1]])  # type: ignore[arg-type]
            require_refused(forged(member, changed), what=f"{member} {path} twice")
        changed, inner = reached(VALUES[member], path=path)
        del inner[path[-1]]  # type: ignore[attr-defined]
        require_refused(forged(member, changed), what=f"{member} {path} gone")


def test_a_timestamp_of_another_checkpoint() -> None:
    require_refused(repacked({**CONTENT, "timestamp.tsr": b"no token of this checkpoint"}, signed=True), what="token")


def test_another_format_is_told_apart() -> None:
    with pytest.raises(VerificationError, match="bundle"):
        verify(FILE)
    note = CONTENT[NOTE].replace(FORMAT.encode(), b"suyuan-account/v2")
    require_refused(write_container({**CONTENT, NOTE: note}, names=NAMES), what="another version")


# ---- whatever is fed to it ------------------------------------------------------------------------------------------


def verified_or_message(data: bytes) -> VerifiedAccount | str:
    try:
        return verify_account(data)
    except SuyuanError as error:
        return str(error)


def try_verify(data: bytes) -> None:
    verified = verified_or_message(data)
    if isinstance(verified, str):
        assert verified
        assert "\n" not in verified
        return
    assert statement(verified)
    assert statement(verified, lang="zh")
    assert json.dumps(report(verified))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try_verify(data)
    try_verify(b"PK\x03\x04" + data)
    format_of(data)
    format_of(b"PK\x03\x04" + data)


@given(member=st.sampled_from([name for name in NAMES if name != NOTE]), content=st.binary(max_size=200))
def test_any_bytes_as_a_member(member: str, content: bytes) -> None:
    try_verify(repacked({**CONTENT, member: content}, signed=True))


@given(data=st.data(), member=st.sampled_from(JSON_MEMBERS), value=json_value)
def test_any_value_anywhere_signed_with_the_true_key(data: st.DataObject, member: str, value: object) -> None:
    path = data.draw(st.sampled_from(PLACES[member]))
    path = path[: data.draw(st.integers(1, len(path)))]
    changed, inner = reached(VALUES[member], path=path)
    inner[path[-1]] = deepcopy(value)  # type: ignore[index]
    with suppress(UnicodeEncodeError):
        try_verify(forged(member, changed))


@given(json_value)
def test_any_payload_is_told_or_refused(value: object) -> None:
    """What a platform wrote into a payload is shown as far as it says something, and never trips the statement."""
    world = begun(PEOPLE[0])
    with suppress(SuyuanError, UnicodeEncodeError, ValueError):
        told = encode(
            {"recipient": {"id": STAFF[0], "kind": "account"}, "purpose": value, "fields": value, "act": value}
        )
        world.payload = lambda recipient, purpose: told  # type: ignore[method-assign, assignment]
        world.release(PEOPLE[0], STAFF[0])
        world.seal(closing=False)
        try_verify(world.write(world.account(PEOPLE[0])))
