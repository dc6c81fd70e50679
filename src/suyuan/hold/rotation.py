"""Rotation: the next generation of the key over all keys, and every secret wrapped anew under it, beside everybody's work.

1. The next generation is drawn and put in force; from then on the key store takes no envelope of an earlier one.
2. Named secrets, then persons', are wrapped anew a batch at a time, each batch in one transaction.
3. When nothing is wrapped under an earlier generation, those are destroyed.

Readers and writers go on meanwhile: each envelope says its generation, and both are held until the end. A run that was
killed is carried on by the next one, which then draws no further generation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.errors import UnavailableError
from suyuan.hold.generations import Generations
from suyuan.hold.keyring import PERSON, Keyring, bound_name
from suyuan.hold.ports import KeyStore

Progress = Callable[[str, int, int], None]

_PERSONS_PER_BATCH: Final = 4096
_SECRETS_PER_BATCH: Final = 512
_RECOVERY_KEY: Final = "recovery-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: the generation in force, what was wrapped anew, which generations were destroyed.

    `resumed`: an earlier run had been cut short, and its generation was brought to its end.
    """

    generation: int
    persons: int
    secrets: int
    destroyed: tuple[int, ...]
    resumed: bool


def recovery_public(ring: Keyring) -> bytes | None:
    """Give the public key that every generation is wrapped for a second time, or None."""
    return ring.held(_RECOVERY_KEY)


def keep_recovery_public(ring: Keyring, public: bytes) -> None:
    """Keep the public half of a recovery key under the key over all keys: nobody else can slip in his own."""
    ring.replace(_RECOVERY_KEY, public)


class Rotation:
    """Wraps a key store's secrets anew. Destroys a generation only when nothing is under it."""

    def __init__(self, keys: KeyStore, *, ring: Keyring) -> None:
        self._keys = keys
        self._ring = ring
        self._generations: Generations = ring.generations

    def rotate(self, *, progress: Progress | None = None) -> Rotated:
        """Rotate, or finish the rotation that was cut short.

        Raises: UnavailableError: the key store is busy or cannot be written; do it again, it goes on from there.
        """
        generations = self._generations
        generations.reload()
        number = generations.active
        resumed = len(generations.held()) > 1
        if not resumed:
            number = generations.begin(recovery=recovery_public(self._ring))
        secrets = self._rewrap_secrets()
        persons = self._rewrap_persons(progress or _quiet)
        destroyed = self._destroy()
        return Rotated(generation=number, persons=persons, secrets=secrets, destroyed=destroyed, resumed=resumed)

    def _rewrap_secrets(self) -> int:
        done, after = 0, ""
        while batch := self._keys.stale_secrets(self._generations.mark, after=after, count=_SECRETS_PER_BATCH):
            # One by one where a batch meets another process's change: a registry's key may be destroyed meanwhile.
            for part in self._parts(batch):
                done += self._rewrap_named(part)
            after = batch[-1][0]
        return done

    def _parts(self, batch: Sequence[tuple[str, bytes]]) -> Sequence[Sequence[tuple[str, bytes]]]:
        return (batch,) if all(self._keys.get(name) == old for name, old in batch) else [(each,) for each in batch]

    def _rewrap_named(self, batch: Sequence[tuple[str, bytes]]) -> int:
        generations = self._generations
        changes: list[tuple[str, bytes | None, bytes]] = []
        for name, old in batch:
            bound = bound_name(name)
            changes.append((name, old, generations.wrap(generations.unwrap(old, associated=bound), associated=bound)))
        try:
            self._keys.rewrite(changes)
        except UnavailableError as error:
            if error.code != "hold.changed":
                raise
            return 0 if len(batch) == 1 else sum(self._rewrap_named((each,)) for each in batch)
        return len(batch)

    def _rewrap_persons(self, progress: Progress) -> int:
        generations, mark = self._generations, self._generations.mark
        total, done, after = self._keys.count_stale(mark), 0, -1
        progress("keys", 0, total)
        while batch := self._keys.stale_persons(mark, after=after, count=_PERSONS_PER_BATCH):
            envelopes = [envelope for _, envelope in batch]
            fresh = generations.wrap_each(generations.unwrap_each(envelopes, associated=PERSON), associated=PERSON)
            numbers = [number for number, _ in batch]
            done += self._keys.rewrap_persons(list(zip(numbers, envelopes, fresh, strict=True)))
            after = numbers[-1]
            progress("keys", done, total)
        progress("keys", total, total)
        return done

    def _destroy(self) -> tuple[int, ...]:
        """Destroy the earlier generations, the oldest first, once nothing is under any of them."""
        mark = self._generations.mark
        if self._keys.count_stale(mark) or self._keys.stale_secrets(mark, after="", count=1):
            raise UnavailableError(
                "a secret is still wrapped under an earlier generation; none was destroyed",
                code="hold.changed",
                hint="run it again: it goes on from there",
            )
        earlier = tuple(number for number in self._generations.held() if number != self._generations.active)
        for number in earlier:
            self._generations.destroy(number)
        return earlier


def _quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
