import pytest
from tests.ledger_world import KEY, MemoryFiles, MemoryStore, batch, digest, release, started

from suyuan.crypto.merkle import consistency_proof, inclusion_proof, leaf_hash, leaf_hashes, root
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    BatchEntry,
    TileReader,
    batch_table,
    open_checkpoint,
    prove_consistency,
    prove_inclusion,
    publish,
    read_checkpoint,
    read_proof,
    read_table,
    sign_checkpoint,
    verify_growth,
    verify_proof,
    verify_row,
    write_proof,
)
from suyuan.ledger.tiles import bundle_path, decode_bundle, encode_bundle, tile_path

KEYS = [KEY.verify_key]


def test_proofs_from_tiles_are_those_of_the_leaves() -> None:
    ledger, files = started(MemoryStore()), MemoryFiles()
    ledger.append([release(i) for i in range(300)])
    old = publish(ledger, files=files, key=KEY)
    ledger.append([release(i) for i in range(300, 1000)])
    new = publish(ledger, files=files, key=KEY)
    hashes = leaf_hashes(ledger.leaves(0, end=ledger.size))
    assert new.root == root(hashes)
    tiles = TileReader(files, size=new.size)
    for index in (0, 1, 255, 256, 511, 512, 1000, 1001):
        path = prove_inclusion(index, tiles=tiles)
        assert path == inclusion_proof(hashes, index=index)
        text = write_proof(index, path=path, checkpoint=new, extra=b"salt")
        proof, checkpoint = verify_proof(text, leaf=ledger.leaf(index), keys=KEYS)
        assert (proof.index, proof.extra, checkpoint) == (index, b"salt", new)
        with pytest.raises(VerificationError):
            verify_proof(text, leaf=ledger.leaf(index) + b" ", keys=KEYS)
    proof_of_growth = prove_consistency(old.size, tiles=tiles)
    assert proof_of_growth == consistency_proof(hashes, old_size=old.size)
    verify_growth(old, new=new, proof=proof_of_growth)
    with pytest.raises(VerificationError):
        verify_growth(old, new=new, proof=proof_of_growth[1:])
    foreign = sign_checkpoint(2000, root=digest(1), keys=[SigningKey(bytes(32), name="other.example")])
    with pytest.raises(VerificationError, match="two logs"):
        verify_growth(old, new=foreign, proof=())


def test_every_altered_byte_of_a_proof_is_refused() -> None:
    ledger, files = started(MemoryStore()), MemoryFiles()
    ledger.append([release(i) for i in range(3)])
    checkpoint = publish(ledger, files=files, key=KEY)
    path = prove_inclusion(3, tiles=TileReader(files, size=checkpoint.size))
    text = write_proof(3, path=path, checkpoint=checkpoint)
    for position in range(len(text)):
        for other in ("A", "\n", " ", "0"):
            bad = text[:position] + other + text[position + 1 :]
            if bad != text:
                with pytest.raises(VerificationError):
                    verify_proof(bad, leaf=ledger.leaf(3), keys=KEYS)
        with pytest.raises(VerificationError):
            verify_proof(text[:position], leaf=ledger.leaf(3), keys=KEYS)


@pytest.mark.parametrize("text", [
    "", "c2sp.org/tlog-proof@v2\nindex 0\n\nnote", "c2sp.org/tlog-proof@v1\n\nnote", "c2sp.org/tlog-proof@v1\nindex 01\n\nnote",
    "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nnote", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote",
    "c2sp.org/tlog-proof@v1\nindex 0\n" + "A\n" * 64 + "\nnote",
])  # fmt: skip
def test_a_malformed_proof_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        read_proof(text)


def test_a_checkpoint_is_signed_under_its_own_origin() -> None:
    checkpoint = sign_checkpoint(5, root=digest(1), keys=[KEY])
    assert open_checkpoint(checkpoint.note, keys=KEYS) == checkpoint == read_checkpoint(checkpoint.note.encode("utf-8"))
    for text in ("other.example\n5\n{root}\n", "log.example/suyuan\n05\n{root}\n", "log.example/suyuan\n-5\n{root}\n",
                 "log.example/suyuan\n5\nAAAA\n", "log.example/suyuan\n5\n", "log.example/suyuan\n5\n{root}\n\nx\n"):  # fmt: skip
        note = sign_note(text.format(root=checkpoint.note.split("\n")[2]), keys=[KEY])
        with pytest.raises(VerificationError):
            open_checkpoint(note, keys=KEYS)


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, index=1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(1, index=0, width=17) == "tile/1/000.p/17"
    assert bundle_path(1000, width=256) == "tile/entries/x001/000"
    assert bundle_path(273, width=112, prefix="batch/7/") == "batch/7/tile/entries/273.p/112"


def test_bundles_read_back_and_every_truncation_is_refused() -> None:
    leaves = [b"", b"a", b"b" * 300]
    data = encode_bundle(leaves)
    assert decode_bundle(data) == leaves
    for end in range(len(data)):
        try:
            assert decode_bundle(data[:end]) == leaves[: len(decode_bundle(data[:end]))]
            assert end in (2, 5)
        except VerificationError:
            pass
    for bad in (b"", b"\x00", encode_bundle([b""] * 257)):
        with pytest.raises(VerificationError):
            decode_bundle(bad)


def test_missing_tiles_are_named() -> None:
    tiles = TileReader(MemoryFiles({"tile/0/000.p/3": b"x" * 95}), size=3)
    with pytest.raises(VerificationError, match="tile 0/0"):
        prove_inclusion(0, tiles=tiles)
    with pytest.raises(VerificationError, match="entry bundle 0"):
        tiles.bundle(0)


def test_a_row_of_a_batch_chains_to_its_leaf() -> None:
    draft = batch(0, count=5)
    entry = draft.body
    assert isinstance(entry, BatchEntry)
    tree = read_table(draft.sides["table"], entry=entry)
    for position in range(5):
        proof = tree.inclusion_proof(position)
        verify_row(digest(1000 + position), commitment=digest(position), position=position, proof=proof, entry=entry)
        with pytest.raises(VerificationError):
            verify_row(digest(1), commitment=digest(position), position=position, proof=proof, entry=entry)
    for body in (draft.sides["table"][:-1], draft.sides["table"][:-64], draft.sides["table"][64:] + bytes(64), b""):
        with pytest.raises(VerificationError):
            read_table(body, entry=entry)


def test_a_batch_table_is_sorted_and_has_each_label_once() -> None:
    table = batch_table([(digest(3), digest(1)), (digest(1), digest(2)), (digest(2), digest(3))])
    assert (table.order, table.rows) == ((1, 2, 0), 3)
    assert table.tree.leaf(0) == leaf_hash(digest(1) + digest(2))
    with pytest.raises(RefusedError, match="twice"):
        batch_table([(digest(1), digest(1)), (digest(1), digest(2))])
    with pytest.raises(RefusedError, match="32 bytes"):
        batch_table([(b"", bytes(64))])
    twice = [digest(1) + digest(1), digest(1) + digest(2)]
    entry = batch(0, count=1).body
    assert isinstance(entry, BatchEntry)
    forged = BatchEntry(
        commitment=entry.commitment, keys=entry.keys, manifest=entry.manifest, rows=2, law=entry.law,
        recipient=entry.recipient, table=root(leaf_hashes(twice)),
    )  # fmt: skip
    with pytest.raises(VerificationError, match="twice"):
        read_table(b"".join(twice), entry=forged)
