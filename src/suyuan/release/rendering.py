"""Step 5 for one person: minimise to what may be shown, mask what may only be seen masked, mark the rest."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical, commit
from suyuan.kinds.kind import Canonical
from suyuan.kinds.registry import KINDS
from suyuan.release.acts import Showing
from suyuan.release.checks.asked import Asked
from suyuan.release.marking import show
from suyuan.terms import Clear, FieldName


def render(
    values: Mapping[FieldName, str],
    *,
    asked: Asked,
    marked: tuple[FieldName, ...],
    lanes: npt.NDArray[np.uint8],
) -> dict[FieldName, Clear]:
    """Give the fields that are shown.

    Args:
        lanes: the lane keys of the row key, shape (lanes, 32).
    """
    shown: dict[FieldName, Clear] = {}
    policy = asked.policy
    for name, how in asked.shown.items():
        if name not in values:
            continue
        kind = KINDS[policy.fields[name].kind]
        value = Canonical(values[name])
        if how.showing is Showing.MASKED:
            text = policy.masks[how.profile].mask(kind.name, value)
        elif name in marked:
            text = show(value, kind=kind, lane_key=lanes[marked.index(name)].tobytes())
        else:
            text = value
        shown[name] = Clear(text, kind=kind.name)
    return shown


def digest_of_fields(shown: Mapping[FieldName, Clear]) -> bytes:
    """Give the SHA-256 of what was handed over."""
    return commit.digest(canonical.encode_plain({name: value.reveal() for name, value in shown.items()}))


def digest_of_rows(shown: Sequence[Mapping[FieldName, Clear]]) -> bytes:
    """Give the SHA-256 of a list that was handed over."""
    told = [{name: value.reveal() for name, value in row.items()} for row in shown]
    return commit.digest(canonical.encode_plain(told))


def digest_of_answer(yes: bool) -> bytes:  # noqa: FBT001
    """Give the SHA-256 of an answer."""
    return commit.digest(canonical.encode_plain({"answer": yes}))
