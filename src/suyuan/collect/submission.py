"""One form, or one message of an SDK: what a person submits, for which purposes, and what of it may be taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from suyuan.collect.admit import ROW, Admitted, called
from suyuan.collect.ceiling import necessary
from suyuan.collect.field import FieldPolicy
from suyuan.collect.necessity import WAYS_OUT, Live, in_words, outside, taken_for
from suyuan.collect.registry import Registry, purpose_of
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, PurposeName


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was submitted.

    Args:
        purposes: what for; there is no default.
        values: field -> value as it was entered.
        conditions: the conditions of the app type's list that hold, such as `booked_ride`; None: any may.
    """

    purposes: tuple[PurposeName, ...]
    values: Mapping[str, str] = field(repr=False)
    conditions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A submission that may be taken in: one record, canonical, and which purpose allowed which field."""

    admitted: Admitted
    key: str = field(repr=False)
    taken: Mapping[PurposeName, frozenset[FieldName]]

    @property
    def values(self) -> pl.DataFrame:
        """The record as a table of one row."""
        return self.admitted.values


def admit_submission(submission: Submission, *, registry: Registry, live: Live) -> Submitted:
    """Take in a submission, whole or not at all.

    Args:
        live: whether the person's consents hold.
    Raises: RefusedError: `collect.purpose`, a purpose is missing, unknown or not active; `collect.field`, a field is not in
        the register; `collect.necessity`, fields are outside what the purposes allow, each named with its reason;
        `collect.value`, a value is not one of its kind; `collect.key`, the person's key is missing.
    """
    if not submission.purposes:
        raise RefusedError(
            "the submission names no purpose", code="collect.purpose", hint="there is no default: say what it is for"
        )
    fields = _fields(submission.values, registry=registry)
    given = [one for one in fields if submission.values[one.name].strip()]
    _require_inside(given, submission=submission, registry=registry, live=live)
    values = {one.name: _canonical(one, text=submission.values[one.name]) for one in given}
    key = next((one for one in given if one.key), None)
    if key is None:
        raise RefusedError(
            "the submission does not say whose it is",
            code="collect.key",
            hint="give the field with `key = true` of policy/fields.toml too",
        )
    table = pl.DataFrame([pl.Series(name, [text], dtype=pl.String) for name, text in values.items()])
    return Submitted(
        admitted=Admitted(fields=tuple(given), values=table.with_row_index(ROW, offset=1)),
        key=values[key.name],
        taken=taken_for(
            given, purposes=submission.purposes, registry=registry, live=live, conditions=submission.conditions
        ),
    )


def _fields(values: Mapping[str, str], *, registry: Registry) -> tuple[FieldPolicy, ...]:
    unknown = [called(name, place=place) for place, name in enumerate(values, 1) if name not in registry.fields]
    if unknown:
        raise RefusedError(
            f"fields outside the register: {', '.join(unknown)}",
            code="collect.field",
            hint="leave them out, or add them to policy/fields.toml: collect only what is necessary",
        )
    return tuple(registry.fields[FieldName(name)] for name in values)


def _require_inside(given: Sequence[FieldPolicy], *, submission: Submission, registry: Registry, live: Live) -> None:
    beyond = outside(
        given, purposes=submission.purposes, registry=registry, live=live, conditions=submission.conditions
    )
    if beyond:
        raise RefusedError(
            "not to be taken in: " + in_words(beyond),
            code="collect.necessity",
            hint=WAYS_OUT[beyond[0].obstacle] + "; nothing was stored",
        )
    for name in submission.purposes:
        purpose = purpose_of(name, registry=registry)
        if purpose.basic and purpose.app_type:
            _require_one_of(given, app_type=purpose.app_type)


def _require_one_of(given: Sequence[FieldPolicy], *, app_type: str) -> None:
    """Require that of alternatives, such as a card or a payment account, one is given."""
    groups: dict[str, list[str]] = {}
    for need in necessary(app_type):
        for one in given:
            if need.one_of and one.item == need.item and (not one.subject or one.subject == need.subject):
                groups.setdefault(need.one_of, []).append(one.name)
    for names in groups.values():
        if len(set(names)) > 1:
            raise RefusedError(
                f"one of these is enough for the basic function: {', '.join(sorted(set(names)))}",
                code="collect.necessity",
                hint="leave out the others; nothing was stored",
            )


def _canonical(one: FieldPolicy, *, text: str) -> str:
    canonical = KINDS[one.kind].canonical(text.strip())
    if not isinstance(canonical, str):
        raise RefusedError(
            f"{one.name} is not a value of its kind, {one.kind.value}",
            code="collect.value",
            hint="docs/reference/kinds.md says what the kind reads; nothing was stored",
        )
    return canonical
