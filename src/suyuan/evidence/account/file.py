"""The members of an account of releases as values, and the two ways between them and the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account import members
from suyuan.evidence.account.members import IndexProof, Keys, Leaf, Opening, Row
from suyuan.evidence.container import NOTE, read_container, write_container
from suyuan.evidence.manifest import manifest_text, verify_manifest
from suyuan.evidence.note import VerifyKey
from suyuan.evidence.plain import Node, decode, encode

FORMAT: Final = "suyuan-account/v1"
NAMES: Final = (
    "account.json",
    "checkpoint",
    "keys.json",
    "leaves.json",
    "leaves.proof",
    NOTE,
    "openings.json",
    "rows.json",
    "seals.proof",
    "timestamp.tsr",
)
"""Every member of an account, in the order of the file; each is always there."""

PERSON: Final = "person"
RECIPIENT: Final = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a person (or whoever answers for a recipient) is given, and no more.

    `vkey` is the log's, `checkpoint` its signed checkpoint verbatim. The label is shown whole on the entries
    [first, end); `since` and `until` are the times that were asked for, in milliseconds UTC. `leaves_proof` proves
    all leaves at once, `seals` has one proof for each seal, in the order of the log. `timestamp` may be empty.
    """

    kind: str
    since: int | None
    until: int | None
    first: int
    end: int
    size: int
    vkey: str
    checkpoint: bytes
    keys: Keys
    leaves: tuple[Leaf, ...]
    leaves_proof: bytes
    rows: tuple[Row, ...]
    seals: tuple[IndexProof, ...]
    openings: tuple[Opening, ...]
    timestamp: bytes


def write_account(account: Account, *, sign: Callable[[str], str]) -> bytes:
    """Give the file.

    Args:
        account: what it holds.
        sign: gives the signed note of a text, signed by the log key of `account.vkey` and by nobody else.
    Raises: RefusedError: more than 1 GiB, or a kind other than person and recipient.
        VerificationError: what was given would not be read back.
    """
    if account.kind not in (PERSON, RECIPIENT):
        raise RefusedError("an account is of a person or of a recipient", code="evidence.kind")
    texts = _texts(account)
    note = sign(manifest_text(account.vkey, form=FORMAT, texts=texts)).encode("utf-8")
    data = write_container({**texts, NOTE: note}, names=NAMES)
    if read_account(data) != account:
        raise VerificationError("account: what was written does not read back as it was given")
    return data


def read_account(data: bytes) -> Account:
    """Read a file strictly: container, manifest and its signature, then every member.

    Raises: VerificationError: anything that is not as an account is, naming member and place.
    """
    texts = read_container(data, names=NAMES)
    return _parse(texts, vkey=verify_manifest(texts, form=FORMAT))


def _texts(account: Account) -> dict[str, bytes]:
    about = {
        "end": account.end,
        "first": account.first,
        "kind": account.kind,
        "since": account.since,
        "size": account.size,
        "until": account.until,
        "v": 1,
    }
    return {
        "account.json": encode(about),
        "checkpoint": account.checkpoint,
        "keys.json": encode(account.keys.document()),
        "leaves.json": encode({"leaves": [leaf.document() for leaf in account.leaves]}),
        "leaves.proof": account.leaves_proof,
        "openings.json": encode({"openings": [opening.document() for opening in account.openings]}),
        "rows.json": encode({"rows": [row.document() for row in account.rows]}),
        "seals.proof": b"".join(proof.encode() for proof in account.seals),
        "timestamp.tsr": account.timestamp,
    }


def _parse(texts: Mapping[str, bytes], *, vkey: VerifyKey) -> Account:
    def member(name: str, *keys: str) -> tuple[Node, ...]:
        return decode(texts[f"{name}.json"], place=f"{name}.json").object(*keys)

    end, first, kind, since, size, until, version = member(
        "account", "end", "first", "kind", "since", "size", "until", "v"
    )
    version.whole(least=1, most=1)
    if kind.text() not in (PERSON, RECIPIENT):
        kind.wrong("expected person or recipient")
    keys = decode(texts["keys.json"], place="keys.json")
    (leaves,) = member("leaves", "leaves")
    (rows,) = member("rows", "rows")
    (openings,) = member("openings", "openings")
    return Account(
        kind=kind.text(),
        since=_moment(since),
        until=_moment(until),
        first=first.whole(),
        end=end.whole(),
        size=size.whole(),
        vkey=str(vkey),
        checkpoint=texts["checkpoint"],
        keys=members.read_person_keys(keys) if kind.text() == PERSON else members.read_recipient_keys(keys),
        leaves=members.read_leaves(leaves),
        leaves_proof=texts["leaves.proof"],
        rows=members.read_rows(rows),
        seals=members.read_index_proofs(texts["seals.proof"]),
        openings=members.read_openings(openings),
        timestamp=texts["timestamp.tsr"],
    )


def _moment(node: Node) -> int | None:
    return None if node.value is None else node.whole()
