import hmac
from hashlib import sha256

import pytest

from suyuan.crypto import kdf
from suyuan.crypto.merkle import Tree, verify_inclusion
from suyuan.errors import RefusedError

KEY = bytes(range(32))
ORIGIN = "log.example/suyuan"


def test_an_era_holds_32_epochs_and_a_registry_15_eras() -> None:
    assert [kdf.era_start(epoch, first_epoch=1) for epoch in (1, 32, 33, 480)] == [1, 1, 33, 449]
    assert [kdf.era_start(epoch, first_epoch=40) for epoch in (40, 71, 72, 519)] == [40, 40, 72, 488]
    assert kdf.era_starts(1)[-1] == 449


def test_after_the_last_era_the_shard_is_full() -> None:
    with pytest.raises(RefusedError) as refused:
        kdf.era_start(481, first_epoch=1)
    assert refused.value.code == "ledger.shard_full"
    assert refused.value.hint is not None
    assert "rotate" in refused.value.hint


@pytest.mark.parametrize(("epoch", "first"), [(0, 1), (39, 40), (3, 0)])
def test_an_epoch_before_the_registry_has_no_era(epoch: int, first: int) -> None:
    with pytest.raises(RefusedError) as refused:
        kdf.era_start(epoch, first_epoch=first)
    assert refused.value.code == "ledger.epoch"


def test_the_formulas_are_as_documented() -> None:
    info = b"suyuan/label-era/v1\x00" + ORIGIN.encode() + b"\x00" + (33).to_bytes(4, "big")
    era = hmac.digest(KEY, info + b"\x01", "sha256")
    message = b"suyuan/label/v1\x00" + ORIGIN.encode() + b"\x00"
    label = hmac.digest(era, message + (40).to_bytes(4, "big"), "sha256")
    zero = hmac.digest(KEY, message + bytes(4), "sha256")
    assert kdf.person_label(KEY, origin=ORIGIN, epoch=40, first_epoch=1) == label
    assert kdf.person_label(KEY, origin=ORIGIN, epoch=0, first_epoch=1) == zero == kdf.label(KEY, origin=ORIGIN)
    leaves = kdf.enrolment_leaves(KEY, origin=ORIGIN, first_epoch=1)
    assert len(leaves) == 16
    assert leaves[0] == sha256(b"\x00suyuan/label-zero/v1\x00" + zero).digest()
    assert leaves[2] == sha256(b"\x00suyuan/label-era/v1\x00" + (33).to_bytes(4, "big") + era).digest()


def test_one_era_opens_beside_the_hashes_of_the_others() -> None:
    leaves = kdf.enrolment_leaves(KEY, origin=ORIGIN, first_epoch=1)
    root = kdf.enrolment_commitment(KEY, origin=ORIGIN, first_epoch=1)
    verify_inclusion(leaves[2], index=2, size=16, proof=Tree(leaves).inclusion_proof(2), root=root)
    assert root != kdf.enrolment_commitment(KEY, origin=ORIGIN, first_epoch=2)
    assert root != kdf.enrolment_commitment(KEY, origin="other.example", first_epoch=1)
