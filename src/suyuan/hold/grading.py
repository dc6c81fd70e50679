"""The grade of a data set: what it holds, of how many, and which duties its size brings.

Claim: a grade never falls when a data set holds more persons or one more field.
Not claimed: that a data set is not important data; a regulator's list decides that, and this names candidates.
Source: Data Security Law, article 21; GB/T 43697-2024; the instruments that `data/grading.json` names.
Test: tests/unit/hold/test_grading.py, tests/properties/test_grading.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from suyuan.collect.dictionary import categories, item
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError

NEAR = 0.8
"""A count is near from this share of it on."""


class Class(StrEnum):
    """What a rule asks for."""

    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    TIER_A = "tier_a"
    TIER_B = "tier_b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of grading: so many persons of a class of information make at least this level.

    Args:
        important: it makes the data set a candidate for important data.
        said: the reason by language.
        basis: `law` or `standard` where the instrument says so itself, `reading` where this project reads it so.
    """

    of: Class
    persons: int
    level: int
    important: bool
    said: Mapping[str, str]
    source: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A number of persons that a law names, and what it brings."""

    of: Class
    persons: int
    said: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """All rules of grading, versioned."""

    version: str
    levels: Mapping[int, Mapping[str, str]]
    rules: tuple[Rule, ...]
    duties: tuple[Duty, ...]
    instruments: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What is to be graded.

    Args:
        persons: how many persons it is about, at most.
        fields: what it holds of them, at most.
    """

    name: str
    persons: int
    fields: tuple[FieldPolicy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The grade of a data set, with its reasons.

    Args:
        important: whether it is a candidate for important data.
        reasons: the rules that gave the level, or made it a candidate.
        categories: the standard's categories that it holds, by key.
        sensitive: its sensitive fields.
        unclassified: fields of which the register does not say what they are: with them the grade may be higher.
        crossed: duties whose count is reached; `near`: those that are not far.
    """

    data_set: DataSet
    level: int
    important: bool
    reasons: tuple[Rule, ...]
    categories: tuple[str, ...]
    sensitive: tuple[str, ...]
    unclassified: tuple[str, ...]
    crossed: tuple[Duty, ...]
    near: tuple[Duty, ...]


def grade(data_set: DataSet, *, ladder: Ladder) -> Grade:
    """Grade a data set."""
    held = _classes(data_set.fields)
    met = [rule for rule in ladder.rules if rule.of in held and data_set.persons >= rule.persons]
    level = max((rule.level for rule in met), default=min(ladder.levels))
    duties = [duty for duty in ladder.duties if duty.of in held]
    named = [item(field.item) for field in data_set.fields if field.item]
    return Grade(
        data_set=data_set,
        level=level,
        important=any(rule.important for rule in met),
        reasons=tuple(rule for rule in met if rule.level == level or rule.important),
        categories=tuple(dict.fromkeys(each.category for each in named)),
        sensitive=tuple(field.name for field in data_set.fields if field.sensitive),
        unclassified=tuple(field.name for field in data_set.fields if not field.item),
        crossed=tuple(duty for duty in duties if data_set.persons >= duty.persons),
        near=tuple(duty for duty in duties if NEAR * duty.persons <= data_set.persons < duty.persons),
    )


def title(category: str, *, lang: str) -> str:
    """Give the title of a category of the dictionary."""
    en, zh = categories()[category]
    return zh if lang == "zh" else en


@cache
def shipped_ladder() -> Ladder:
    """Give the rules that come with the program."""
    return read_ladder(json.loads(files("suyuan.hold").joinpath("data", "grading.json").read_text(encoding="utf-8")))


def read_ladder(document: Any) -> Ladder:
    """Read rules of grading, such as a site's own.

    Raises: RefusedError `hold.rules`: the document is not of that shape.
    """
    try:
        return Ladder(
            version=str(document["version"]),
            levels={int(row["level"]): _said(row) for row in document["levels"]},
            rules=tuple(
                Rule(
                    of=Class(row["of"]),
                    persons=int(row["persons"]),
                    level=_level(row, document=document),
                    important=bool(row.get("important", False)),
                    said=_said(row),
                    source=str(row["source"]),
                    basis=str(row["basis"]),
                )
                for row in document["rules"]
            ),
            duties=tuple(
                Duty(of=Class(row["of"]), persons=int(row["persons"]), said=_said(row), source=str(row["source"]))
                for row in document["counts"]
            ),
            instruments={
                str(row["key"]): {"en": str(row["title_en"]), "zh": str(row["title_zh"])} for row in document["source"]
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(
            f"the rules of grading do not read: {type(error).__name__} at {error}",
            code="hold.rules",
            hint="docs/how-to/grade-your-data.md says which members they have",
        ) from None


def _level(row: Mapping[str, Any], *, document: Mapping[str, Any]) -> int:
    level = int(row["level"])
    if level not in {int(each["level"]) for each in document["levels"]}:
        raise ValueError(f"a rule's level {level}, which is not among the levels")
    return level


def _said(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {"en": str(row["en"]), "zh": str(row["zh"])}


def _classes(fields: Sequence[FieldPolicy]) -> frozenset[Class]:
    """Give what a data set holds: every field of the register is about a person."""
    found = {Class.PERSONAL} if fields else set()
    if any(field.sensitive for field in fields):
        found.add(Class.SENSITIVE)
    tiers = {field.tier for field in fields if field.item}
    if "a" in tiers:
        found |= {Class.TIER_A, Class.TIER_B}
    if "b" in tiers:
        found.add(Class.TIER_B)
    return frozenset(found)
