"""The exchange of the key of tokens on a store: step by step, so that others come in between."""

from dataclasses import dataclass
from pathlib import Path

from suyuan.app.store import open_store
from suyuan.flows.token_rotation import TokenRotation, TokenStep
from suyuan.hold.rotation import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRotated:
    """What an exchange did: the generation in force, whose tokens are new, and whether an earlier run was cut short."""

    generation: int
    persons: int
    resumed: bool


def rotate_tokens(folder: Path, *, drop_overlay: bool = False, progress: Progress | None = None) -> TokensRotated:
    """Exchange the key of tokens. After each step the store is let go, for look-ups and imports that wait for it.

    Raises: RefusedError: `hold.tokens_purpose`, `hold.tokens_overlay`. UnavailableError: as `open_store`; run it again.
    """
    resumed, last = False, TokenStep(done=0, total=0)
    begun = False
    while not last.complete:
        with open_store(folder) as store, store.door() as door:
            rotation = TokenRotation(
                door, broker=store.broker, people=store.people, vault=store.vault, clock=store.clock
            )
            if not begun:
                resumed, begun = rotation.begin(drop_overlay=drop_overlay), True
            last = rotation.step()
            generation = store.broker.token_state.newest
        if progress is not None:
            progress("tokens", last.done, last.total)
    return TokensRotated(generation=generation, persons=last.done, resumed=resumed)
