"""The members of a bundle as values, and the two ways between them and the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence import members
from suyuan.evidence.container import NOTE, read_container, write_container
from suyuan.evidence.law import Law, read_law
from suyuan.evidence.manifest import manifest_text, verify_manifest
from suyuan.evidence.members import Accused, Leaf, PlantedHit, ShownPerson, SuspectEntries
from suyuan.evidence.note import VerifyKey
from suyuan.evidence.opening import TraceOpen, read_trace_open
from suyuan.evidence.plain import HASH_BYTES, Node, decode, encode, to_base64

FORMAT = "suyuan-bundle/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything that a court needs, and no more.

    `vkey` is the log's, `checkpoint` its signed checkpoint verbatim. `trace_leaf` and `trace_salt` open the
    `trace-open` entry. `entries` has all persons linked to the accused, `persons` those whose marks are shown.
    """

    vkey: str
    checkpoint: bytes
    leaves: tuple[Leaf, ...]
    laws: tuple[Law, ...]
    trace_leaf: int
    trace_salt: bytes
    opened: TraceOpen
    accused: tuple[Accused, ...]
    entries: tuple[SuspectEntries, ...]
    persons: tuple[ShownPerson, ...]
    planted: tuple[PlantedHit, ...]


def law_of(document: Mapping[str, object]) -> Law:
    """Give the law of a document, as `mark.law.LawBook.document` gives it.

    Raises: VerificationError: not a law document.
    """
    return read_law(decode(encode(document), place="laws.json"))


def write_bundle(bundle: Bundle, *, sign: Callable[[str], str]) -> bytes:
    """Give the file.

    Args:
        bundle: what it holds.
        sign: gives the signed note of a text, signed by the log key of `bundle.vkey` and by nobody else.
    Raises: RefusedError: more than 1 GiB. VerificationError: what was given would not be read back.
    """
    texts = _texts(bundle)
    data = write_container({**texts, NOTE: sign(manifest_text(bundle.vkey, form=FORMAT, texts=texts)).encode("utf-8")})
    if read_bundle(data) != bundle:
        raise VerificationError("bundle: what was written does not read back as it was given")
    return data


def read_bundle(data: bytes) -> Bundle:
    """Read a file strictly: container, manifest and its signature, then every member.

    Raises: VerificationError: anything that is not as a bundle is, naming member and place.
    """
    texts = read_container(data)
    vkey = verify_manifest(texts, form=FORMAT)
    return _parse(texts, vkey=vkey)


def _texts(bundle: Bundle) -> dict[str, bytes]:
    trace = {
        "leaf": bundle.trace_leaf,
        "salt": to_base64(bundle.trace_salt),
        "open": bundle.opened.document(),
    }
    return {
        "accused.json": encode({"accused": [item.document() for item in bundle.accused]}),
        "checkpoint": bundle.checkpoint,
        "entries.json": encode({"entries": [item.document() for item in bundle.entries]}),
        "laws.json": encode({"laws": [law.document for law in bundle.laws]}),
        "leaves.json": encode({"leaves": [leaf.document() for leaf in bundle.leaves]}),
        "persons.json": encode({"persons": [person.document() for person in bundle.persons]}),
        "planted.json": encode({"planted": [hit.document() for hit in bundle.planted]}),
        "trace.json": encode(trace),
    }


def _parse(texts: Mapping[str, bytes], *, vkey: VerifyKey) -> Bundle:
    def member(name: str, *keys: str) -> tuple[Node, ...]:
        return decode(texts[f"{name}.json"], place=f"{name}.json").object(*keys)

    leaf, salt, opened = member("trace", "leaf", "salt", "open")
    (leaves,) = member("leaves", "leaves")
    (laws,) = member("laws", "laws")
    (accused,) = member("accused", "accused")
    (entries,) = member("entries", "entries")
    (persons,) = member("persons", "persons")
    (planted,) = member("planted", "planted")
    return Bundle(
        vkey=str(vkey),
        checkpoint=texts["checkpoint"],
        leaves=members.read_leaves(leaves),
        laws=_read_laws(laws),
        trace_leaf=leaf.whole(),
        trace_salt=salt.raw(size=HASH_BYTES),
        opened=read_trace_open(opened),
        accused=members.read_accused(accused),
        entries=members.read_entries(entries),
        persons=members.read_persons(persons),
        planted=members.read_planted(planted),
    )


def _read_laws(node: Node) -> tuple[Law, ...]:
    laws = tuple(read_law(law) for law in node.list())
    if len({law.digest for law in laws}) != len(laws):
        node.wrong("a law stands twice")
    return laws
