"""`suyuan hold grade`: the grade of what is held, and which duties its size brings."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from suyuan.collect.field import FieldPolicy
    from suyuan.hold.grading import DataSet, Duty, Grade, Ladder
    from suyuan.terms import FieldName

EXAMPLE = """
  suyuan hold grade
  suyuan hold grade --sources --lang zh
  suyuan hold grade --as-if 1000000 --json
"""

WORDS: Final = {
    Lang.EN: {
        "head": "{name}: general data, level {level} ({meaning}); {persons} persons at most",
        "important": "  a candidate for important data: have it identified, and ask the authority",
        "because": "  because {said} ({source})",
        "reading": ", as this project reads it",
        "categories": "  categories: {names}",
        "sensitive": "  sensitive fields: {names}",
        "unclassified": "  no `item` in policy/fields.toml, so not judged: {names}",
        "crossed": "  from {persons} persons on: {said} ({source})",
        "near": "  soon, from {persons} persons on: {said} ({source})",
        "none": "no field is registered",
    },
    Lang.ZH: {
        "head": "{name}：一般数据，{level} 级（{meaning}）；最多 {persons} 人",
        "important": "  可能属于重要数据：应开展识别并报主管部门确认",
        "because": "  理由：{said}（{source}）",
        "reading": "，本项目的理解",
        "categories": "  类别：{names}",
        "sensitive": "  敏感字段：{names}",
        "unclassified": "  policy/fields.toml 未写明 `item`，未予判断：{names}",
        "crossed": "  已达 {persons} 人：{said}（{source}）",
        "near": "  接近 {persons} 人：{said}（{source}）",
        "none": "没有登记字段",
    },
}


def run(
    sources: Annotated[
        bool, typer.Option("--sources", help="Grade each source of policy/sources.toml too: its rows are counted.")
    ] = False,
    as_if: Annotated[
        int | None, typer.Option("--as-if", min=0, metavar="N", help="Grade as if it were so many persons.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="Rules of your own, JSON, in place of the shipped ones."),
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Grade what is held (GB/T 43697): level, categories, and the counts of persons by which duties begin.

    Persons and fields are counted at most: every person may have every registered field. Needs no passphrase.
    """
    from suyuan.config import read_policy
    from suyuan.hold.grading import grade, shipped_ladder

    folder = store_at(store)
    policy, _ = read_policy(folder)
    ladder = shipped_ladder() if rules is None else _rules(rules)
    sets = _data_sets(folder, fields=policy.fields, sources=sources, as_if=as_if)
    grades = [grade(each, ladder=ladder) for each in sets]
    if as_json:
        print_json(
            {"rules": ladder.version, "data_sets": [_document(each, ladder=ladder, lang=lang) for each in grades]}
        )
        return
    for each in grades:
        _tell(each, ladder=ladder, lang=lang)
    if as_if is not None:
        say(f"note: graded as if there were {as_if:,} persons")


def _data_sets(
    folder: Path, *, fields: "Mapping[FieldName, FieldPolicy]", sources: bool, as_if: int | None
) -> "Iterator[DataSet]":
    """Give the store, and the sources where they are asked for."""
    from suyuan import app
    from suyuan.adapters.sources import open_source
    from suyuan.collect.admit import match_columns
    from suyuan.config import read_sources
    from suyuan.hold.grading import DataSet

    with app.open_reading(folder) as reading:
        persons = reading.people.counts()["persons"]
    yield DataSet(name="store", persons=persons if as_if is None else as_if, fields=tuple(fields.values()))
    for source in read_sources(folder, fields=fields).values() if sources else ():
        with open_source(source) as database:
            given = tuple(database.roads(source.query).columns)
            rows = database.count(source.query)
        matched = match_columns(given, fields=source.register(fields, given=given))
        held = tuple(fields[field.name] for field in matched.values())
        yield DataSet(name=f"source {source.name}", persons=rows if as_if is None else as_if, fields=held)


def _rules(path: Path) -> "Ladder":
    from suyuan.adapters.files import read_bytes
    from suyuan.errors import RefusedError
    from suyuan.hold.grading import read_ladder

    try:
        document = json.loads(read_bytes(path))
    except (ValueError, RecursionError):
        raise RefusedError(f"{path.name}: is not JSON", code="hold.rules") from None
    return read_ladder(document)


def _document(found: "Grade", *, ladder: "Ladder", lang: Lang) -> dict[str, object]:
    def duty(each: "Duty") -> dict[str, object]:
        return {
            "of": each.of.value,
            "persons": each.persons,
            "duty": each.said[lang.value],
            "source": ladder.instruments[each.source][lang.value],
        }

    return {
        "name": found.data_set.name,
        "persons": found.data_set.persons,
        "level": found.level,
        "meaning": ladder.levels[found.level][lang.value],
        "important_candidate": found.important,
        "reasons": [
            {
                "of": rule.of.value,
                "persons": rule.persons,
                "reason": rule.said[lang.value],
                "source": ladder.instruments[rule.source][lang.value],
                "basis": rule.basis,
            }
            for rule in found.reasons
        ],
        "categories": list(found.categories),
        "sensitive": list(found.sensitive),
        "unclassified": list(found.unclassified),
        "crossed": [duty(each) for each in found.crossed],
        "near": [duty(each) for each in found.near],
    }


def _tell(found: "Grade", *, ladder: "Ladder", lang: Lang) -> None:
    from suyuan.hold.grading import title

    words = WORDS[lang]
    if not found.data_set.fields:
        result(f"{found.data_set.name}: {words['none']}")
        return
    meaning = ladder.levels[found.level][lang.value]
    persons = f"{found.data_set.persons:,}"
    result(words["head"].format(name=found.data_set.name, level=found.level, meaning=meaning, persons=persons))
    if found.important:
        result(words["important"])
    for rule in found.reasons:
        source = ladder.instruments[rule.source][lang.value] + (words["reading"] if rule.basis == "reading" else "")
        result(words["because"].format(said=rule.said[lang.value], source=source))
    separator = "、" if lang is Lang.ZH else ", "
    for key, names in (
        ("categories", [title(category, lang=lang.value) for category in found.categories]),
        ("sensitive", found.sensitive),
        ("unclassified", found.unclassified),
    ):
        if names:
            result(words[key].format(names=separator.join(names)))
    for key, duties in (("crossed", found.crossed), ("near", found.near)):
        for duty in duties:
            source = ladder.instruments[duty.source][lang.value]
            result(words[key].format(persons=f"{duty.persons:,}", said=duty.said[lang.value], source=source))
