"""The members of a bundle as values, and the two ways between them and the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence import members
from suyuan.evidence.container import MEMBERS, NOTE, read_container, write_container
from suyuan.evidence.hashes import sha256
from suyuan.evidence.law import Law, read_law
from suyuan.evidence.members import Accused, Leaf, PlantedHit, ShownPerson, SuspectEntries
from suyuan.evidence.note import LOG, VerifyKey, parse_note, parse_vkey
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
    data = write_container({**texts, NOTE: sign(_note_text(bundle.vkey, texts=texts)).encode("utf-8")})
    if read_bundle(data) != bundle:
        raise VerificationError("bundle: what was written does not read back as it was given")
    return data


def read_bundle(data: bytes) -> Bundle:
    """Read a file strictly: container, manifest and its signature, then every member.

    Raises: VerificationError: anything that is not as a bundle is, naming member and place.
    """
    texts = read_container(data)
    vkey = _verify_manifest(texts)
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


def _note_text(vkey: str, *, texts: Mapping[str, bytes]) -> str:
    lines = [FORMAT, vkey.partition("+")[0], vkey]
    lines += [f"{sha256(texts[name]).hex()} {len(texts[name])} {name}" for name in MEMBERS if name != NOTE]
    return "\n".join(lines) + "\n"


def _verify_manifest(texts: Mapping[str, bytes]) -> VerifyKey:
    """Check that the manifest names every member as it is and is signed by the key it states."""
    note = parse_note(texts[NOTE], place=NOTE)
    lines = note.text.split("\n")
    if lines[0] != FORMAT:
        raise VerificationError(f"{NOTE}: not the format {FORMAT}")
    if len(lines) != len(MEMBERS) + 3 or len(note.signatures) != 1:
        raise VerificationError(f"{NOTE}: expected origin, key, {len(MEMBERS) - 1} members and one signature")
    key = parse_vkey(lines[2], place=NOTE)
    if key.type != LOG:
        raise VerificationError(f"{NOTE}: the key is not that of a log")
    if _note_text(lines[2], texts=texts) != note.text:
        raise VerificationError(f"{NOTE}: a member is not the one that was signed")
    note.verify_signed(key, place=NOTE)
    return key


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
