"""Step 5 for one person: minimise to what may be shown, mask what may only be seen masked, mark the rest."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from suyuan.crypto import canonical, commit
from suyuan.crypto.keystream import LANE_KEY_BYTES
from suyuan.kinds.kind import Canonical, Kind
from suyuan.kinds.registry import KINDS
from suyuan.release.acts import Showing
from suyuan.release.checks.asked import Asked
from suyuan.release.drawing import Draws, show_drawn
from suyuan.release.marking import show
from suyuan.release.masks import MaskProfile
from suyuan.terms import Clear, FieldName


class Step(NamedTuple):
    """How one field is shown: masked by a profile, or in clear, in the form that a lane of the row key chooses."""

    name: FieldName
    kind: Kind
    mask: MaskProfile | None
    lane: int | None


def steps_of(asked: Asked, *, marked: Sequence[FieldName]) -> tuple[Step, ...]:
    """Give how the fields of a request are shown, for as many rows as it has."""
    policy, found = asked.policy, []
    for name, how in asked.shown.items():
        masked = how.showing is Showing.MASKED
        found.append(
            Step(
                name=name,
                kind=KINDS[policy.fields[name].kind],
                mask=policy.masks[how.profile] if masked else None,
                lane=None if masked or name not in marked else marked.index(name),
            )
        )
    return tuple(found)


def render(values: Mapping[FieldName, str], *, steps: Sequence[Step], lanes: bytes) -> dict[FieldName, Clear]:
    """Give the fields that are shown.

    Args:
        lanes: the lane keys of the row key, joined.
    """
    shown: dict[FieldName, Clear] = {}
    for name, kind, mask, lane in steps:
        if name not in values:
            continue
        value = Canonical(values[name])
        if mask is not None:
            text = mask.mask(kind.name, value)
        elif lane is not None:
            text = show(value, kind=kind, lane_key=lanes[lane * LANE_KEY_BYTES : (lane + 1) * LANE_KEY_BYTES])
        else:
            text = value
        shown[name] = Clear(text, kind=kind.name)
    return shown


def digest_of_fields(shown: Mapping[FieldName, Clear]) -> bytes:
    """Give the SHA-256 of what was handed over."""
    return commit.digest(canonical.encode_plain({name: value.reveal() for name, value in shown.items()}))


def render_rows(
    opened: Sequence[Mapping[FieldName, str]], *, steps: Sequence[Step], draws: Sequence[Sequence[Draws]]
) -> tuple[list[dict[str, str]], bytes]:
    """`render` for the rows of a page, as texts; and the SHA-256 of the list that it is.

    Args:
        draws: of each row, those of its lanes.
    """
    told: list[dict[str, str]] = [{} for _ in opened]
    # Field by field: what a step asks is asked once a page.
    for name, kind, mask, lane in steps:
        for row, values, drawn in zip(told, opened, draws, strict=True):
            value = values.get(name)
            if value is None:
                continue
            if mask is not None:
                row[name] = mask.mask(kind.name, Canonical(value))
            elif lane is not None:
                row[name] = show_drawn(Canonical(value), kind=kind, drawn=drawn[lane])
            else:
                row[name] = value
    return told, commit.digest(canonical.encode_plain(told))


def digest_of_answer(yes: bool) -> bytes:  # noqa: FBT001
    """Give the SHA-256 of an answer."""
    return commit.digest(canonical.encode_plain({"answer": yes}))
