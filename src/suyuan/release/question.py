"""Questions that are answered yes or no: the value is compared inside the door, and stays there."""

from dataclasses import dataclass
from dataclasses import field as hidden
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName

_MOST_YEARS: Final = 150


class Compare(StrEnum):
    """How a question compares: the value equals one given, or the person has reached an age."""

    EQUAL = "equal"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one field: is it this value, or is she at least so many years old.

    The value given may be a person's own: it is not printed, not ledgered, and kept nowhere.
    """

    field: FieldName
    compare: Compare
    value: str = hidden(repr=False)


def require_answerable(question: Question, *, field: FieldPolicy) -> None:
    """Require that the question makes sense for its field, before anybody's record is opened.

    Raises: RefusedError `release.question`: an age asked of what tells no birthday, or a value not of the field's kind.
    """
    if question.compare is Compare.AT_LEAST:
        if field.kind not in (KindName.DATE, KindName.RESIDENT_ID):
            raise RefusedError(
                f"field {field.name} tells no age",
                code="release.question",
                hint="ask an age of a date of birth or an ID number",
            )
        if not question.value.isascii() or not question.value.isdigit() or int(question.value) > _MOST_YEARS:
            raise RefusedError(f"an age is a whole number of years up to {_MOST_YEARS}", code="release.question")
    elif not isinstance(KINDS[field.kind].canonical(question.value), str):
        raise RefusedError(
            f"the value to compare with is no {field.kind.value}, so the answer could only be no",
            code="release.question",
        )


def answer(question: Question, *, field: FieldPolicy, value: str | None, now: datetime) -> bool:
    """Say yes or no; where the record has no such value, no.

    Args:
        value: the field's canonical value, or None.
    """
    if value is None:
        return False
    if question.compare is Compare.EQUAL:
        return KINDS[field.kind].canonical(question.value) == value
    born = _born(value, kind=field.kind)
    return born is not None and _years(born, on=now.date()) >= int(question.value)


def _born(value: str, *, kind: KindName) -> date | None:
    text = value[6:14] if kind is KindName.RESIDENT_ID else value[:10].replace("-", "")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _years(born: date, *, on: date) -> int:
    """Give the completed years: one more on each birthday, of 29 February on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
