"""Who attests to the log: the witnesses of `policy/log.policy`, and a timestamp authority."""

import sys
from collections.abc import Callable
from pathlib import Path

from suyuan.adapters.http.timestamp import HttpTimestamps
from suyuan.adapters.http.witness import HttpWitnesses
from suyuan.config import Settings, read_witness_policy
from suyuan.errors import RefusedError
from suyuan.evidence.policy import read_policy
from suyuan.flows.publication import Publication
from suyuan.flows.timestamping import Timestamping
from suyuan.flows.witnessing import Witnessing
from suyuan.ledger.ports import TileFiles
from suyuan.legible import printable
from suyuan.terms import Clock

Warn = Callable[[str], None]


def build_publication(settings: Settings, *, files: TileFiles, clock: Clock, warn: Warn | None = None) -> Publication:
    """Give what publishes a store's ledger, with everybody who attests to it.

    Raises: RefusedError: `evidence.policy`, the policy file is not right.
    """
    text = read_witness_policy(settings.store)
    url, roots = settings.ledger.timestamp_url, settings.ledger.timestamp_roots
    return Publication(
        files=files,
        warn=warn or tell,
        witnessing=None if text is None else Witnessing(policy=read_policy(text), client=HttpWitnesses(), clock=clock),
        timestamping=None
        if not url
        else Timestamping(authority=HttpTimestamps(url, roots_pem=lambda: _read_roots(roots)), clock=clock),
    )


def tell(line: str) -> None:
    """Tell the operator something that does not stop the work, in one line on standard error."""
    sys.stderr.write(f"suyuan: warning: {printable(line)}\n")


def _read_roots(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise RefusedError(f"timestamp_roots cannot be read: {e.strerror}", code="ledger.timestamp_roots") from e
