"""Reads the ledger with aics-tlog: notes, cosignatures, tiles, inclusion, consistency."""

from aics_tlog import (
    VerifiedTileReader,
    WitnessPolicy,
    audit_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)
from aics_tlog.tiles import entry_bundle_path, tile_path
from job import judge, read_proof, told


class Tiles:
    """A log's tiles as one case sees them; what aics-tlog calls a TileReader."""

    def __init__(self, job, case):
        self._job, self._case = job, case

    def read_tile(self, level, index, width):
        """Give a tile, or None."""
        return self._job.file(self._job.log + "/" + tile_path(level, index, width), self._case)

    def read_entry_bundle(self, index, width):
        """Give an entry bundle, or None."""
        return self._job.file(self._job.log + "/" + entry_bundle_path(index, width), self._case)


def reader(job):
    """Give the function that judges one case."""
    log = parse_vkey(job.key)
    witnesses = tuple(parse_vkey(vkey) for vkey in job.witnesses)
    policy = WitnessPolicy(quorum=len(witnesses), witnesses=witnesses)

    def opened(data, **rules):
        note = parse_note(data)
        result = verify_checkpoint(note, log, expected_origin=log.name, **rules)
        if not result.ok:
            raise ValueError(result.error)
        own = [line.signature for line in note.signatures if (line.name, line.key_id) == (log.name, log.key_id)]
        return result, told(result.origin, size=result.size, root=result.root, signature=own[0])

    head, _ = opened(job.file(job.log + "/checkpoint"), policy=policy)
    old, _ = opened(job.file(job.old))

    def check(case):
        match case["Kind"]:
            case "checkpoint":
                return opened(job.file(case["File"], case), policy=policy)[1]
            case "proof" | "leaf":
                leaf, index, path, note = job.proof(case)
                result, said = opened(note, policy=policy)
                if not verify_leaf_inclusion(leaf, index, result.size, path, result.root):
                    raise ValueError("the proof does not lead to the root")
                return read_proof(index, path=path, checkpoint=said)
            case "tile":
                VerifiedTileReader(Tiles(job, case), head.size, head.root).entry(case["Entry"])
            case "audit":
                audit_tiles(Tiles(job, case), head.size, head.root)
            case "consistency":
                if not verify_consistency(old.size, head.size, old.root, head.root, job.consistency(case)):
                    raise ValueError("the proof does not lead to the roots")
            case kind:
                raise ValueError(kind)
        return "ok"

    return check


judge(reader)
