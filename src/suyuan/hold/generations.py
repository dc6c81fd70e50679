"""Generations: the store's key-encryption keys 1, 2, 3, each known by the envelopes under it.

An envelope is head || nonce || ciphertext || tag. The head is `syk`, the suite and the generation as a u32, and is part
of the associated data. Generation 0 is the key of a store from before: its envelopes have no head. A person's is then
60 bytes long and never 68; a named secret's is what it opens as.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final, NoReturn

from suyuan.crypto import aead, aead_table
from suyuan.crypto.aead import Sealer
from suyuan.crypto.sealed_box import seal_to
from suyuan.crypto.suite import SECRET_BYTES, Suite, suite_of
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.hold.kek import KekProvider
from suyuan.hold.ports import MARK, KeyStore
from suyuan.terms import Entropy

HEAD_BYTES: Final = 8
_MAGIC: Final = b"syk"
_BARE_BYTES: Final = aead.NONCE_BYTES + SECRET_BYTES + aead.TAG_BYTES
_ASSOCIATED: Final = b"suyuan/wrap/kek/v1\x00"
_RECOVERY: Final = "/recovery"


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of the key store: replaced as a whole, so that threads see one state or the other."""

    active: int | None = None
    sealers: dict[int, Sealer] = field(default_factory=dict, repr=False)


class Generations:
    """Wraps under the generation in force and unwraps under any that is held. Prints without its keys.

    Another process may begin a generation at any time: an envelope of one that is not known here is answered by
    reading the key store again.
    """

    def __init__(self, keys: KeyStore, *, provider: KekProvider, entropy: Entropy, suite: Suite = Suite.AES) -> None:
        self._keys = keys
        self._provider = provider
        self._entropy = entropy
        self.suite = suite
        self._state: _Held | None = None

    def __repr__(self) -> str:
        return "<generations of keys>"

    @property
    def active(self) -> int:
        """The generation in force; the first is drawn and stored if there is none yet."""
        return self._in_force()[0]

    @property
    def mark(self) -> bytes:
        """What every envelope of the generation in force begins with."""
        return self._head(self.active)

    def held(self) -> tuple[int, ...]:
        """Give the generations that are held, ascending; 0 among them while a store from before is not rewrapped."""
        return tuple(sorted(self._known().sealers))

    def reload(self) -> None:
        """Read the key store again.

        Raises: RefusedError `hold.profile`: the store is of the other suite. VerificationError: the provider is
            not the one that wrapped these keys.
        """
        mark = self._keys.get(MARK)
        if mark is None:
            first = self._provider.first_kek
            if self.suite is Suite.SM and self._keys.get("log-key") is not None:
                self._refuse_suite(Suite.AES)
            self._state = _Held(None, {} if first is None else {0: Sealer(first)})
            return
        active = self._generation(mark)
        sealers: dict[int, Sealer] = {}
        for number in range(active, -1, -1):
            wrapped = self._keys.get(_name(number))
            if wrapped is None:
                break
            sealers[number] = self._sealer(self._provider.unwrap(wrapped, associated=_bound(number)), number=number)
        self._state = _Held(active, sealers)

    # ---- envelopes -------------------------------------------------------------------------------------

    def wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        """Wrap a secret under the generation in force."""
        return self.wrap_each((secret,), associated=associated)[0]

    def wrap_each(self, secrets: Sequence[bytes], *, associated: bytes) -> list[bytes]:
        """Wrap secrets under the generation in force."""
        active, sealer = self._in_force()
        head, nonces = self._head(active), self._entropy.draw(aead.NONCE_BYTES * len(secrets))
        return sealer.seal_each(secrets, nonces=nonces, associated=head + associated, head=head)

    def unwrap(self, envelope: bytes, *, associated: bytes) -> bytes:
        """Unwrap a secret of any length.

        Raises: VerificationError: it was altered, is another's, or its generation is not held.
        """
        head, first = envelope[:HEAD_BYTES], self._known().sealers.get(0)
        if head.startswith(_MAGIC):
            try:
                sealer = self._of(head)
                return sealer.unwrap(envelope[HEAD_BYTES:], associated=head + associated)
            except (VerificationError, RefusedError):
                # One in 2^24 envelopes without a head begins as if it had one.
                if first is None:
                    raise
        if first is None:
            raise VerificationError("an envelope is of no generation that is held", code="hold.generation")
        return first.unwrap(envelope, associated=associated)

    def unwrap_each(self, envelopes: Sequence[bytes], *, associated: bytes) -> Sequence[bytes]:
        """Unwrap 32-byte secrets. Raises: VerificationError: as `unwrap`."""
        if not envelopes:
            return []
        head = envelopes[0][:HEAD_BYTES] if len(envelopes[0]) > _BARE_BYTES else b""
        if len(set(map(len, envelopes))) > 1 or not all(map(bytes.startswith, envelopes, repeat(head))):
            return [self._unwrap_32(envelope, associated=associated) for envelope in envelopes]
        sealer = self._of(head) if head else self._first()
        return aead_table.open_each(sealer, sealed=envelopes, associated=head + associated, head=len(head))

    # ---- generations -----------------------------------------------------------------------------------

    def begin(self, *, recovery: bytes | None) -> int:
        """Draw the next generation and put it in force; give its number.

        From then on the key store takes no envelope of an earlier one.

        Args:
            recovery: the public key that a second wrapping is for, or None.
        Raises: UnavailableError `hold.changed`: another process began one.
        """
        before = self.active
        self._begin(before + 1, expected=self._head(before), recovery=recovery)
        return self.active

    def destroy(self, number: int) -> None:
        """Destroy a generation that nothing is wrapped under any more, the second wrapping first."""
        if number == self.active:
            raise RefusedError("the generation in force cannot be destroyed", code="hold.generation")
        self._keys.discard(_name(number) + _RECOVERY)
        self._keys.discard(_name(number))
        self.reload()

    def rewrapped(self, provider: KekProvider) -> list[tuple[str, bytes | None, bytes]]:
        """Give the changes of the key store by which another provider wraps every generation that is held."""
        return [
            (_name(number), old, provider.wrap(secret, associated=_bound(number)))
            for number, old, secret in self._opened()
        ]

    def recovery_wrapped(self, public: bytes) -> list[tuple[str, bytes | None, bytes]]:
        """Give the changes of the key store by which the holder of a recovery key can open every generation."""
        return [
            (name := _name(number) + _RECOVERY, self._keys.get(name), seal_to(public, message=secret))
            for number, _, secret in self._opened()
        ]

    # ---- inside ----------------------------------------------------------------------------------------

    def _opened(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give each generation that is held, with its record and what that opens as."""
        self.active  # noqa: B018 - a store from before gets its records first
        for number in self.held():
            record = self._require_record(number)
            yield number, record, self._provider.unwrap(record, associated=_bound(number))

    def _known(self) -> _Held:
        if self._state is None:
            self.reload()
        if self._state is None:
            raise VerificationError("the key store gives no generation of keys", code="hold.generation")
        return self._state

    def _in_force(self) -> tuple[int, Sealer]:
        known = self._known()
        if known.active is None:
            self._adopt()
            known = self._known()
        active = known.active or 0
        if active not in known.sealers:
            raise VerificationError(
                f"the key store lacks its generation {active}", code="hold.generation", hint=_RESTORE
            )
        return active, known.sealers[active]

    def _adopt(self) -> None:
        """Give a new store its first generation, and one from before a record of the key that it already has."""
        first = self._provider.first_kek
        has_secrets = self._keys.get("log-key") is not None
        try:
            self._begin(1, expected=None, recovery=None, before=first if has_secrets else None)
        except UnavailableError as error:
            if error.code != "hold.changed":
                raise
            self.reload()  # Another process did it meanwhile.

    def _begin(
        self, number: int, *, expected: bytes | None, recovery: bytes | None, before: bytes | None = None
    ) -> None:
        secret = self._entropy.draw(SECRET_BYTES)
        changes: list[tuple[str, bytes | None, bytes]] = [(MARK, expected, self._head(number))]
        drawn = {number: secret} | ({} if before is None else {0: before})
        for each, kek in drawn.items():
            changes.append((_name(each), None, self._provider.wrap(kek, associated=_bound(each))))
        if recovery is not None:
            changes.append((_name(number) + _RECOVERY, None, seal_to(recovery, message=secret)))
        self._keys.rewrite(changes)
        self.reload()

    def _of(self, head: bytes) -> Sealer:
        """Give what opens envelopes of a head, reading the key store again where the generation is a new one."""
        number = self._generation(head)
        found = self._known().sealers.get(number)
        if found is None:
            self.reload()
            found = self._known().sealers.get(number)
        if found is None:
            raise VerificationError(
                f"the key store lacks its generation {number}, which a secret is wrapped under",
                code="hold.generation",
                hint=_RESTORE,
            )
        return found

    def _first(self) -> Sealer:
        found = self._known().sealers.get(0)
        if found is None:
            raise VerificationError(
                "an envelope is of no generation that is held", code="hold.generation", hint=_RESTORE
            )
        return found

    def _unwrap_32(self, envelope: bytes, *, associated: bytes) -> bytes:
        if len(envelope) <= _BARE_BYTES:
            return self._first().unwrap(envelope, associated=associated)
        head = envelope[:HEAD_BYTES]
        return self._of(head).unwrap(envelope[HEAD_BYTES:], associated=head + associated)

    def _require_record(self, number: int) -> bytes:
        found = self._keys.get(_name(number))
        if found is None:
            raise UnavailableError(
                f"generation {number} was destroyed meanwhile", code="hold.changed", hint="try again"
            )
        return found

    def _sealer(self, kek: bytes, *, number: int) -> Sealer:
        # Generation 0 is of a time with one suite, and sealed under its key as it was.
        return Sealer(kek if number == 0 else self.suite.sealing_key(kek))

    def _head(self, number: int) -> bytes:
        return _MAGIC + bytes((self.suite.code,)) + number.to_bytes(4, "big")

    def _generation(self, head: bytes) -> int:
        if len(head) != HEAD_BYTES or not head.startswith(_MAGIC):
            raise VerificationError(
                "an envelope is of no generation that is held", code="hold.generation", hint=_RESTORE
            )
        if suite_of(head[3]) is not self.suite:
            self._refuse_suite(suite_of(head[3]))
        return int.from_bytes(head[4:], "big")

    def _refuse_suite(self, found: Suite) -> NoReturn:
        raise RefusedError(
            f"the store is sealed by the profile {found.value}, and its settings say {self.suite.value}",
            code="hold.profile",
            hint="the profile of a store never changes: put [keys] profile back in suyuan.toml",
        )


_RESTORE: Final = "restore keys.db from its newest backup"


def recovery_records(keys: KeyStore) -> dict[int, bytes]:
    """Give the second wrappings of the generations that are held, for whoever has the recovery key."""
    mark, found = keys.get(MARK), dict[int, bytes]()
    for number in range(int.from_bytes((mark or bytes(HEAD_BYTES))[4:], "big"), -1, -1):
        wrapped = keys.get(_name(number) + _RECOVERY)
        if wrapped is not None:
            found[number] = wrapped
    return found


def given_records(
    keys: KeyStore, *, keks: dict[int, bytes], provider: KekProvider
) -> list[tuple[str, bytes | None, bytes]]:
    """Give the changes by which a provider wraps generations that were opened by other means, such as a recovery key."""
    return [
        (_name(number), keys.get(_name(number)), provider.wrap(kek, associated=_bound(number)))
        for number, kek in sorted(keks.items())
    ]


def _name(number: int) -> str:
    return f"kek/{number}"


def _bound(number: int) -> bytes:
    return _ASSOCIATED + number.to_bytes(4, "big")
