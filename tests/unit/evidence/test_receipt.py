"""Receipts of consents: what verifies is what the log committed to; whatever is altered or forged is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from tests.consent_world import FULFILMENT, KYC, ConsentWorld, consent_world, word
from tests.json_values import json_value

from suyuan.collect.ports import ConsentScope
from suyuan.crypto.canonical import encode
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.receipt import read_receipt, report, statement, verify_receipt, write_receipt
from suyuan.ledger.receipt import sign_receipt
from suyuan.terms import LeafIndex

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "receipts"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConsentWorld]:
    with consent_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def receipt(world: ConsentWorld) -> bytes:
    said = word(FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme", guardian="mother", channel="counter 7")
    return world.consents().give(said).receipt


def policy_of(world: ConsentWorld) -> str:
    return f"log {world.ledger.key.verify_key}\nquorum none\n"


def test_a_receipt_verifies_and_a_policy_authenticates_it(world: ConsentWorld, receipt: bytes) -> None:
    plain = verify_receipt(receipt)
    assert not plain.authenticated
    assert verify_receipt(receipt + b"\n", policy=policy_of(world)).authenticated
    assert plain.record.principal == "C-0"
    assert (plain.record.scope, plain.record.recipient, plain.record.guardian) == ("provision", "acme", "mother")
    assert plain.record.processor == "Courier Co."
    assert plain.entry == 0


def test_another_log_is_not_authenticated(world: ConsentWorld, receipt: bytes) -> None:
    other = SigningKey(b"o" * 32, name=world.ledger.origin).verify_key
    with pytest.raises(VerificationError, match="policy"):
        verify_receipt(receipt, policy=f"log {other}\nquorum none\n")
    with pytest.raises(RefusedError) as error:
        verify_receipt(receipt, policy="nonsense")
    assert error.value.code == "evidence.policy"


def test_the_statement_says_what_was_said_in_two_languages(receipt: bytes) -> None:
    verified = verify_receipt(receipt)
    english, chinese = statement(verified), statement(verified, lang="zh")
    for part in ("GIVEN", "C-0", "acme", "mother", "counter 7", "name, phone", "Signer not authenticated"):
        assert part in english
    for part in ("同意", "C-0", "acme", "mother", "name、phone"):
        assert part in chinese
    data = report(verified)
    assert (data["state"], data["purpose"], data["fields"]) == ("given", "fulfilment", ["name", "phone"])
    with pytest.raises(RefusedError):
        statement(verified, lang="fr")  # type: ignore[arg-type]


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Give the path of every value in a document."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from places(inner, (*path, key))


def with_value(document: object, path: tuple[object, ...], value: object) -> object:
    """Give the document with the value at a path replaced."""
    copied = json.loads(json.dumps(document))
    if not path:
        return value
    at = copied
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copied


def test_no_value_of_it_can_be_changed(receipt: bytes) -> None:
    """Every value of the file, replaced by others of its shape, one at a time."""
    document = json.loads(receipt)
    tried = 0
    for path in places(document):
        at = document
        for key in path:
            at = at[key]
        for other in (
            f"{at}x" if isinstance(at, str) else "x",
            1,
            [],
            {},
            None,
            True,
            at + 1 if type(at) is int else 0,
        ):
            if other != at or type(other) is not type(at):
                tried += 1
                with pytest.raises(VerificationError):
                    verify_receipt(encode(with_value(document, path, other)))
    assert tried > 300


def test_no_byte_of_it_can_be_changed(receipt: bytes) -> None:
    rng = Random(7)
    for _ in range(2_000):
        at, bit = rng.randrange(len(receipt)), 1 << rng.randrange(8)
        altered = receipt[:at] + bytes([receipt[at] ^ bit]) + receipt[at + 1 :]
        with pytest.raises(VerificationError):
            verify_receipt(altered)
    for cut in range(0, len(receipt), 97):
        with pytest.raises(VerificationError):
            verify_receipt(receipt[:cut])


def test_a_receipt_cannot_be_put_together_from_others(world: ConsentWorld) -> None:
    consents = world.consents()
    one, two = (read_receipt(consents.give(word(name)).receipt) for name in (FULFILMENT, KYC))
    parts = [(a.entry, encode(a.leaf.value), a.note, encode(a.receipt.value), a.salt) for a in (one, two)]
    for mask in range(1, 31):
        mixed = [parts[mask >> i & 1][i] for i in range(5)]
        if mixed in ([*parts[0]], [*parts[1]]):
            continue
        entry, leaf, note, record, salt = mixed
        made = write_receipt(entry=entry, key=one.key, leaf=leaf, note=note, receipt=record, salt=salt)  # type: ignore[arg-type]
        with pytest.raises(VerificationError):
            verify_receipt(made)


def test_a_forger_with_a_key_of_his_own_is_told_by_the_policy(world: ConsentWorld, receipt: bytes) -> None:
    file = read_receipt(receipt)
    forger = SigningKey(b"f" * 32, name=world.ledger.origin)
    leaf = encode(file.leaf.value)
    forged = write_receipt(
        entry=file.entry, key=str(forger.verify_key), leaf=leaf, receipt=encode(file.receipt.value), salt=file.salt,
        note=sign_receipt(leaf, index=LeafIndex(file.entry), key=forger).note,
    )  # fmt: skip
    assert verify_receipt(forged).fingerprint != verify_receipt(receipt).fingerprint
    with pytest.raises(VerificationError):
        verify_receipt(forged, policy=policy_of(world))


def test_the_receipt_of_a_release_is_none_of_a_consent(world: ConsentWorld, receipt: bytes) -> None:
    """A leaf of another op with the same members, committed to alike and truly signed, is refused."""
    file = read_receipt(receipt)
    leaf = encode({**file.leaf.value, "op": "account"})  # type: ignore[dict-item]
    key = world.ledger.key
    made = write_receipt(
        entry=0, key=str(key.verify_key), leaf=leaf, receipt=encode(file.receipt.value), salt=file.salt,
        note=sign_receipt(leaf, index=LeafIndex(0), key=key).note,
    )  # fmt: skip
    with pytest.raises(VerificationError, match="op"):
        verify_receipt(made)


@settings(max_examples=200, deadline=None)
@given(json_value)
def test_any_json_is_refused_and_nothing_else_raised(value: object) -> None:
    try:
        data = encode(value)
    except RefusedError:
        return
    with pytest.raises(VerificationError):
        verify_receipt(data)


def test_messages_hold_nothing_of_hers(receipt: bytes) -> None:
    document = json.loads(receipt)
    for path in places(document):
        with pytest.raises(VerificationError) as error:
            verify_receipt(encode(with_value(document, path, "13800138000-x")))
        assert "13800138000" not in str(error.value)


@pytest.mark.parametrize("file", sorted(VECTORS.glob("*.json")), ids=lambda file: file.stem)
def test_receipts_of_before_verify_for_ever(file: Path) -> None:
    data, policy = file.read_bytes(), (VECTORS / "log.policy").read_text()
    if file.stem.startswith("invalid"):
        with pytest.raises(VerificationError):
            verify_receipt(data, policy=policy)
    else:
        verified = verify_receipt(data, policy=policy)
        assert verified.authenticated
        assert verified.record.state == file.stem.split("-")[1]
