"""Reads the ledger with tlog-scales: checkpoints and cosignatures, tiles, inclusion, consistency."""

import contextlib
import io
import logging
from argparse import Namespace

from job import judge, read_proof, told
from tlog_scales import cli, signing, tiles, tlog
from tlog_scales import reader as scales

logging.disable()


class Files:
    """A log's files as one case sees them; what tlog-scales calls a backend."""

    def __init__(self, job, case):
        self._job, self._case = job, case

    def get(self, *path):
        """Give a file, or None."""
        return self._job.file("/".join((self._job.log, *path)), self._case)


def reader(job):
    """Give the function that judges one case."""
    log = signing.Vkey.from_string(job.key)
    keys = signing.VkeySet(log, *map(signing.Vkey.from_string, job.witnesses))
    everybody = len(keys.keys)

    def opened(data, *, required):
        checkpoint = tlog.Checkpoint.from_text(data.decode("utf-8"))
        checkpoint.verify(log)
        if checkpoint.origin != log.name or len(keys.verify(checkpoint.signatures, checkpoint)) < required:
            raise ValueError("another origin, or too few signatures")
        own = next(each.payload for each in checkpoint.signatures if log.match(each))
        return checkpoint, told(checkpoint.origin, size=checkpoint.size, root=checkpoint.root_hash, signature=own)

    head, _ = opened(job.file(job.log + "/checkpoint"), required=everybody)
    old, _ = opened(job.file(job.old), required=1)

    def tiles_of(case):
        found = scales.TilesReader(Files(job, case))
        found.set_size(head.size)
        return found

    def check(case):
        match case["Kind"]:
            case "checkpoint":
                return opened(job.file(case["File"], case), required=everybody)[1]
            case "proof" | "leaf":
                leaf, index, path, note = job.proof(case)
                checkpoint, said = opened(note, required=everybody)
                proof = tlog.InclusionProof(index, checkpoint.size, path)
                proof.check(tiles.leaf_hash(leaf), checkpoint.root_hash)
                return read_proof(index, path=path, checkpoint=said)
            case "tile":
                found = tiles_of(case)
                leaf = found.get_entry(case["Entry"])
                found.get_inclusion_proof(case["Entry"], head.size).check(tiles.leaf_hash(leaf), head.root_hash)
            case "audit":
                if tiles_of(case).calculate_root_hash() != head.root_hash:
                    raise ValueError("the tiles do not give the root")
            case "consistency":
                proof = tlog.ConsistencyProof(old.size, head.size, job.consistency(case))
                proof.check(old.root_hash, head.root_hash)
            case "written":
                # The proof that tlog-scales writes of its own, for the bytes to be compared.
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    cli.cmd_gen_proof(Namespace(location=str(job.root / job.log), leaf_index=case["Entry"]))
                return said.getvalue()
            case kind:
                raise ValueError(kind)
        return "ok"

    return check


judge(reader)
