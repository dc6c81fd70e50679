"""Attacks by a platform that enters something twice: one pool of keys, one key, one label, one number."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.evidence_world import ORDER, POOL_ROWS, SPANS, Builder, secret, with_bits

from suyuan.crypto import commit, keystream
from suyuan.crypto.canonical import encode, to_base64
from suyuan.errors import VerificationError
from suyuan.evidence import verify
from suyuan.evidence.members import Accused
from suyuan.evidence.opening import TraceOpen


def refused(builder: Builder) -> str:
    world = builder.build()
    with pytest.raises(VerificationError) as caught:
        verify(world.write(with_bits(world.bundle)))
    return str(caught.value)


class TwoPools(Builder):
    """An innocent's batch is marked by the keys of the accused's: the same seed stands behind a second `keys` entry."""

    def __init__(self, *, second_rows: int = POOL_ROWS) -> None:
        self.second_rows = second_rows
        order = [*ORDER[:5], "keys-2", *ORDER[5:]]
        super().__init__(order=order, spans={**SPANS, "batch-1": (0, 7)})

    def leaf(self, name: str, *, opened: TraceOpen) -> bytes:
        members = json.loads(super().leaf("keys" if name == "keys-2" else name, opened=opened))
        members["t"] = 1_790_000_000_000 + 1000 * self.index(name)
        if name == "keys-2":
            members |= {"n": self.second_rows, "r": to_base64(self.second_tree().root)}
        if name == "batch-1":
            members["k"][0] = self.index("keys-2")
        return encode(members)

    def second_tree(self) -> Any:
        return keystream.pool_tree(self.seed, rows=self.second_rows, lanes=3)

    def chain(self, name: str, row: int) -> dict[str, object]:
        proof = {} if name != "batch-1" else {"pool_proof": self.second_tree().inclusion_proof(row)}
        return {**super().chain(name, row), **proof}


def test_one_pool_of_keys_stands_in_one_entry() -> None:
    assert refused(TwoPools()) == "leaf 5: a pool of row keys was entered twice"


def test_one_key_serves_one_row_though_the_pools_have_different_roots() -> None:
    assert refused(TwoPools(second_rows=16)) == "persons.json: suspect 1: a key serves twice"


class TwoNames(Builder):
    """The accused's label was entered a second time, for somebody else, and the bundle accuses that one."""

    def __init__(self) -> None:
        super().__init__(order=(*ORDER[:3], "recipient-9", *ORDER[3:]))

    def recipient(self, suspect: int) -> tuple[bytes, dict[str, object]]:
        if suspect == 9:
            return secret("recipient salt", 9), {"id": "wang", "kind": "account", "label": "Wang"}
        return super().recipient(suspect)

    def leaf(self, name: str, *, opened: TraceOpen) -> bytes:
        if name != "recipient-9":
            return super().leaf(name, opened=opened)
        salt, opening = self.recipient(9)
        committed = commit.commitment(commit.RECIPIENT, salt=salt, payload=encode(opening))
        body = {"op": "recipient", "c": to_base64(committed), "l": to_base64(secret("recipient", 0))}
        return encode({**body, "v": 1, "e": 0, "t": 1_790_000_000_000 + 1000 * self.index(name)})

    def accused(self, suspect: int) -> Accused:
        if suspect != 0:
            return super().accused(suspect)
        salt, opening = self.recipient(9)
        leaf = self.index("recipient-9")
        return replace(super().accused(0), id="wang", label=str(opening["label"]), salt=salt, leaf=leaf)


def test_one_label_has_one_name() -> None:
    assert refused(TwoNames()) == "leaf 3: a recipient's label was entered twice"


class OtherNumber(Builder):
    """The log says in clear that it was the third dump; the bundle says it was the first, whose line is lower."""

    def leaf(self, name: str, *, opened: TraceOpen) -> bytes:
        members = json.loads(super().leaf(name, opened=opened))
        return encode(members | {"n": 3} if name == "trace" else members)


def test_the_number_of_the_dump_is_the_one_that_the_log_gives() -> None:
    assert "open.number: is not the number" in refused(OtherNumber())


@pytest.mark.parametrize(("alpha", "fits"), [((1, 2), True), ((2, 4), True), ((51, 100), False), ((1, 1), False)])
def test_alpha_is_at_most_a_half(alpha: tuple[int, int], *, fits: bool) -> None:
    world = Builder(change_open=lambda o: replace(o, alpha=alpha)).build()
    if fits:
        assert verify(world.write(with_bits(world.bundle))).checked.bundle.opened.alpha == alpha
        return
    with pytest.raises(VerificationError, match=r"open\.alpha: expected a fraction of at most 1/2"):
        world.write()
