"""The law of marks as a bundle carries it: how an opened key becomes a mark, and with which exact chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from suyuan.evidence.hashes import sha256
from suyuan.evidence.plain import HASH_BYTES, Node, encode

TOTAL: Final = 65_536
"""What the weights of a law sum to: one draw is 16 bits."""

MOST_CHOICES: Final = 16
MOST_SLOTS: Final = 4
ATTEMPTS: Final = 4
SHARED_DECOY: Final = "shared_decoy"
"""The channel in which a decoy of the export family is in a copy (choice 0) or left out of it (choice 1)."""

ORDER: Final = "row_order"
"""The channel in which one of two rows that are ties comes first: choice 0 as the platform had them."""

OMISSION: Final = "omission"
"""The channel in which a row itself is kept (choice 0) or left out (choice 1)."""


LATER_KEYS: Final = ("bias", "decoy")
"""What version 2 of a law has beside version 1, and version 3 beside that: weights of two choices by class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPool:
    """Single numbers or mailboxes that the platform controls, of which the law has the number and a digest."""

    kind: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePool:
    """A block of consecutive telephone numbers that the platform controls."""

    kind: ClassVar[str] = "phone"
    first: int
    size: int

    def member(self, index: int) -> str:
        """Give the number at `index`."""
        return f"+{self.first + index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPool:
    """A family of mailboxes that the platform controls."""

    kind: ClassVar[str] = "email"
    domain: str
    size: int
    given: tuple[str, ...]
    separators: tuple[str, ...]
    family: tuple[str, ...]
    numbers: int

    def member(self, index: int) -> str:
        """Give the address at `index`."""
        index, number = divmod(index, self.numbers)
        index, family = divmod(index, len(self.family))
        given, separator = divmod(index, len(self.separators))
        return f"{self.given[given]}{self.separators[separator]}{self.family[family]}{number}@{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law document: slots of every kind, weights by radix, by bias class, by omission rate and by a decoy's class, pools by name.

    From those that are `listed` nothing is drawn for one copy alone.
    """

    document: Mapping[str, object] = field(repr=False)
    slots: Mapping[str, int]
    radix: Mapping[int, tuple[int, ...]]
    bias: Mapping[int, tuple[int, ...]]
    omission: Mapping[int, tuple[int, ...]]
    decoy: Mapping[int, tuple[int, ...]]
    pools: Mapping[str, PhonePool | MailPool]
    listed: Mapping[str, ListedPool]

    @property
    def digest(self) -> bytes:
        """The SHA-256 that the ledger holds."""
        return sha256(encode(self.document))


def read_law(node: Node) -> Law:
    """Read a law document.

    Raises: VerificationError: not a law.
    """
    version = dict(node.items()).get("v", node)
    later = LATER_KEYS[: version.whole(least=1, most=1 + len(LATER_KEYS)) - 1]
    _, kinds, radix, omission, pools, *rest = node.object("v", "kinds", "radix", "omission", "pools", *later)
    weights = {
        key: {_number(k, v): _weights(v, choices=2) for k, v in item.items()}
        for key, item in zip(later, rest, strict=True)
    }
    slots: dict[str, int] = {}
    for name, kind in kinds.items():
        kind_version, names = kind.object("version", "slots")
        kind_version.whole()
        slots[name] = len([slot.text() for slot in names.list()])
        if slots[name] > MOST_SLOTS:
            names.wrong(f"more than {MOST_SLOTS} slots")
    by_radix = {_number(k, v): _weights(v, choices=_number(k, v)) for k, v in radix.items()}
    by_rate = {_number(k, v): _weights(v, choices=2) for k, v in omission.items()}
    if any(weights[1] != rate for rate, weights in by_rate.items()):
        omission.wrong("a rate does not fit its weights")
    assert isinstance(node.value, dict)
    return Law(
        document=node.value,
        slots=slots,
        radix=by_radix,
        bias=weights.get("bias", {}),
        omission=by_rate,
        decoy=weights.get("decoy", {}),
        pools={name: _pool(pool) for name, pool in pools.items() if not _is_list(pool)},
        listed={name: _list(pool) for name, pool in pools.items() if _is_list(pool)},
    )


def choose(weights: tuple[int, ...], *, draw: int) -> int:
    """Give the first choice whose cumulative weight exceeds a 16-bit draw."""
    choice = 0
    while draw >= weights[choice]:
        draw -= weights[choice]
        choice += 1
    return choice


def draws(key: bytes) -> tuple[int, ...]:
    """Give the four 16-bit draws of a lane key, one for each slot."""
    return tuple(int.from_bytes(key[i : i + 2], "big") for i in range(0, 8, 2))


def drawn_index(key: bytes, *, attempt: int, size: int) -> int:
    """Give the place in a pool that one of a lane key's four attempts draws."""
    return int.from_bytes(key[8 * attempt : 8 * attempt + 8], "big") % size


def _number(key: str, node: Node) -> int:
    if not key.isascii() or not key.isdigit() or len(key) > 5 or str(int(key)) != key:
        node.wrong("expected a number as the key")
    return int(key)


def _weights(node: Node, *, choices: int) -> tuple[int, ...]:
    if not 1 <= choices <= MOST_CHOICES:
        node.wrong(f"expected 1 to {MOST_CHOICES} choices")
    weights = tuple(item.whole(least=1, most=TOTAL) for item in node.list(size=choices))
    if sum(weights) != TOTAL:
        node.wrong(f"the weights do not sum to {TOTAL}")
    return weights


def _is_list(node: Node) -> bool:
    return "listed" in dict(node.items())


def _list(node: Node) -> ListedPool:
    kind, listed, digest = node.object("kind", "listed", "digest")
    if kind.text() not in ("phone", "email"):
        kind.wrong("expected phone or email")
    return ListedPool(kind=kind.text(), size=listed.whole(least=1), digest=digest.raw(size=HASH_BYTES))


def _pool(node: Node) -> PhonePool | MailPool:
    keys = dict(node.items())
    if "kind" in keys and keys["kind"].text() == "phone":
        _, first, size = node.object("kind", "first", "size")
        text = first.text()
        if not text.isascii() or text[:1] != "+" or not text[1:].isdigit() or not 7 <= len(text[1:]) <= 15:
            first.wrong("expected a number in E.164")
        return PhonePool(first=int(text[1:]), size=_power_of_two(size))
    kind, domain, size, given, separators, family, numbers = node.object(
        "kind", "domain", "size", "given", "separators", "family", "numbers"
    )
    if kind.text() != "email":
        kind.wrong("expected phone or email")
    pool = MailPool(
        domain=domain.text(),
        size=_power_of_two(size),
        given=tuple(item.text() for item in given.list()),
        separators=tuple(item.text() for item in separators.list()),
        family=tuple(item.text() for item in family.list()),
        numbers=numbers.whole(least=1),
    )
    if len(pool.given) * len(pool.separators) * len(pool.family) * pool.numbers != pool.size:
        size.wrong("the size is not that of the family of mailboxes")
    members = [*pool.given, *pool.separators, *pool.family]
    if "" in members or any(len(set(part)) != len(part) for part in (pool.given, pool.separators, pool.family)):
        node.wrong("a part of the mailbox names is empty or stands twice")
    return pool


def _power_of_two(node: Node) -> int:
    size = node.whole(least=2, most=1 << 48)
    if size & (size - 1):
        node.wrong("expected a power of two")
    return size
