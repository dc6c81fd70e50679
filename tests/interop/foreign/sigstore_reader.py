"""Reads the ledger with sigstore: the log's signature and inclusion; it knows neither witnesses nor tiles."""

from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from job import base64, judge, read_proof, told
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore_models.common import v1

UNKNOWN = bytes(32)


def reader(job):
    """Give the function that judges one case."""
    name, key_id, key = job.key.split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    keyring = Keyring(
        [v1.PublicKey(raw_bytes=base64.b64encode(der), key_details=v1.PublicKeyDetails.PKIX_ED25519, valid_for=None)]
    )

    def entry(note, *, root, **proof):
        checkpoint = SimpleNamespace(envelope=note.decode("utf-8"))
        inner = SimpleNamespace(
            log_id=SimpleNamespace(key_id=bytes.fromhex(key_id)),
            inclusion_proof=SimpleNamespace(checkpoint=checkpoint, root_hash=root, **proof),
        )
        return SimpleNamespace(_inner=inner)

    def opened(note):
        signed = SignedCheckpoint.from_text(note.decode("utf-8"))
        head = signed.checkpoint
        root = bytes.fromhex(head.log_hash)
        verify_checkpoint(keyring, entry(note, root=root))
        if head.origin != name:
            raise ValueError("another origin")
        own = next(each for each in signed.signed_note.signatures if each.sig_hash.hex() == key_id)
        signature = base64.b64decode(own.signature)
        return head, root, told(head.origin, size=head.log_size, root=root, signature=signature)

    def check(case):
        match case["Kind"]:
            case "checkpoint":
                return opened(job.file(case["File"], case))[2]
            case "proof" | "leaf":
                leaf, index, path, note = job.proof(case)
                head, root, said = opened(note)
                proved = entry(note, root=root, log_index=index, tree_size=head.log_size, hashes=path)
                proved._inner.canonicalized_body = leaf
                verify_merkle_inclusion(proved)
                return read_proof(index, path=path, checkpoint=said)
            case kind:
                raise ValueError(kind)

    return check


judge(reader)
