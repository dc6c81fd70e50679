"""A line of keys for one use, numbered 1, 2, 3: the newest seals, and what any earlier one sealed stays readable."""

from collections.abc import Callable
from typing import Final

from suyuan.crypto import aead
from suyuan.crypto.aead import Sealer
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.terms import Entropy

_MAGIC: Final = b"sys\x00"
_HEAD_BYTES: Final = 8


class KeyLine:
    """Seals under the newest key of a use. Prints without its keys.

    What the first key seals has no head, as it had none before there was a second. Later ones write `sys`, a zero and
    their number as a u32 in front, as part of the associated data.
    """

    def __init__(
        self,
        name: str,
        *,
        held: Callable[[str], bytes | None],
        draw: Callable[[str], bytes],
        entropy: Entropy,
        suite: Suite,
    ) -> None:
        """Take the name of the first key, and how a named secret is given and drawn."""
        self._name = name
        self._held = held
        self._draw = draw
        self._entropy = entropy
        self._suite = suite
        self._sealers: dict[int, Sealer] = {}
        self._newest = 0

    def __repr__(self) -> str:
        return f"<keys {self._name}>"

    @property
    def newest(self) -> int:
        """The number of the key that seals; the first is drawn when it is needed."""
        if not self._newest:
            self._keep(1, secret=self._draw(self._name))
            self._newest = 1
        while self._sealer(self._newest + 1) is not None:
            self._newest += 1
        return self._newest

    def begin(self) -> int:
        """Draw the next key, under which this and every later run seals; give its number."""
        number = self.newest + 1
        self._keep(number, secret=self._draw(self._name_of(number)))
        self._newest = number
        return number

    def seal(self, body: bytes, *, associated: bytes) -> bytes:
        """Seal under the newest key that this run knows of."""
        number = self._newest or self.newest
        head = b"" if number == 1 else _MAGIC + number.to_bytes(4, "big")
        nonce = self._entropy.draw(aead.NONCE_BYTES)
        return head + self._sealers[number].wrap(body, nonce=nonce, associated=head + associated)

    def open(self, sealed: bytes, *, associated: bytes) -> bytes:
        """Open what any key of the line sealed.

        Raises: VerificationError: it was altered, is another's, or its key is not held.
        """
        head = sealed[:_HEAD_BYTES]
        if head.startswith(_MAGIC):
            later = self._sealer(int.from_bytes(head[4:], "big"))
            if later is not None:
                try:
                    return later.unwrap(sealed[_HEAD_BYTES:], associated=head + associated)
                except VerificationError:
                    # What the first key sealed begins like this once in 2^32 times, and opens below.
                    pass
        first = self._sealer(1)
        if first is None:
            raise VerificationError(f"the key store lacks {self._name}, which a side is sealed under")
        return first.unwrap(sealed, associated=associated)

    def _sealer(self, number: int) -> Sealer | None:
        if number not in self._sealers:
            secret = self._held(self._name_of(number))
            if secret is None:
                return None
            self._keep(number, secret=secret)
        return self._sealers[number]

    def _keep(self, number: int, *, secret: bytes) -> None:
        self._sealers[number] = Sealer(self._suite.sealing_key(secret))

    def _name_of(self, number: int) -> str:
        return self._name if number == 1 else f"{self._name}/{number}"
