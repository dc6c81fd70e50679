"""Token keys: under which values and parts of values are found, in generations 0, 1, 2, of which one or two are written.

While a rotation is under way, whatever is stored gets the tokens of both generations; what is sought is sought by the
one in force. The generation changes in one write; after it the earlier key is destroyed, and old tokens are noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.crypto import kdf, registry
from suyuan.crypto.suite import Suite
from suyuan.crypto.token import Tokenizer
from suyuan.errors import VerificationError
from suyuan.hold.kek import KekProvider
from suyuan.hold.ports import KeyStore
from suyuan.hold.registry_keys import RegistryKeys
from suyuan.terms import Entropy, FieldName, KindName

_STATE = "token-generations"
_VALUES = "token-key"
_PARTS = "part-key"
_PART_INFO = b"suyuan/token-part/v1\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """The generation by which is sought, and the newest that is written; they differ while a rotation is under way."""

    active: int = 0
    newest: int = 0


class TokenKeys(RegistryKeys):
    """Gives keyed tokens, and no key."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._token_state: TokenState | None = None
        self._tokenizers: dict[tuple[KindName, int], Tokenizer] = {}

    @property
    def token_state(self) -> TokenState:
        """Which generations of tokens there are. A store has one writer, so what was read once holds."""
        if self._token_state is None:
            held = self.held(_STATE)
            self._token_state = TokenState() if held is None else _read(held)
        return self._token_state

    def tokenizer(self, kind: KindName, *, generation: int | None = None) -> Tokenizer:
        """Give the keyed tokens of a kind: the store's blind index; by default those by which is sought."""
        number = self.token_state.active if generation is None else generation
        if (kind, number) not in self._tokenizers:
            secret = self.named(_name(_VALUES, generation=number))
            self._tokenizers[kind, number] = Tokenizer(secret, kind=kind, suite=self.suite)
        return self._tokenizers[kind, number]

    def part_tokenizer(
        self, field: FieldName, *, kind: KindName, part: str, generation: int | None = None
    ) -> Tokenizer:
        """Give the keyed tokens of one part of one field: equal parts of two fields have unrelated tokens."""
        number = self.token_state.active if generation is None else generation
        info = _PART_INFO + field.encode() + b"\x00" + part.encode("ascii")
        secret = self.named(_name(_PARTS, generation=number))
        return Tokenizer(kdf.expand(secret, info=info), kind=kind, suite=self.suite)

    def identifier_tokens(
        self, persons: Sequence[int], *, sealed: Sequence[bytes], generation: int
    ) -> list[tuple[KindName, int]]:
        """Give kind and token of the identifiers by which persons are enrolled; the identifiers stay in here."""
        parts = [registry.identifier_parts(one) for one in self.open_identifiers(persons, sealed=sealed)]
        return [
            (KindName(kind), self.tokenizer(KindName(kind), generation=generation).token(canonical))
            for kind, canonical in parts
        ]

    def begin_tokens(self) -> int:
        """Draw the next generation's keys: from now on its tokens are written too. Give its number."""
        state = self.token_state
        if state.newest == state.active:
            number = state.active + 1
            for name in (_VALUES, _PARTS):
                self.named(_name(name, generation=number))
            self._keep(TokenState(active=state.active, newest=number))
        return self.token_state.newest

    def switch_tokens(self) -> None:
        """Seek by the newest generation from now on, and write it alone."""
        self._keep(TokenState(active=self.token_state.newest, newest=self.token_state.newest))

    def holds_earlier_tokens(self) -> bool:
        """Say whether the keys of the generation before the one in force are held still."""
        earlier = self.token_state.active - 1
        return earlier >= 0 and any(self.held(_name(name, generation=earlier)) for name in (_VALUES, _PARTS))

    def destroy_earlier_tokens(self) -> None:
        """Destroy the keys of the generation before the one in force: its tokens are noise, wherever they lie."""
        earlier = self.token_state.active - 1
        for name in (_VALUES, _PARTS):
            self._keys.discard(_name(name, generation=earlier))
        self._tokenizers = {place: one for place, one in self._tokenizers.items() if place[1] != earlier}

    def _keep(self, state: TokenState) -> None:
        self.replace(_STATE, state.active.to_bytes(4, "big") + state.newest.to_bytes(4, "big"))
        self._token_state = state


def _name(name: str, *, generation: int) -> str:
    return name if generation == 0 else f"{name}/{generation}"


def _read(held: bytes) -> TokenState:
    if len(held) != 8:
        raise VerificationError("the key store's word on the generations of tokens is not of a known form")
    return TokenState(active=int.from_bytes(held[:4], "big"), newest=int.from_bytes(held[4:], "big"))
