"""A tiny honest log, two suspects, six persons, one leak; and every knob that an attacker of a bundle would turn.

Built with `suyuan.crypto` and `suyuan.mark`, so that what the verifier computes on its own is held against them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product

import pytest

from suyuan.crypto import commit, keystream, merkle
from suyuan.crypto.canonical import encode, to_base64
from suyuan.crypto.sign import SigningKey, sign_note
from suyuan.errors import VerificationError
from suyuan.evidence import Bundle, establish, law_of, verify, write_bundle
from suyuan.evidence.arithmetic import EITHER, WIDE, Slots, stated
from suyuan.evidence.members import Accused, Leaf, OpenedField, PlantedHit, ShownCopy, ShownPerson, SuspectEntries
from suyuan.evidence.opening import (
    ATTACKS,
    Column,
    Copy,
    Dialect,
    DumpFacts,
    Found,
    FoundTree,
    PersonEntry,
    Strategy,
    Suspect,
    TraceOpen,
)
from suyuan.mark.law import BIASED, Law, omission, uniform

ORIGIN = "log.example.org/courier"
RATE = 3277
LANES = {"name": 0, "phone": 1}
OMISSION_LANE = 2
POOL_ROWS = 32
POOL_SIZE = 1 << 20
FIRST_NUMBER = 8617000000000
ORDER = (
    "law", "policy", "recipient-0", "recipient-1", "keys", "batch-0", "single-0", "batch-1", "trace", "after-0",
)  # fmt: skip
SPANS = {"batch-0": (0, 7), "single-0": (7, 1), "batch-1": (8, 7), "after-0": (15, 1)}
RADICES = {"name": (2, 2), "phone": (3, 2)}
PERSONS = 6
PLANTED_ROW = 6
SUSPECT_NAMES = ("counter-7", "counter-8")
CHANNELS = ("name", "phone", "omission")


def secret(*parts: object) -> bytes:
    """Give 32 bytes that depend on nothing but their name."""
    return sha256(repr(parts).encode()).digest()


def forms(person: int, *, field: str) -> tuple[str, ...]:
    if field == "name":
        given, family = f"xiao{chr(97 + person)}", "wei"
        return (f"{family} {given}", f"{family}, {given}", f"{given} {family}", f"{given} - {family}")
    number = f"1790000{person:04d}"
    heads = (number, f"+86{number}", f"0086{number}")
    return tuple(head + tail for head, tail in product(heads, ("", " ext 0")))


def digits_of(place: int, *, radices: tuple[int, ...]) -> tuple[int, ...]:
    """Give the choices of the form at a place, by counting."""
    return list(product(*(range(radix) for radix in radices)))[place]


def law_document() -> dict[str, object]:
    return {
        "v": 2,
        "bias": {str(bias): list(law.weights) for bias, law in BIASED.items()},
        "kinds": {
            "person_name": {"version": 1, "slots": ["order", "mark"]},
            "phone": {"version": 1, "slots": ["head", "tail"]},
        },
        "radix": {str(radix): list(uniform(radix).weights) for radix in range(1, 5)},
        "omission": {str(RATE): list(omission(omitted_per_65536=RATE).weights)},
        "pools": {"decoys": {"kind": "phone", "first": f"+{FIRST_NUMBER}", "size": POOL_SIZE}},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What came out: the bundle, the key that signs it, the dump, and the truth about every pair."""

    bundle: Bundle
    key: SigningKey
    dump: bytes
    truth: Mapping[int, Sequence[Sequence[Mapping[str, Slots]]]]

    def sign(self, text: str) -> str:
        return sign_note(text, keys=[self.key])

    def write(self, bundle: Bundle | None = None) -> bytes:
        return write_bundle(bundle or self.bundle, sign=self.sign)


class Builder:
    """Builds one world. `order` may be shuffled, `spans` may overlap, and three hooks change what is committed."""

    def __init__(
        self,
        *,
        order: Sequence[str] = ORDER,
        spans: Mapping[str, tuple[int, int]] = SPANS,
        copies_of: Callable[[int, int], tuple[tuple[str, int], ...]] | None = None,
        change_entries: Callable[[list[PersonEntry]], list[PersonEntry]] = lambda entries: entries,
        change_open: Callable[[TraceOpen], TraceOpen] = lambda opened: opened,
        batch_persons: Sequence[int] = range(PERSONS),
    ) -> None:
        self.key = SigningKey(secret("log"), name=ORIGIN)
        self.seed = secret("pool")
        self.order = tuple(order)
        self.spans = spans
        self.copies_of = copies_of or default_copies
        self.change_entries = change_entries
        self.change_open = change_open
        self.batch_persons = tuple(batch_persons)
        self.law = law_document()
        self.pool_tree = keystream.pool_tree(self.seed, rows=POOL_ROWS, lanes=3)
        self.manifests = {name: self.manifest(name) for name in spans}
        self.rows, self.dump = self.leak()

    # --- keys and marks -------------------------------------------------------------------------------------------

    def lane_key(self, ordinal: int, lane: int) -> bytes:
        return keystream.lane_bytes(self.seed, first=ordinal, count=1, lanes=3)[lane * 32 : lane * 32 + 32]

    def draw(self, ordinal: int, lane: int, slot: int) -> int:
        return int.from_bytes(self.lane_key(ordinal, lane)[2 * slot : 2 * slot + 2], "big")

    def laws(self, name: str, row: int, field: str) -> list[Law]:
        """Give the laws of a field's slots: in a batch the first slot of two choices has the person's bias."""
        laws = [uniform(radix) for radix in RADICES[field]]
        bias = self.biases(name, row)[LANES[field] : LANES[field] + 1]
        if bias and bias[0]:
            laws[RADICES[field].index(2)] = BIASED[bias[0]]
        return laws

    def biases(self, name: str, row: int) -> bytes:
        """Give the bias classes of a row's fields: those of its person, whoever has it; none in a look-up."""
        person = self.person_at(name, row)
        return bytes((person + lane) % 3 for lane in LANES.values()) if name.startswith("batch") and person else b""

    def marks(self, name: str, row: int, field: str) -> tuple[int, ...]:
        ordinal, lane = self.spans[name][0] + row, LANES[field]
        return tuple(law.choose(self.draw(ordinal, lane, k)) for k, law in enumerate(self.laws(name, row, field)))

    def is_kept(self, ordinal: int) -> bool:
        return omission(omitted_per_65536=RATE).choose(self.draw(ordinal, OMISSION_LANE, 0)) == 0

    # --- manifests ------------------------------------------------------------------------------------------------

    def person_at(self, name: str, row: int) -> int | None:
        if name.startswith("batch"):
            return None if row == PLANTED_ROW else self.batch_persons[row]
        return 0

    def table_salt(self, name: str, row: int, field: str) -> bytes:
        return secret("table", name, row, field)

    def person_row(self, name: str, row: int, person: int) -> bytes:
        ordinal = self.spans[name][0] + row
        tables = b""
        for field in LANES:
            text = "\n".join(["radices " + ",".join(map(str, RADICES[field])), *forms(person, field=field)])
            tables += commit.commitment(commit.TABLES, salt=self.table_salt(name, row, field), payload=text.encode())
        biases = self.biases(name, row)
        head = (b"\x03" if biases else b"\x01") + ordinal.to_bytes(8, "big")
        return head + secret("label", person) + bytes(8) + b"\x02" + tables + biases

    def decoy(self, name: str) -> tuple[bytes, dict[str, object]]:
        ordinal = self.spans[name][0] + PLANTED_ROW
        index = int.from_bytes(self.lane_key(ordinal, 1)[:8], "big") % POOL_SIZE
        return secret("planted", name), {
            "pool": "decoys", "identifier": f"+{FIRST_NUMBER + index}", "use": "decoy", "kind": "phone",
        }  # fmt: skip

    def manifest(self, name: str) -> list[bytes]:
        first, count = self.spans[name]
        rows = []
        for row in range(count):
            person = self.person_at(name, row)
            if person is None:
                salt, opening = self.decoy(name)
                planted = commit.commitment(commit.PLANTED, salt=salt, payload=encode(opening))
                rows.append(b"\x02" + (first + row).to_bytes(8, "big") + planted)
            else:
                rows.append(self.person_row(name, row, person))
        return rows

    # --- the leak: suspect 0's first batch, plus strangers and two numbers of the pool -------------------------------

    def shown_form(self, person: int, field: str) -> str:
        marks = self.marks("batch-0", person, field)
        place = [digits_of(i, radices=RADICES[field]) for i in range(len(forms(person, field=field)))].index(marks)
        return forms(person, field=field)[place].upper()

    def leak(self) -> tuple[dict[int, dict[str, str]], bytes]:
        rows: dict[int, dict[str, str]] = {}
        lines = ["name,phone,city"]
        for person in range(PERSONS):
            if self.is_kept(self.spans["batch-0"][0] + person):
                cells = {field: self.shown_form(person, field) for field in LANES}
                rows[len(lines) - 1] = {"person": str(person), **cells}
                lines.append(f'"{cells["name"]}",{cells["phone"]},x')
        identifier = str(self.decoy("batch-0")[1]["identifier"])
        self.decoy_row = len(lines) - 1
        lines.append(f"any one,{identifier[3:6]} {identifier[6:]},x")
        lines.append("a stranger,+8617000000001,x")
        return rows, ("\r\n".join(lines) + "\r\n").encode()

    def found(self) -> list[Found]:
        identifier = str(self.decoy("batch-0")[1]["identifier"])
        other = Found(
            p=secret("found", 1)[:16], pool="decoys", identifier="+8617000000001", row=self.decoy_row + 1, at=1,
            text="+8617000000001",
        )  # fmt: skip
        hit = Found(
            p=secret("found", 0)[:16], pool="decoys", identifier=identifier, row=self.decoy_row, at=1,
            text=f"{identifier[3:6]} {identifier[6:]}",
        )  # fmt: skip
        return sorted([hit, other], key=lambda found: found.p)

    # --- entries, persons, trace-open -------------------------------------------------------------------------------

    def index(self, name: str) -> int:
        return self.order.index(name)

    def entry_and_person(self, suspect: int, row: int) -> tuple[PersonEntry, ShownPerson]:
        person = int(self.rows[row]["person"])
        cells = {field: self.rows[row][field] for field in LANES}
        p, salt = secret("p", suspect, person)[:16], secret("cells", suspect, person)
        copies, shown = [], []
        for name, at in sorted(self.copies_of(suspect, person), key=lambda c: (self.index(c[0]), c[1])):
            has_omission = name.startswith("batch")
            reads = dict(LANES) | ({"omission": RATE} if has_omission else {})
            copies.append(Copy(leaf=self.index(name), row=at, reads=reads))
            shown.append(self.shown_copy(name, at, has_omission=has_omission))
        payload = encode([[row, cells]])
        entry = PersonEntry(
            p=p, rows=(row,), copies=tuple(copies),
            cells=commit.commitment(b"suyuan/cells/v1", salt=salt, payload=payload),
        )  # fmt: skip
        return entry, ShownPerson(suspect=suspect, p=p, salt=salt, rows=((row, cells),), copies=tuple(shown))

    def chain(self, name: str, row: int) -> dict[str, object]:
        ordinal = self.spans[name][0] + row
        tree = merkle.Tree([merkle.leaf_hash(item) for item in self.manifests[name]])
        commitments = keystream.lane_commitments(self.seed, first=ordinal, count=1, lanes=3)[0]
        return {
            "manifest": self.manifests[name][row],
            "proof": tree.inclusion_proof(row),
            "lanes": tuple(commitments[i : i + 32] for i in range(0, 96, 32)),
            "pool_proof": self.pool_tree.inclusion_proof(ordinal),
        }

    def shown_copy(self, name: str, row: int, *, has_omission: bool) -> ShownCopy:
        ordinal, person = self.spans[name][0] + row, self.person_at(name, row)
        assert person is not None
        fields = {
            field: OpenedField(
                key=self.lane_key(ordinal, lane), salt=self.table_salt(name, row, field), radices=RADICES[field],
                forms=forms(person, field=field),
            )
            for field, lane in LANES.items()
        }  # fmt: skip
        key = self.lane_key(ordinal, OMISSION_LANE) if has_omission else None
        return ShownCopy(fields=fields, omission_key=key, **self.chain(name, row))  # type: ignore[arg-type]

    def hit(self) -> PlantedHit:
        salt, opening = self.decoy("batch-0")
        found = self.found()
        position = [item.identifier for item in found].index(str(opening["identifier"]))
        tree = merkle.Tree([merkle.leaf_hash(encode(item.document())) for item in found])
        return PlantedHit(
            suspect=0, leaf=self.index("batch-0"), row=PLANTED_ROW, lane=1, attempt=0, salt=salt, opening=opening,
            key=self.lane_key(self.spans["batch-0"][0] + PLANTED_ROW, 1), found=found[position],
            found_index=position, found_proof=tree.inclusion_proof(position), **self.chain("batch-0", PLANTED_ROW),
        )  # type: ignore[arg-type]  # fmt: skip

    def open_document(self, entries: Sequence[Sequence[PersonEntry]]) -> TraceOpen:
        found = merkle.root([merkle.leaf_hash(encode(item.document())) for item in self.found()])
        shares, lives = (100, 700, 950), (CHANNELS, ("name",), ("phone",))
        return TraceOpen(
            number=1,
            alpha=(1, 1_000_000),
            law=sha256(encode(self.law)).digest(),
            channels=CHANNELS,
            grid=(
                *(Strategy(share=s, error=e, live=live) for live in lives for s in shares for e in (10, 150)),
                *(Strategy(share=950, error=10, live=CHANNELS, attack=a, size=c) for a in ATTACKS for c in (2, 5)),
            ),
            planted=(10, 100, 500),
            dump=DumpFacts(
                sha256=sha256(self.dump).digest(), size=len(self.dump), rows=len(self.rows) + 2,
                matched=len(self.rows), strangers=2, unreadable=0,
                dialect=Dialect(
                    format="delimited", codecs=("utf-8",), bom=0, delimiter=",", quote='"', header=True, width=3
                ),
                columns=(
                    Column(at=0, field="name", kind="person_name"), Column(at=1, field="phone", kind="phone"),
                ),
            ),
            pools={"decoys": FoundTree(count=2, root=found)},
            suspects=tuple(
                Suspect(
                    label=secret("recipient", suspect), weight=(1, 4), persons=len(own), planted=1,
                    root=merkle.root([merkle.leaf_hash(encode(entry.document())) for entry in own]),
                )
                for suspect, own in enumerate(entries)
            ),
        )  # fmt: skip

    # --- the ledger ---------------------------------------------------------------------------------------------------

    def recipient(self, suspect: int) -> tuple[bytes, dict[str, object]]:
        return secret("recipient salt", suspect), {
            "id": SUSPECT_NAMES[suspect], "kind": "account", "label": f"Counter {suspect + 7}",
        }  # fmt: skip

    def leaf(self, name: str, *, opened: TraceOpen) -> bytes:
        op, _, which = name.partition("-")
        law = to_base64(sha256(encode(self.law)).digest())
        body: dict[str, object]
        if op in ("law", "policy"):
            body = {"op": op, "q": law}
        elif op == "recipient":
            salt, opening = self.recipient(int(which))
            committed = commit.commitment(commit.RECIPIENT, salt=salt, payload=encode(opening))
            body = {"op": op, "c": to_base64(committed), "l": to_base64(secret("recipient", int(which)))}
        elif op == "keys":
            body = {"op": op, "n": POOL_ROWS, "r": to_base64(self.pool_tree.root), "w": 3}
        elif op == "trace":
            committed = commit.commitment(commit.TRACE_OPEN, salt=secret("trace"), payload=encode(opened.document()))
            body = {"op": "trace-open", "c": to_base64(committed), "n": opened.number}
        else:
            first, count = self.spans[name]
            root = merkle.root([merkle.leaf_hash(row) for row in self.manifests[name]])
            body = {
                "c": to_base64(secret("payload", name)), "k": [self.index("keys"), first, count],
                "m": to_base64(root), "q": law, "r": to_base64(secret("recipient", int(which))),
            }  # fmt: skip
            if op == "batch":
                body |= {"op": "batch", "n": count - 1, "s": to_base64(secret("table", name))}
            else:
                body |= {"op": "release", "l": to_base64(secret("label", 0))}
        return encode({**body, "v": 1, "e": 0, "t": 1_790_000_000_000 + 1000 * self.index(name)})

    # --- all together -------------------------------------------------------------------------------------------------

    def build(self) -> World:
        pairs = {s: [self.entry_and_person(s, row) for row in self.rows] for s in (0, 1)}
        entries = [
            self.change_entries(sorted((entry for entry, _ in pairs[s]), key=lambda entry: entry.p)) for s in (0, 1)
        ]
        opened = self.change_open(self.open_document(entries))
        leaves = [self.leaf(name, opened=opened) for name in self.order]
        tree = merkle.Tree([merkle.leaf_hash(leaf) for leaf in leaves])
        checkpoint = sign_note(f"{ORIGIN}\n{len(leaves)}\n{to_base64(tree.root)}\n", keys=[self.key])
        bundle = Bundle(
            vkey=str(self.key.verify_key),
            checkpoint=checkpoint.encode(),
            leaves=tuple(Leaf(index=i, entry=leaf, proof=tree.inclusion_proof(i)) for i, leaf in enumerate(leaves)),
            laws=(law_of(self.law),),
            trace_leaf=self.index("trace"),
            trace_salt=secret("trace"),
            opened=opened,
            accused=tuple(self.accused(suspect) for suspect in (0, 1)),
            entries=tuple(SuspectEntries(suspect=s, entries=tuple(own)) for s, own in enumerate(entries)),
            persons=tuple(
                sorted((person for s in (0, 1) for _, person in pairs[s]), key=lambda one: (one.suspect, one.p))
            ),
            planted=(self.hit(),),
        )
        return World(bundle=bundle, key=self.key, dump=self.dump, truth={s: self.truth(s) for s in (0, 1)})

    def accused(self, suspect: int) -> Accused:
        salt, opening = self.recipient(suspect)
        return Accused(
            suspect=suspect, kind=str(opening["kind"]), id=str(opening["id"]), label=str(opening["label"]), salt=salt,
            leaf=self.index(f"recipient-{suspect}"), bits="0.00", named=False,
        )  # fmt: skip

    def truth(self, suspect: int) -> list[list[dict[str, Slots]]]:
        """Give what a reader with every key would see, straight from the marks."""
        persons = []
        for row in self.rows:
            person = int(self.rows[row]["person"])
            pairs = []
            for name, at in self.copies_of(suspect, person):
                ordinal = self.spans[name][0] + at
                pair: dict[str, Slots] = {}
                for field in LANES:
                    shown = forms(person, field=field).index(self.rows[row][field].lower())
                    choices = digits_of(shown, radices=RADICES[field])
                    pair[field] = tuple(
                        (x == m, float(law.chance(x)), x if len(law.weights) == 2 else WIDE)
                        for x, m, law in zip(
                            choices, self.marks(name, at, field), self.laws(name, at, field), strict=True
                        )
                    )
                if name.startswith("batch"):
                    chance = float(omission(omitted_per_65536=RATE).chance(0))
                    pair["omission"] = ((self.is_kept(ordinal), chance, EITHER),)
                pairs.append(pair)
            persons.append(pairs)
        return persons


def default_copies(suspect: int, person: int) -> tuple[tuple[str, int], ...]:
    """Everybody stands in both batches; person 0 was looked up once more by suspect 0."""
    more = (("single-0", 0),) if (suspect, person) == (0, 0) else ()
    return ((f"batch-{suspect}", person), *more)


def with_bits(bundle: Bundle) -> Bundle:
    """Let the bundle state what its own evidence says, as its writer does."""
    found = {finding.accused.suspect: finding for finding in establish(bundle).findings}
    return replace(
        bundle,
        accused=tuple(
            replace(a, bits=stated(found[a.suspect].measure.total), named=found[a.suspect].named)
            for a in bundle.accused
        ),
    )


def require_refused(bundle: Bundle, *, forge: Callable[[Bundle], Bundle], complaint: str, key: SigningKey) -> None:
    """Require that what a forger makes of a bundle, and signs with the log's true key, does not verify."""
    forged = forge(bundle)
    assert forged != bundle
    with pytest.raises(VerificationError, match=complaint):
        verify(write_bundle(forged, sign=lambda text: sign_note(text, keys=(key,))))


def honest_world() -> World:
    """Give the world as it should be, with its bits stated."""
    world = Builder().build()
    return replace(world, bundle=with_bits(world.bundle))
