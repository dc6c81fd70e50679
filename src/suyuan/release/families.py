"""Export families: a purpose in a calendar year, whose copies share decoys. What was drawn for them, read from the ledger.

A decoy's class and identifiers are drawn once, under the family's key, and what is written of it is kept from the first
copy on: whoever compares copies finds the same invented person in each that has her.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from suyuan.crypto import canonical, commit
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import FamilyEntry
from suyuan.ledger.log import Draft, Log
from suyuan.release.manifest import shared_row
from suyuan.release.sides import draft, require_side
from suyuan.terms import Entropy

FAMILY_SIDE = "family"
"""Salt and document of a `family` entry: decoys drawn, and what is written of them by column."""

Written = Mapping[str, Mapping[int, str]]
"""What decoys show, by column and number; empty where they show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDecoy:
    """One decoy of a family: its class, of `mark.law.DECOYS`, and its identifiers by pool."""

    decoy_class: int
    identifiers: Mapping[str, str]


@dataclass(slots=True)
class Family:
    """The decoys of one family, by number, and what is written of them. Prints without a value."""

    decoys: list[SharedDecoy] = field(default_factory=list)
    written: dict[str, dict[int, str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{len(self.decoys)} decoys>"


class Families:
    """Reads the `family` entries of a ledger, each once."""

    def __init__(self, log: Log, *, broker: KeyBroker, end: int | None = None) -> None:
        """Take the ledger, and where to stop reading; without `end` at whatever its end is."""
        self._log = log
        self._broker = broker
        self._end = end
        self._read = 0
        self._families: dict[str, Family] = {}

    def of(self, name: str) -> Family:
        """Give a family as it is now."""
        found = self._log.named(FamilyEntry.op)
        for index in islice(found, self._read, None):
            if self._end is not None and index >= self._end:
                break
            side = require_side(self._log, index=index, name=FAMILY_SIDE, broker=self._broker)
            self._add(canonical.decode_object(side[commit.SALT_BYTES :]), index=index)
            self._read += 1
        return self._families.setdefault(name, Family())

    def taken(self) -> dict[str, set[str]]:
        """Give the identifiers of every family, by pool, as far as they were read."""
        found: dict[str, set[str]] = {}
        for family in self._families.values():
            for decoy in family.decoys:
                for pool, identifier in decoy.identifiers.items():
                    found.setdefault(pool, set()).add(identifier)
        return found

    def _add(self, document: Mapping[str, canonical.Json], *, index: int) -> None:
        match document:
            case {"v": 1, "family": str(name), "drawn": list(drawn), "written": dict(written)}:
                family = self._families.setdefault(name, Family())
                family.decoys += [_read_decoy(item, index=index) for item in drawn]
                for column, texts in written.items():
                    if isinstance(texts, dict):
                        kept = {int(number): text for number, text in texts.items() if isinstance(text, str)}
                        family.written.setdefault(column, {}).update(kept)
            case _:
                raise VerificationError(f"entry {index}: its decoys are not of version 1")


def _read_decoy(item: canonical.Json, *, index: int) -> SharedDecoy:
    match item:
        case [int(decoy_class), dict(identifiers)]:
            texts = {pool: text for pool, text in identifiers.items() if isinstance(text, str)}
            return SharedDecoy(decoy_class=decoy_class, identifiers=texts)
        case _:
            raise VerificationError(f"entry {index}: a decoy is not whole")


def family_draft(
    name: str, *, drawn: Sequence[SharedDecoy], written: Written, broker: KeyBroker, entropy: Entropy
) -> Draft:
    """Give the entry by which decoys join a family, or something more is written of them."""
    document: dict[str, canonical.Json] = {
        "v": 1,
        "family": name,
        "drawn": [[decoy.decoy_class, dict(decoy.identifiers)] for decoy in drawn],
        "written": {column: {str(number): text for number, text in texts.items()} for column, texts in written.items()},
    }
    salt, payload = entropy.draw(commit.SALT_BYTES), canonical.encode_plain(document)
    body = FamilyEntry(commitment=commit.commitment(commit.FAMILY, salt=salt, payload=payload))
    return draft(body, broker=broker, sealed={FAMILY_SIDE: salt + payload}, public={})


def shared_rows(decoys: Sequence[SharedDecoy], *, family: str, pool: int, first: int, broker: KeyBroker) -> list[bytes]:
    """Give the manifest rows of a release for the first decoys of its family, in it or not.

    Args:
        pool, first: the row keys that they consume, from `first` on.
    """
    ordinals = range(first, first + len(decoys))
    salts = broker.decoy_salts(family, pool=pool, ordinals=ordinals)
    return [
        shared_row(ordinal=ordinal, decoy_class=decoy.decoy_class, salt=salt, identifiers=decoy.identifiers)
        for ordinal, salt, decoy in zip(ordinals, salts, decoys, strict=True)
    ]
