"""Two accounts of one log: do they tell of the same history, or was the log forked between them?"""

from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.account.check import Checked
from suyuan.evidence.account.entries import CLOSE, OPEN, REGISTRY
from suyuan.evidence.account.members import PersonKeys
from suyuan.evidence.account.wording import words_of

_SHARDS: Final = frozenset({REGISTRY, OPEN, CLOSE})


def require_consistent(one: Checked, other: Checked) -> bool:
    """Check that nothing in two accounts contradicts that one log wrote both.

    At one size the roots must be equal, and that settles it. At two sizes every entry that stands in both must be the
    same, and an epoch must end in one place; what else lies between the sizes only a consistency proof
    of the log can say, which neither account carries.

    Returns: whether it is settled; False asks for a consistency proof from one size to the other.
    Raises: VerificationError: two histories: the log was forked.
    """
    if one.account.vkey != other.account.vkey and not _of_one_origin(one, other):
        raise VerificationError("the two accounts are not of one log: their keys differ")
    same_size = one.checkpoint.size == other.checkpoint.size
    if same_size and one.checkpoint.root != other.checkpoint.root:
        raise VerificationError("the log was forked: two roots at one size, both signed")
    theirs = {leaf.index: leaf.entry for leaf in other.account.leaves}
    for leaf in one.account.leaves:
        if leaf.index in theirs and theirs[leaf.index] != leaf.entry:
            raise VerificationError(f"the log was forked: entry {leaf.index} is not the same in both accounts")
    if isinstance(one.account.keys, PersonKeys) and isinstance(other.account.keys, PersonKeys):
        _require_same_shards(one, other)
    closing = closing_seals(other)
    for epoch, end in closing_seals(one).items():
        if closing.get(epoch, end) != end:
            raise VerificationError(f"the log was forked: epoch {epoch} ends in two places")
    return same_size


def comparison(one: Checked, other: Checked, *, settled: bool, lang: str = "en") -> str:
    """Give what `require_consistent` found, as a sentence for people.

    Raises: RefusedError: `evidence.language`, another than en and zh.
    """
    words = words_of(lang)
    sizes = one.checkpoint.size, other.checkpoint.size
    return words["consistent"] if settled else words["open"].format(one=min(sizes), other=max(sizes))


def _of_one_origin(one: Checked, other: Checked) -> bool:
    """Say whether two accounts of persons, signed in different shards, name one log."""
    keys = one.account.keys, other.account.keys
    return isinstance(keys[0], PersonKeys) and isinstance(keys[1], PersonKeys) and keys[0].origin == keys[1].origin


def _require_same_shards(one: Checked, other: Checked) -> None:
    """An account of a person shows every registry and every end of a shard: up to where both reach, the same ones."""
    both = min(one.sealed, other.sealed)
    for index in _shards(one) ^ _shards(other):
        if index < both:
            raise VerificationError(
                f"one of the two accounts hides entry {index}, which opens or ends a shard or registry"
            )


def _shards(checked: Checked) -> set[int]:
    values = {leaf.index: leaf.node.value for leaf in checked.account.leaves}
    return {index for index, value in values.items() if isinstance(value, dict) and value.get("op") in _SHARDS}


def closing_seals(checked: Checked) -> dict[int, int]:
    """Give where each closed epoch ends."""
    found: dict[int, int] = {}
    for leaf in checked.account.leaves:
        value = leaf.node.value
        if isinstance(value, dict) and value.get("op") == "seal" and value.get("z") == 1:
            found[value["e"]] = leaf.index
    return found
